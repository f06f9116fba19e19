"""Fuzz the targets: `python -m tests.fuzz [SECONDS] [TARGET ...]`, by default 60 s each.

Each target runs in a process of its own, because a fuzzer ends its process. What it finds lies in
`build/fuzz/TARGET/`: a `crash-*` is an input for `corpus/TARGET/`, together with the fix.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from pathlib import Path

from tests.fuzz import targets

ROOT = Path(__file__).resolve().parents[2]
PARALLEL = 2


def main() -> int:
    arguments = _arguments()
    names = arguments.targets or list(targets.NAMES)
    failed = False
    for begin in range(0, len(names), PARALLEL):
        running = [(name, _start(name, arguments.seconds)) for name in names[begin:][:PARALLEL]]
        for name, process in running:
            failed |= bool(process.wait())
            print(_summary(name, process.returncode), flush=True)
    return int(failed)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make fuzz")
    parser.add_argument("seconds", nargs="?", type=int, default=60, help="for each target")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(targets.NAMES))
    arguments = parser.parse_args()
    unknown = set(arguments.targets) - set(targets.NAMES)
    if unknown:
        parser.error(f"unknown targets: {', '.join(sorted(unknown))}")
    return arguments


def _place(name: str) -> Path:
    place = ROOT / "build" / "fuzz" / name
    (place / "corpus").mkdir(parents=True, exist_ok=True)
    return place


def _start(name: str, seconds: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.fuzz.one", name, str(seconds), str(_place(name))]
    with (_place(name) / "log").open("wb") as log:
        return subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT)


def _summary(name: str, status: int) -> str:
    """One line about a target, and the end of its log if it found something."""
    log = (_place(name) / "log").read_text("utf-8", "replace")
    runs = re.findall(r"number_of_executed_units: *(\d+)", log)
    slowest = re.findall(r"slowest_unit_time_sec: *(\d+)", log)
    line = f"{name}: {runs[-1] if runs else '?'} executions"
    line += f", slowest {slowest[-1]} s" if slowest else ""
    if not status:
        return f"{line}, no crash, no hang"
    return f"{line}, FAILED; see build/fuzz/{name}/log\n" + "\n".join(log.splitlines()[-30:])


if __name__ == "__main__":
    sys.exit(main())
