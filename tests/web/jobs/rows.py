"""Rows of jobs in every phase, for tests of one transition."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from tasks.domain.errors import StageOutOfMemory
from tasks.domain.failure import Failure
from tasks.domain.job import JobOptions, JobState
from web.events.models import OutboxEvent
from web.jobs import transitions
from web.jobs.models import Job, StageRun
from web.sessions.models import UserSession

AT: Final = datetime(2026, 1, 1, tzinfo=UTC)
SECOND: Final = timedelta(seconds=1)
FAILURE: Final = Failure("ENGINE_BROKEN", "It broke.", retryable=True, stage="voice", engine="one")
OUT_OF_MEMORY: Final = replace(FAILURE, error_code=StageOutOfMemory.code)


def opened(db: Session, consent: dict[str, Any] | None = None, **options: Any) -> Job:
    return transitions.open_job(
        db,
        db.get_one(UserSession, "session"),
        options=JobOptions(script="One.", **options),
        inputs={"face": {"sha256": "f"}},
        consent=consent,
        request_id="request",
        rank=2,
    )


def stored(db: Session, job: Job, **columns: Any) -> Job:
    """A job with other marks, as if transitions had led there."""
    for name, value in columns.items():
        setattr(job, name, value)
    job.created_at = AT
    db.flush()
    return job


def waiting(db: Session, **columns: Any) -> Job:
    return stored(db, opened(db), **columns)


def claimed(db: Session, **columns: Any) -> Job:
    return waiting(db, **{"attempt": 1, "claimed_until": AT + SECOND} | columns)


def in_flight(db: Session, **columns: Any) -> Job:
    return waiting(db, **{"attempt": 1, "published": True} | columns)


def ended(db: Session, state: JobState = JobState.FAILED, **columns: Any) -> Job:
    return in_flight(db, **{"state": state.value, "finished_at": AT} | columns)


def last_event(db: Session) -> dict[str, Any]:
    db.flush()
    newest = select(OutboxEvent).order_by(OutboxEvent.position.desc(), OutboxEvent.id.desc())
    payload: dict[str, Any] = db.scalars(newest).first().payload  # type: ignore[union-attr]
    return payload


def run(db: Session, job: Job, **columns: Any) -> StageRun:
    described = {"revision": job.revision, "step": "voice", "stage": "voice", "engine": "one"}
    row = StageRun(job_id=job.id, **described | columns)
    db.add(row)
    db.flush()
    return row
