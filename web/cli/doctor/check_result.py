"""What a check found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARNING = "warning"
    """It runs, but not everything will go well."""
    MISSING = "missing"
    """It does not run."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One part, how it is, and the command that mends it."""

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
