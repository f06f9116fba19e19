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

    def apply(self, root: Path) -> None:
        """Replace the only occurrence; raises `ValueError` if there is none or another."""
        path = root / self.file
        text = path.read_text(encoding="utf-8")
        if text.count(self.old) != 1:
            raise ValueError(f"{self.file} has {text.count(self.old)} times {self.old!r}")
        path.write_text(text.replace(self.old, self.new), encoding="utf-8")


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


def verdict(mutant: Mutant, root: Path) -> str:
    """`killed`, `survived`, or why it could not be tried."""
    original = (root / mutant.file).read_bytes()
    try:
        mutant.apply(root)
        command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider"]
        command += ["-m", "not gpu", *mutant.tests.split()]
        environ = os.environ | {"PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run(
            command, cwd=root, env=environ, capture_output=True, timeout=SECONDS, check=False
        )
    except ValueError as error:
        return str(error)
    except subprocess.TimeoutExpired:
        return "killed"  # it hangs, and in the suite a test that hangs fails
    finally:
        (root / mutant.file).write_bytes(original)
    # 1: tests failed; 2: the mutant does not even import. Others mean that nothing was tested.
    return {0: "survived", 1: "killed", 2: "killed"}.get(done.returncode, done.stdout.decode())


def main(names: list[str]) -> int:
    chosen = [m for m in mutants() if not names or any(part in m.name for part in names)]
    alive = 0
    with tempfile.TemporaryDirectory() as place:
        root = copied(Path(place))
        for mutant in chosen:
            result = verdict(mutant, root)
            alive += result != "killed"
            print(f"{result}: {mutant.name} ({mutant.tests})", flush=True)
    print(f"{len(chosen) - alive} of {len(chosen)} mutants are killed")
    return 1 if alive else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
