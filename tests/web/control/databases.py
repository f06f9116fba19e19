"""A ledger with one job in it, and what may be said of that job."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, select

from tasks.domain.events import Event, EventType
from tasks.messaging.event_bus import StreamEntry
from web.control import projection
from web.db.engine import reading, writing
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


def story(*, has_end: bool) -> list[Event]:
    """What an attempt that was lost and the one after it say, and news of a dead plan."""
    kinds = (EventType.STAGE_STARTED, EventType.STAGE_COMPLETED)
    told = [(EventType.STAGE_STARTED, "face", 1, 1), (EventType.STAGE_FAILED, "face", 1, 1)]
    told += [(EventType.STAGE_FAILED, "voice", 1, 1), (EventType.STAGE_FAILED, "script", 2, 9)]
    steps = [step for step in STEPS if has_end or step != "assemble"]
    told += [(kind, step, 2, 1) for step in steps for kind in kinds]
    return [event(n + 1, *what) for n, what in enumerate(told)]


def truth() -> tuple[object, ...]:
    """What the database knows of the job, and what it has reported."""
    with reading() as db:
        job = db.get_one(Job, "job")
        runs = db.execute(
            select(StageRun.step, StageRun.state, StageRun.artifact).order_by(StageRun.step)
        ).all()
        said = [row.payload["event_type"] for row in db.scalars(select(OutboxEvent))]
        return job.state, job.failures, job.attempt, tuple(map(tuple, runs)), tuple(said)
