"""Change jobs: the only module that writes their columns.

Each function is a transition. It checks its guard, writes, adds the event that reports the
change to the outbox and returns whether it happened; where the guard does not hold, it writes
nothing. All of that is part of the caller's transaction. `phases.TRANSITIONS` lists them.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from tasks.domain import fallback
from tasks.domain.errors import CallsheetError, EngineUnavailable, JobLost, StageOutOfMemory
from tasks.domain.events import Event, EventType
from tasks.domain.failure import Failure
from tasks.domain.job import JobOptions, JobState
from tasks.domain.plan import Plan
from web.db.columns import new_job_id, now, read_number
from web.events import outbox
from web.jobs import charging, revisions, stage_runs
from web.jobs.forecast import Forecast
from web.jobs.models import CLIP, EXTERNAL, PIPELINE, PROJECT, UNCLAIMED, Job, PlanRevision
from web.jobs.phases import Phase, phase
from web.jobs.queue import WORKER_PAUSE, retry_delay
from web.jobs.result import job_result
from web.sessions.models import UserSession

CLAIM_TIMEOUT: Final = timedelta(seconds=10)
"""How long a claim lasts; a job that was not published by then is due again."""


# --- a job opens --------------------------------------------------------------------------


def open_job(
    db: Session,
    room: UserSession,
    *,
    options: JobOptions,
    inputs: dict[str, Any],
    consent: dict[str, Any] | None,
    request_id: str,
    rank: int,
) -> Job:
    """Add a job that waits for its first dispatch.

    It is not flushed, so that its claim in the same transaction is part of its insertion.
    """
    job = Job(
        **UNCLAIMED,
        id=new_job_id(),
        session_id=room.id,
        owner=room.owner,
        org_id=room.org_id,
        created_at=now(),
        options=options.to_dict(),
        inputs=inputs,
        consent=consent or None,
        request_id=request_id,
        rank=rank,
    )
    db.add(job)
    return job


def open_external(db: Session, session_id: str) -> Job:
    """Insert a job that its caller runs: it is in flight from the start."""
    return open_clip(db, session_id, kind=EXTERNAL, options={}, inputs={})


def open_clip(db: Session, session_id: str, *, kind: str = CLIP, **described: Any) -> Job:
    """Insert a clip, or a job of a project, with `options` and `inputs`: it is in flight.

    Unless it is `published=False`; what a job of a project waits for otherwise are its clips.
    """
    job = Job(session_id=session_id, kind=kind, **{"published": True, **described})
    db.add(job)
    db.flush()
    return job


def release_project(job: Job, inputs: dict[str, Any]) -> bool:
    """Let a job of a project, whose clips are made now, be dispatched with these inputs."""
    if not job.is_in_flight or job.kind != PROJECT or job.attempt:
        return False
    job.inputs, job.published = inputs, False
    return True


def bill(job: Job) -> bool:
    """Let the current run of an open job be charged for when it ends."""
    if not job.is_open:
        return False
    job.billed = True
    return True


# --- it is dispatched ---------------------------------------------------------------------


def claim(job: Job, attempt: int, at: datetime) -> bool:
    """Take the next attempt of a due job, so that no other process dispatches it meanwhile."""
    if not job.is_due(at) or attempt != job.attempt + 1:
        return False
    job.attempt = attempt
    job.claimed_until, job.retry_at = at + CLAIM_TIMEOUT, None
    return True


def adopt_plan(
    db: Session, job: Job, plan: Plan, at: datetime, *, forecast: Forecast, before: Plan | None
) -> dict[str, str] | None:
    """Store the next revision of a claimed job's plan, and what is expected of it.

    Returns the steps, with their artifacts, that it shares with the plan `before` it and that
    are done; None where the guard does not hold.
    """
    if plan.revision != job.revision + 1 or phase(job, at) is not Phase.CLAIMED:
        return None
    reason = revisions.reason(job, before, plan) if before is not None else ""
    job.revision = plan.revision
    job.dispatched_at = job.dispatched_at or at
    job.size = forecast.size
    job.expected_seconds = forecast.seconds.likely
    job.expected_low, job.expected_high = forecast.seconds.low, forecast.seconds.high
    text = plan.to_json().decode()
    db.add(PlanRevision(job_id=job.id, revision=plan.revision, plan=text, why=reason))
    db.flush()
    stage_runs.add_plan(db, plan)
    if before is None:
        return {}
    job.failures = 0
    kept = stage_runs.carry_over(db, before, plan)
    outbox.add(db, revisions.revision_event(job, before, plan, reason, sorted(kept)))
    return kept


def mark_published(db: Session, job_id: str, attempt: int) -> bool:
    """Put a claimed job in flight, unless it has failed or ended since it was published.

    A failure takes the claim away: the job waits for its next attempt already.
    """
    claimed = Job.id == job_id, Job.attempt == attempt, Job.claimed_until.is_not(None)
    in_flight = {
        "published": True,
        "claimed_until": None,
        "retry_at": None,
        "waiting_since": None,
        "waiting_for": None,
    }
    result = db.execute(update(Job).where(*claimed, Job.is_waiting).values(in_flight))
    return isinstance(result, CursorResult) and result.rowcount > 0


def wait_for_worker(
    db: Session, job: Job, attempt: int, at: datetime, *, reason: str, limit: timedelta
) -> bool:
    """Check again in a moment whether a worker can run the job; fail after `limit`."""
    if phase(job, at) is not Phase.WAITING or job.attempt != attempt:
        return False
    job.claimed_until, job.retry_at = None, at + WORKER_PAUSE
    job.waiting_since, job.waiting_for = job.waiting_since or at, reason
    if at - job.waiting_since >= limit:
        fail(db, job, Failure.of_error(EngineUnavailable(reason)), at)
    return True


def withdraw(job: Job, attempt: int, since: datetime) -> bool:
    """Put a job in flight back in the queue: no worker can run its next step since `since`."""
    if not job.is_in_flight or job.attempt != attempt:
        return False
    _release(job)
    job.waiting_since = since
    return True


# --- it runs ------------------------------------------------------------------------------


def start_running(job: Job, at: datetime) -> bool:
    """Note that a stage runs; the first one is the start of the job."""
    if not job.is_open:
        return False
    job.started_at, job.state = job.started_at or at, JobState.RUNNING.value
    return True


def note_progress(
    job: Job, percent: float, eta_seconds: float | None, eta_range: tuple[float, float] | None
) -> bool:
    """Raise the percentage and take over an estimate of the remaining time, if there is one."""
    if not job.is_open:
        return False
    job.percent = max(job.percent, percent)
    if eta_seconds is not None:
        job.eta_seconds = eta_seconds
        job.eta_low, job.eta_high = eta_range or (None, None)
    return True


def retry_or_fail(db: Session, job: Job, failure: Failure, cap: int, at: datetime) -> bool:
    """Let a failed attempt be followed by another one after a back-off; fail after `cap`."""
    if not job.is_open:
        return False
    job.failures += 1
    if job.failures >= cap:
        return fail(db, job, failure, at)
    _step_down(job, failure)
    _release(job)
    job.retry_at = at + timedelta(seconds=retry_delay(job.failures, failure.retry_after))
    return True


def retry_lost(db: Session, job: Job, attempt: int, at: datetime, *, reason: str, cap: int) -> bool:
    """Let an attempt whose steps have vanished be followed by another one; fail after `cap`."""
    if not job.is_in_flight or job.attempt != attempt:
        return False
    return retry_or_fail(db, job, Failure.of_error(JobLost(), reason), cap, at)


# --- it ends ------------------------------------------------------------------------------


def succeed(db: Session, job: Job, at: datetime, runs: stage_runs.Runs | None = None) -> bool:
    """End a job whose steps are all done; `runs` are all of its plan, if they are loaded."""
    if not job.is_open:
        return False
    job.result = job_result(db, job, runs)
    job.percent, job.eta_seconds, job.eta_low, job.eta_high = 100.0, 0.0, 0.0, 0.0
    _end(db, job, JobState.SUCCEEDED, at, has_running=runs is None)
    details = job.result | {"seconds": round((at - job.created_at).total_seconds(), 2)}
    _add_event(db, job, EventType.PIPELINE_COMPLETED, "the video is ready", details)
    return True


def fail(db: Session, job: Job, failure: Failure, at: datetime) -> bool:
    """End a job with an error."""
    if not job.is_open:
        return False
    job.error_code, job.error_stage = failure.error_code, failure.stage
    job.error_message = failure.user_message
    _end(db, job, JobState.FAILED, at)
    details = failure.of_job() | {"attempt": job.attempt}
    _add_event(db, job, EventType.PIPELINE_FAILED, failure.user_message, details)
    return True


def fail_unread(db: Session, job_id: str, at: datetime) -> bool:
    """End a job that cannot be decided, reading little of its row: it may be unreadable."""
    needed = select(Job.session_id, Job.attempt, Job.percent, Job.billed, Job.rounds)
    row = db.execute(needed.where(Job.id == job_id, Job.is_open).with_for_update()).first()
    if row is None:
        return False
    failure = Failure.of_error(CallsheetError())
    ended: dict[str, Any] = {
        "state": JobState.FAILED.value,
        "finished_at": at,
        "claimed_until": None,
        "error_code": failure.error_code,
        "error_message": failure.user_message,
    }
    db.execute(update(Job).where(Job.id == job_id).values(ended))
    stage_runs.drop_running(db, job_id)
    if row.billed:
        charging.end(db, job_id, int(read_number(row.rounds)), JobState.FAILED, at)
    event = Event(
        event_type=EventType.PIPELINE_FAILED,
        session_id=row.session_id,
        job_id=job_id,
        message=failure.user_message,
        details=failure.of_job() | {"attempt": int(read_number(row.attempt))},
        progress_percent=min(max(read_number(row.percent), 0.0), 100.0),
    )
    outbox.add(db, event)
    return True


def request_cancel(job: Job, at: datetime) -> bool:
    """Ask the controller to cancel an open job; the first request counts."""
    if not job.is_open or job.cancel_requested_at is not None:
        return False
    job.cancel_requested_at = at
    return True


def cancel(db: Session, job: Job, at: datetime) -> bool:
    """End a job because its user wants it."""
    if not job.is_open:
        return False
    _end(db, job, JobState.CANCELLED, at)
    details = {"attempt": job.attempt}
    _add_event(db, job, EventType.PIPELINE_CANCELLED, "the job was cancelled", details)
    return True


# --- after its end ------------------------------------------------------------------------


def withdraw_consent(job: Job, at: datetime) -> bool:
    """Note that a person took consent back; an open job is cancelled.

    The controller sets the job's stop key: every stage checks it while it runs.
    """
    if job.consent_withdrawn_at is not None:
        return False
    job.consent_withdrawn_at = at
    request_cancel(job, at)
    return True


def reopen(db: Session, job: Job, kind: str = PIPELINE) -> bool:
    """Start another round of a failed or cancelled job; it resumes at what was not committed.

    The attempt rises here, and not only at the dispatch, so that a failure of the last round
    that arrives late does not count for this one.
    """
    if not JobState(job.state).reopenable or (job.kind, job.consent_withdrawn_at) != (kind, None):
        return False
    job.state, job.billed = JobState.QUEUED.value, False
    job.rounds, job.attempt = job.rounds + 1, job.attempt + 1
    job.failures = 0
    _release(job)
    job.cancel_requested_at = job.finished_at = job.waiting_since = job.expired_at = None
    job.error_code = job.error_stage = job.error_message = None
    job.published = job.kind == CLIP  # its next call is inserted with this
    stage_runs.reset(db, job)
    return True


def expire(job: Job, at: datetime) -> bool:
    """Note that the files of an ended job are deleted."""
    if job.is_open:
        return False
    job.expired_at = at
    return True


# --- its owner ----------------------------------------------------------------------------


def rename(job: Job, title: str) -> None:
    """Change the title of a job."""
    job.title = title


def change_owner(db: Session, from_owner: str, to_owner: str, org_id: str | None) -> None:
    """Give all jobs of an owner to another one."""
    db.execute(update(Job).where(Job.owner == from_owner).values(owner=to_owner, org_id=org_id))


# --- shared parts -------------------------------------------------------------------------


def _release(job: Job) -> None:
    """Put a job back in the queue."""
    job.published = False
    job.claimed_until = job.retry_at = None


def _step_down(job: Job, failure: Failure) -> None:
    """Ask less of a job that has failed again: a smaller picture, or the stage's next engine."""
    is_repeated = job.failures >= fallback.FAILURES_BEFORE and failure.error_code in fallback.CODES
    if not is_repeated or job.options.get("mode", "auto") != "auto":
        return
    if failure.error_code == StageOutOfMemory.code and job.kind == PIPELINE:
        height = fallback.smaller(job.height or JobOptions(**job.options).height)
        if height is not None:
            job.height = height
            return
    name = f"{failure.stage}/{failure.engine}"
    if name not in job.given_up:
        job.given_up = [*job.given_up, name]


def _end(db: Session, job: Job, state: JobState, at: datetime, *, has_running: bool = True) -> None:
    job.state, job.finished_at, job.claimed_until = state.value, at, None
    if has_running:
        stage_runs.drop_running(db, job.id)
    if job.billed:
        charging.end(db, job.id, job.rounds, state, at)


def _add_event(
    db: Session, job: Job, kind: EventType, message: str, details: dict[str, Any]
) -> None:
    if job.project_id:
        details = details | {"project_id": job.project_id, "kind": job.kind}
    event = Event(
        event_type=kind,
        session_id=job.session_id,
        job_id=job.id,
        message=message,
        details=details,
        progress_percent=job.percent,
    )
    outbox.add(db, event)
