"""`python -m tests.bench.table [NAME ...]`: all figures of `build/bench` in one table.

Each benchmark overwrites its own figures, so the table has the newest of each, with the load and
the time of its run. The same goes to `build/bench/all.json`. `--aims` leaves out figures without an
aim.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.bench.report import DIRECTORY

ALL = "all.json"
_VERDICTS = {True: "met", False: "MISSED", None: ""}


def main(arguments: list[str], directory: Path = DIRECTORY) -> int:
    only_aims = "--aims" in arguments
    names = [one for one in arguments if not one.startswith("--")]
    benches = [one for one in _benches(directory) if not names or one["name"] in names]
    if not benches:
        sys.stderr.write("There are no figures yet: run make bench.\n")
        return 1
    met = missed = 0
    for bench in benches:
        rows = [row for row in bench["rows"] if row["aim"] or not only_aims]
        met += sum(row["met"] is True for row in rows)
        missed += sum(row["met"] is False for row in rows)
        machine = bench["machine"]
        sys.stdout.write(
            f"\n{bench['name']}  (load {machine['load_of_a_minute']}, {machine['at']})\n"
        )
        for row in rows:
            verdict = "undecided" if row["aim"] and row["met"] is None else _VERDICTS[row["met"]]
            line = (
                f"  {row['what']:<62.62}  {row['value']:>12.3f} {row['unit']:<10} {row['aim']:<9} "
            )
            sys.stdout.write(f"{line}{verdict}".rstrip() + "\n")
    sys.stdout.write(f"\n{met} aims met, {missed} missed, {len(benches)} benchmarks\n")
    (directory / ALL).write_text(json.dumps(benches, indent=1) + "\n", encoding="utf-8")
    return 0


def _benches(directory: Path) -> Iterator[dict[str, Any]]:
    for path in sorted(directory.glob("*.json")):
        found = json.loads(path.read_text(encoding="utf-8"))
        if (
            path.name != ALL
            and isinstance(found, dict)
            and {"name", "machine", "rows"} <= set(found)
        ):
            yield found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
