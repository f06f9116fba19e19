"""Parse the Procfile, the list of the system's processes."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

_LINE = re.compile(r"^(?P<name>[A-Za-z0-9_-]+):\s*(?P<command>\S.*)$")


@dataclass(frozen=True, slots=True)
class Program:
    """A line of the Procfile."""

    name: str
    command: tuple[str, ...]


def read(path: Path) -> dict[str, Program]:
    """Parse the programs by name, in the order of the file."""
    return parse(path.read_text(encoding="utf-8"))


def parse(text: str) -> dict[str, Program]:
    programs: dict[str, Program] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        found = _LINE.match(line)
        if found is None:
            raise ValueError(f"Procfile, line {number}: expected `name: command`, found {line!r}")
        name, command = found["name"], tuple(shlex.split(found["command"]))
        if name in programs:
            raise ValueError(f"Procfile, line {number}: a second {name}")
        programs[name] = Program(name, command)
    return programs
