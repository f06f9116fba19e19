"""A ledger with one job in it, and what may be said of that job."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete

from tasks.domain.events import Event, EventType
from tasks.messaging.event_bus import StreamEntry
from web.control import projection
from web.db.engine import writing
from web.events.models import LedgerEvent, Mark, OutboxEvent
from web.jobs.models import Job, PlanRevision, StageRun
from web.services import current_services
from web.sessions.models import Output, UserSession

STEPS = ("script", "face", "voice", "assemble")
ATTEMPTS = 6
_TABLES = (OutboxEvent, LedgerEvent, Mark, Output, StageRun, PlanRevision, Job, UserSession)


def fresh(attempt: int = 2) -> None:
    """A job in its second attempt, of which nothing is known."""
    with writing() as db:
        for table in _TABLES:
            db.execute(delete(table))
        db.add(UserSession(id="room", user_id="ada"))
        db.flush()
        db.add(
            Job(
                id="job",
                session_id="room",
                options={},
                inputs={},
                revision=1,
                attempt=attempt,
                published=True,
            )
        )
        db.flush()
        for step in STEPS:
            db.add(StageRun(job_id="job", revision=1, step=step, stage=step, engine="any"))


def event(
    number: int,
    kind: EventType,
    stage: str,
    attempt: int,
    revision: int = 1,
    *,
    percent: float | None = None,
    retryable: bool = True,
) -> Event:
    details = {
        "attempt": attempt,
        "revision": revision,
        "worker": f"worker-{attempt}",
        "artifact": f"artifact-{stage}-{revision}",
        "facts": {},
        "found": False,
        "seconds": 1.0,
        "error_code": "ENGINE_BROKEN",
        "user_message": "It broke.",
        "retryable": retryable,
    }
    told = float(number) if percent is None else percent
    return Event(kind, "room", "job", stage, None, "", details, told, None, f"{number}-0")


def apply(events: Sequence[Event]) -> None:
    """As control reads them, in one batch."""
    entries = [StreamEntry(told, "") for told in events]
    projection.apply(entries, events[-1].event_id, current_services(), ATTEMPTS)
