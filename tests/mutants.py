"""`python -m tests.mutants`: plants the bugs of `mutants.toml`, one at a time, in a copy.

Each is a line that was changed by hand and that no test noticed at the time. A mutant survives
if the tests that are named for it pass: then they no longer prove what they were written for.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TABLE = Path(__file__).with_name("mutants.toml")
SECONDS = 300


@dataclass(frozen=True, slots=True)
class Mutant:
    """One replacement in one file, and the tests that must fail with it."""

    name: str
    file: str
    old: str
    new: str
    tests: str

    def changed(self) -> str:
        """The file with the only occurrence replaced; `ValueError` if there is none or another."""
        text = (ROOT / self.file).read_text(encoding="utf-8")
        if text.count(self.old) != 1:
            raise ValueError(f"{self.file} has {text.count(self.old)} times {self.old!r}")
        return text.replace(self.old, self.new)


def mutants() -> list[Mutant]:
    table = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    return [Mutant(**entry) for entry in table["mutant"]]


def copied(directory: Path) -> Path:
    """A copy of the tracked files; the environment is shared."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (directory / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, directory / name)
    (directory / ".venvs").symlink_to(ROOT / ".venvs")
    return directory


class Verdict(StrEnum):
    KILLED = "killed"
    SURVIVED = "survived"
    UNKNOWN = "nothing was tested"


def judge(root: Path, file: str, text: str, tests: str) -> Verdict:
    """Run tests on a copy in which a file has another text."""
    original = (root / file).read_bytes()
    (root / file).write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider"]
    command += ["-m", "not gpu", *tests.split()]
    environ = os.environ | {"PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(
            command, cwd=root, env=environ, capture_output=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return Verdict.KILLED  # it hangs, and in the suite a test that hangs fails
    finally:
        (root / file).write_bytes(original)
    # 1: tests failed; 2 or 4: the mutant does not even import. 5: no test was found.
    codes = {0: Verdict.SURVIVED, 1: Verdict.KILLED, 2: Verdict.KILLED, 4: Verdict.KILLED}
    return codes.get(done.returncode, Verdict.UNKNOWN)


def main(names: list[str]) -> int:
    chosen = [m for m in mutants() if not names or any(part in m.name for part in names)]
    alive = 0
    with tempfile.TemporaryDirectory() as place:
        root = copied(Path(place))
        for mutant in chosen:
            result = _verdict(mutant, root)
            alive += result != Verdict.KILLED
            print(f"{result}: {mutant.name} ({mutant.tests})", flush=True)
    print(f"{len(chosen) - alive} of {len(chosen)} mutants are killed")
    return 1 if alive else 0


def _verdict(mutant: Mutant, root: Path) -> str:
    try:
        return judge(root, mutant.file, mutant.changed(), mutant.tests)
    except ValueError as error:
        return str(error)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
