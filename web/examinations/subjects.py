"""What is examined: each domain with files declares them here, so that this one knows none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from tasks.domain.artifact import Blob
from tasks.domain.examination import Verdict
from tasks.domain.wire import Malformed


@dataclass(frozen=True, slots=True)
class Subject:
    """A stored file to examine; clients of its session hear of the verdict."""

    name: str
    """Its kind and id, such as `upload:ID`."""
    kind: str
    """`face`, `voice` or `moderation`."""
    session_id: str
    blob: Blob
    is_required: bool = False
    """Whether it is examined even with `EXAMINE_UPLOADS=off`."""

    @property
    def id(self) -> str:
        return self.name.partition(":")[2]


@dataclass(frozen=True, slots=True)
class Subjects:
    """How a domain records verdicts on its files."""

    record: Callable[[Session, str, Verdict], None]
    """Store the verdict on the file with this id, unless it has one or was deleted."""
    pending: Callable[[Session, datetime], Sequence[Subject]]
    """List files without a verdict that were stored before this time, and give up old ones."""
    count_request: Callable[[Session, str], None]
    """Note that the file with this id was sent to a worker again."""


_declared: Final[dict[str, Subjects]] = {}


def declare(kind: str, subjects: Subjects) -> None:
    """Let a kind of file be examined; called once, beside its table."""
    _declared[kind] = subjects


def record(db: Session, name: str, verdict: Verdict) -> None:
    """Record a verdict; raises `Malformed` for an unknown kind of file."""
    kind, _, subject_id = name.partition(":")
    if kind not in _declared:
        raise Malformed("a verdict on an unknown kind of file")
    _declared[kind].record(db, subject_id, verdict)


def declared() -> Sequence[Subjects]:
    """List how every domain records verdicts."""
    return list(_declared.values())
