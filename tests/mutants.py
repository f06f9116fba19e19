"""`python -m tests.mutants`: plants the bugs of `mutants.toml`, one at a time, in a copy.

Each is a line that was changed by hand and that no test noticed at the time. A mutant survives
if the tests that are named for it pass: then they no longer prove what they were written for.
"""

from __future__ import annotations

import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

from tests.trial import Verdict, judge, lanes, snapshot

TABLE = Path(__file__).with_name("mutants.toml")


@dataclass(frozen=True, slots=True)
class Mutant:
    """One replacement in one file, and the tests that must fail with it."""

    name: str
    file: str
    old: str
    new: str
    tests: str

    def changed(self, root: Path) -> str:
        """The file with the only occurrence replaced; `ValueError` if there is none or another."""
        text = (root / self.file).read_text(encoding="utf-8")
        if text.count(self.old) != 1:
            raise ValueError(f"{self.file} has {text.count(self.old)} times {self.old!r}")
        return text.replace(self.old, self.new)


def mutants() -> list[Mutant]:
    table = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    return [Mutant(**entry) for entry in table["mutant"]]


def main(names: list[str]) -> int:
    chosen = [m for m in mutants() if not names or any(part in m.name for part in names)]
    alive = 0
    with snapshot() as copy:
        for mutant, result in lanes(copy, verdict, chosen):
            alive += result != Verdict.KILLED
            print(f"{result}: {mutant.name} ({mutant.tests})", flush=True)
    print(f"{len(chosen) - alive} of {len(chosen)} mutants are killed")
    return 1 if alive else 0


def verdict(root: Path, mutant: Mutant) -> str:
    try:
        return judge(root, mutant.file, mutant.changed(root), mutant.tests, markers="not gpu")
    except ValueError as error:
        return str(error)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
