"""Verdicts on the rows of a table: their columns, requested, awaited, recorded and enforced."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from sqlalchemy import JSON, String, bindparam, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from tasks.domain.examination import Crop, Verdict
from tasks.domain.job import JobOptions
from web.db.columns import now
from web.db.engine import read_one, reading, writing
from web.examinations import requests, subjects
from web.examinations.subjects import Subject, Subjects
from web.services import Services

PENDING: Final = "pending"
DONE: Final = "done"
UNAVAILABLE: Final = "unavailable"
MOST_REQUESTS: Final = 3
"""A file that ends workers is not sent to them for ever."""
LONGEST_WAIT: Final = timedelta(hours=1)
"""How long a file waits for a worker that can examine it."""
_CHECK_SECONDS: Final = 0.03


class HasVerdict:
    """The columns of a file with a verdict."""

    if TYPE_CHECKING:
        id: Mapped[str]
        created_at: Mapped[datetime]

    verdict_state: Mapped[str] = mapped_column(String(16), default="", server_default="")
    """`PENDING`, `DONE` or `UNAVAILABLE`; empty for what is not examined."""
    verdict_requests: Mapped[int] = mapped_column(default=0, server_default="0")
    """How often it was sent to a worker."""
    verdict: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True), default=None)
    """The verdict (`tasks.domain.examination`)."""


Row = TypeVar("Row", bound=HasVerdict)


@dataclass(frozen=True, slots=True)
class Verdicts(Generic[Row]):
    """The verdicts on the rows of one table."""

    prefix: str
    """How the names of its files begin in messages."""
    table: type[Row]
    subject_of: Callable[[Row], Subject]
    """Return the file of a row, as messages name it."""
    crops_of: Callable[[Row, Sequence[Crop]], Iterable[object]]
    """Return the rows that refer to the crops of a verdict."""

    def declare(self) -> None:
        """Let the files of the table be examined; called once, beside it."""
        subjects.declare(self.prefix, Subjects(self._record, self._pending, self._count_request))

    def request(self, services: Services, row: Row) -> bool:
        """Send a stored file without a verdict to a worker; return whether one will examine it."""
        if row.verdict_state != PENDING or not requests.request(services, self.subject_of(row)):
            return False
        with writing() as db:
            self._count_request(db, row.id)
        return True

    def awaited(self, row: Row, seconds: float) -> Row:
        """Return a row with its verdict, which the controller records, if that comes in time."""
        pause, deadline = threading.Event(), time.monotonic() + seconds
        # Many of these wait at once while workers are busy, so one look must cost little.
        state = select(self.table.verdict_state).where(self.table.id == bindparam("row"))
        while time.monotonic() < deadline:
            pause.wait(_CHECK_SECONDS)
            found = read_one(state, row=row.id)
            if found is None or found.verdict_state != PENDING:
                with reading() as db:
                    return db.get(self.table, row.id) or row
        return row

    def examine(self, services: Services, row: Row) -> Row:
        """Ask for the verdict on a stored file; return its row with it if that comes in time."""
        if not self.request(services, row):
            return row
        return self.awaited(row, services.settings.examination.wait_seconds)

    def put(self, db: Session, row: Row, verdict: Verdict) -> None:
        """Give a row its verdict, in the caller's transaction."""
        row.verdict_state, row.verdict = DONE, verdict.to_dict()
        db.add_all(self.crops_of(row, verdict.crops))

    def _record(self, db: Session, row_id: str, verdict: Verdict) -> None:
        row = db.get(self.table, row_id, with_for_update=True)
        if row is not None and row.verdict_state != DONE:
            self.put(db, row, verdict)

    def _pending(self, db: Session, before: datetime) -> Sequence[Subject]:
        """List the files that wait for a verdict; those that waited for too long get none."""
        table = self.table
        waiting = table.verdict_state == PENDING, table.created_at < before
        too_old = table.created_at < now() - LONGEST_WAIT
        tried = table.verdict_requests >= MOST_REQUESTS
        db.execute(update(table).where(*waiting, too_old | tried).values(verdict_state=UNAVAILABLE))
        due = select(table).where(*waiting).order_by(table.created_at).limit(100)
        return [self.subject_of(row) for row in db.scalars(due)]

    def _count_request(self, db: Session, row_id: str) -> None:
        more = update(self.table).where(self.table.id == row_id)
        db.execute(more.values(verdict_requests=self.table.verdict_requests + 1))


def first_state(services: Services) -> str:
    """Return the state of a new file."""
    return PENDING if services.settings.examination.is_on else ""


def require_usable(row: HasVerdict, kind: str, options: JobOptions) -> None:
    """Raise the error with which the job would fail; without a verdict, the job may try."""
    simulated = options.mode == "simulation" or options.engines.get(kind) == "simulated"
    if row.verdict is not None and not simulated:
        Verdict.from_dict(row.verdict).require_usable(options.face_index)
