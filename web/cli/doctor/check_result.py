"""The result of a check."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """The severity of a result."""

    OK = "ok"
    WARNING = "warning"
    """The system runs, but with limitations."""
    MISSING = "missing"
    """The system does not run."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The state of one part, and the command that fixes it."""

    part: str
    level: Level
    said: str
    remedy: str = ""


def ok(part: str, said: str) -> CheckResult:
    return CheckResult(part, Level.OK, said)


def warning(part: str, said: str, remedy: str = "") -> CheckResult:
    return CheckResult(part, Level.WARNING, said, remedy)


def missing(part: str, said: str, remedy: str) -> CheckResult:
    return CheckResult(part, Level.MISSING, said, remedy)
