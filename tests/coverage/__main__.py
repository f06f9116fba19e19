"""`python -m tests.coverage ARGUMENTS`: runs pytest and names the largest holes."""

from __future__ import annotations

import marshal
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import coverage

from tests.coverage.instrument import instrumented

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("config", "tasks", "gpu_worker", "web")
RECORDS = ROOT / "build/coverage"
REPORT = ROOT / "build/coverage.txt"
HOOK = Path(sysconfig.get_path("purelib"), "callsheet_coverage.pth")
LARGEST = 10
Places = dict[str, int]
"""Where the lines of each file begin in the file of all lines."""


def sources() -> list[Path]:
    # Templates of migrations and the studio's packages are no modules.
    found = (path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
    return sorted(path for path in found if "node_modules" not in path.parts)


def prepare() -> Places:
    """Write the instrumented code of every module, and an empty file of lines."""
    shutil.rmtree(RECORDS, ignore_errors=True)
    RECORDS.mkdir(parents=True)
    places: Places = {}
    size = 0
    for path in sources():
        places[str(path)] = size
        (RECORDS / f"{size}.code").write_bytes(marshal.dumps(instrumented(path, size)))
        size += path.read_text(encoding="utf-8").count("\n") + 2
    (RECORDS / "places").write_bytes(marshal.dumps(places))
    (RECORDS / "lines").write_bytes(bytes(size))
    return places


@contextmanager
def recording() -> Iterator[None]:
    """Have every interpreter of this environment record, whatever its variables are."""
    recorder = Path(__file__).with_name("recorder.py")
    # One line, because a `.pth` file is executed line by line.
    HOOK.write_text(
        f"import pathlib; names = {{}}; exec(pathlib.Path({str(recorder)!r}).read_text(), names);"
        f" names['record'](pathlib.Path({str(RECORDS)!r}))\n",
        encoding="utf-8",
    )
    try:
        yield
    finally:
        HOOK.unlink()


def report(places: Places) -> None:
    """Hand the lines to `coverage`, which knows what counts, and print the largest holes."""
    noted = (RECORDS / "lines").read_bytes()
    ends = [*list(places.values())[1:], len(noted)]
    measured = coverage.Coverage(data_file=str(ROOT / "build/.coverage"))
    measured.erase()
    data = measured.get_data()
    for (path, begin), end in zip(places.items(), ends, strict=True):
        data.add_lines({path: [line for line in range(end - begin) if noted[begin + line]]})
    with REPORT.open("w", encoding="utf-8") as file:
        measured.report(file=file, sort="-miss", skip_covered=True, skip_empty=True)
    lines = REPORT.read_text(encoding="utf-8").splitlines()
    print(f"The {LARGEST} largest holes (all of them: {REPORT.relative_to(ROOT)}):")
    print(*lines[: 2 + LARGEST], *(line for line in lines if line.startswith("TOTAL")), sep="\n")


def main() -> int:
    places = prepare()
    with recording():
        command = [sys.executable, "-m", "pytest", *sys.argv[1:]]
        done = subprocess.run(command, cwd=ROOT, check=False)
    report(places)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
