"""The ends of a job. Only these functions change a state to a terminal one, in the ledger's
own transaction, with the event that tells of it beside it in the outbox."""

from __future__ import annotations

import math
import random
import time
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tasks.domain import fallback
from tasks.domain.errors import CallsheetError, JobLost, StageOutOfMemory
from tasks.domain.events import Event, EventType
from tasks.domain.fallback import engines_of
from tasks.domain.job import OPEN_STATES, JobOptions, JobState
from tasks.domain.plan import Plan
from web.events.models import OutboxEvent
from web.jobs.models import Job, PlanRevision, StageRun
from web.sessions.models import Output

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 60.0


def succeed(db: Session, job: Job, at: datetime) -> None:
    final = db.scalar(select(Output).where(Output.job_id == job.id, Output.kind == "final_output"))
    runs = list(
        db.scalars(
            select(StageRun)
            .where(StageRun.job_id == job.id, StageRun.revision == job.revision)
            .order_by(StageRun.id)
        )
    )
    job.result = {
        "final_output": _file(final) if final else None,
        "engines": _engines(db, job, runs),
        "simulated": sorted({run.stage for run in runs if run.kind == "simulated"}),
        "voice_match": next((r.facts.get("match") for r in runs if r.stage == "voice"), None),
        "facts": next((r.facts for r in runs if r.stage == "assemble"), {}),
        "consent": _consent(job),
    }
    job.percent, job.eta_seconds, job.eta_low, job.eta_high = 100.0, 0.0, 0.0, 0.0
    _end(db, job, JobState.SUCCEEDED, at)
    details = job.result | {"seconds": _seconds(job)}
    _add_outbox_event(db, job, EventType.PIPELINE_COMPLETED, "the video is ready", details)


def _engines(db: Session, job: Job, runs: list[StageRun]) -> dict[str, Any]:
    """What made it, by stage, and on what terms; of work done elsewhere these are not known."""
    made: dict[str, Any] = {r.stage: {"name": r.engine, "kind": r.kind} for r in runs}
    revision = db.get(PlanRevision, (job.id, job.revision))
    planned = engines_of(Plan.from_json(revision.plan)) if revision else {}
    for stage in made.keys() & planned.keys():
        engine = planned[stage]
        made[stage] |= {"licence": engine.licence, "commercial_use": engine.commercial_use}
    return made


def _consent(job: Job) -> dict[str, dict[str, Any]]:
    """Of each upload that was used: what was stated, and that nothing was."""
    stated = job.consent or {}
    return {name: {"stated": name in stated, **stated.get(name, {})} for name in job.inputs}


def fail(db: Session, job: Job, failure: dict[str, Any], at: datetime) -> None:
    """`failure` has `error_code`, `user_message` and, where it was one, `stage` and `scene`."""
    job.error_code = failure["error_code"]
    job.error_stage = failure.get("stage")
    job.error_message = failure["user_message"]
    _end(db, job, JobState.FAILED, at)
    details = failure | {"attempt": job.attempt}
    _add_outbox_event(db, job, EventType.PIPELINE_FAILED, failure["user_message"], details)


def fail_unread(db: Session, job_id: str, at: datetime) -> bool:
    """Fail a job for which a decision cannot be made; False if it has ended, or never was.

    Its row may be what cannot be read, so nothing is asked of it but what an end needs.
    """
    needed = select(Job.state, Job.session_id, Job.attempt, Job.percent).where(Job.id == job_id)
    row = db.execute(needed.with_for_update()).first()
    if row is None or row.state not in [state.value for state in OPEN_STATES]:
        return False
    failure = {"error_code": CallsheetError.code, "user_message": CallsheetError().user_message}
    ended: dict[str, Any] = {"state": JobState.FAILED.value, "finished_at": at}
    ended |= {"error_code": failure["error_code"], "error_message": failure["user_message"]}
    ended |= {"error_stage": None}
    db.execute(update(Job).where(Job.id == job_id).values(ended))
    running = StageRun.job_id == job_id, StageRun.state == "running"
    db.execute(update(StageRun).where(*running).values(state="dropped"))
    event = Event(
        event_type=EventType.PIPELINE_FAILED,
        session_id=row.session_id,
        job_id=job_id,
        message=failure["user_message"],
        details=failure | {"attempt": int(_number(row.attempt))},
        progress_percent=min(max(_number(row.percent), 0.0), 100.0),
    )
    db.add(OutboxEvent(position=time.time_ns(), payload=event.to_dict()))
    return True


def _number(value: Any) -> float:
    """A column's value; SQLite keeps whatever it was given."""
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else 0.0


def cancel(db: Session, job: Job, at: datetime) -> None:
    _end(db, job, JobState.CANCELLED, at)
    _add_outbox_event(
        db,
        job,
        EventType.PIPELINE_CANCELLED,
        "the job was cancelled",
        {"attempt": job.attempt},
    )


def retry_or_fail(db: Session, job: Job, failure: dict[str, Any], cap: int, at: datetime) -> None:
    """Another attempt after a pause; when there were enough of them, the end."""
    job.failures += 1
    if job.failures >= cap:
        fail(db, job, failure, at)
        return
    _give_up(job, failure)
    job.published = False
    job.retry_at = at + timedelta(seconds=retry_delay(job.failures, failure.get("retry_after")))


def _give_up(job: Job, failure: dict[str, Any]) -> None:
    """What has failed again goes on with less: a smaller picture, or the stage's next engine."""
    if job.failures < fallback.FAILURES_BEFORE or failure["error_code"] not in fallback.CODES:
        return
    options = JobOptions(**job.options)
    if options.mode != "auto":
        return
    if failure["error_code"] == StageOutOfMemory.code:
        height = fallback.smaller(job.height or options.height)
        if height is not None:
            job.height = height
            return
    name = f"{failure['stage']}/{failure['engine']}"
    if name not in job.given_up:
        job.given_up = [*job.given_up, name]


def retry_delay(failures: int, retry_after: float | None = None) -> float:
    """Grows with each failure, scattered so that jobs that failed together return apart.

    A provider that named a time gets at least that long, up to the longest pause.
    """
    grown: float = min(FIRST_PAUSE * 2 ** (failures - 1), LONGEST_PAUSE)
    scattered = grown * random.uniform(0.5, 1.0)  # noqa: S311  nothing secret
    return min(max(scattered, retry_after or 0.0), LONGEST_PAUSE)


def reopen(db: Session, job: Job) -> None:
    """Another round of a failed or cancelled job: it goes on at what was not committed.

    The attempt moves on here, and not only at the dispatch, so that a failure of the last
    round that is heard late says nothing of this one.
    """
    job.state = JobState.QUEUED.value
    job.rounds += 1
    job.attempt += 1
    job.failures = 0
    job.published, job.retry_at = False, None
    job.cancel_requested_at = job.finished_at = job.waiting_since = job.expired_at = None
    job.error_code = job.error_stage = job.error_message = None
    for run in db.scalars(
        select(StageRun).where(
            StageRun.job_id == job.id,
            StageRun.revision == job.revision,
            StageRun.state != "done",
        )
    ):
        run.state = "waiting"
        run.error_code = run.error_message = None


def job_lost(reason: str) -> dict[str, Any]:
    """The failure of a job whose stages vanish again and again."""
    return {"error_code": JobLost.code, "user_message": JobLost().user_message, "reason": reason}


def _end(db: Session, job: Job, state: JobState, at: datetime) -> None:
    job.state = state.value
    job.finished_at = at
    for run in db.scalars(
        select(StageRun).where(StageRun.job_id == job.id, StageRun.state == "running")
    ):
        run.state = "dropped"


def _add_outbox_event(
    db: Session, job: Job, kind: EventType, message: str, details: dict[str, Any]
) -> None:
    event = Event(
        event_type=kind,
        session_id=job.session_id,
        job_id=job.id,
        message=message,
        details=details,
        progress_percent=job.percent,
    )
    db.add(OutboxEvent(position=time.time_ns(), payload=event.to_dict()))


def _file(output: Output) -> dict[str, Any]:
    return {
        "filename": output.filename,
        "bytes": output.bytes,
        "media_type": output.media_type,
        "url": f"/download/{output.session_id}/{output.filename}",
    }


def _seconds(job: Job) -> float | None:
    if job.finished_at is None:
        return None
    return round((job.finished_at - job.created_at).total_seconds(), 2)
