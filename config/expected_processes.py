"""How many processes of each kind monitoring expects: `NAME=COUNT`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from config.environments import ENVIRONMENTS

PARTS: Final = ("web", "control", "live", "mcp", "flower")
"""The kinds of processes that are no workers."""
_ENTRY: Final = re.compile(r"([a-z]+)=([1-9]\d{0,3})")


@dataclass(frozen=True, slots=True)
class ExpectedProcesses:
    """The number of processes of a part, for workers of an environment."""

    part: str
    environment: str
    """Of workers; empty for other parts."""
    count: int


def parse(text: str) -> tuple[ExpectedProcesses, ...]:
    """Parse the setting `EXPECTED_PROCESSES`.

    >>> [(one.part, one.environment, one.count) for one in parse("web=2, xtts=1")]
    [('web', '', 2), ('worker', 'xtts', 1)]
    """
    found = tuple(_expected(word) for word in re.split(r"[,\s]+", text.strip()) if word)
    if len({(one.part, one.environment) for one in found}) != len(found):
        raise ValueError("a name is given twice")
    return found


def _expected(word: str) -> ExpectedProcesses:
    found = _ENTRY.fullmatch(word)
    if found is None or found[1] not in (*PARTS, *ENVIRONMENTS):
        raise ValueError(f"{word} is not NAME=COUNT")
    if found[1] in ENVIRONMENTS:
        return ExpectedProcesses("worker", found[1], int(found[2]))
    return ExpectedProcesses(found[1], "", int(found[2]))
