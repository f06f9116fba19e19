"""Report jobs: their state, their stages and their results."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tasks.domain.errors import JobNotFound
from tasks.domain.fallback import engines_of
from tasks.domain.job import JobOptions, JobState
from tasks.domain.plan import Plan
from web.jobs import queue
from web.jobs.forecast import estimated_start
from web.jobs.models import PIPELINE, Job, PlanRevision, StageRun, title_of
from web.jobs.warnings import of_engines
from web.services import current_services
from web.sessions import files
from web.sessions import links as signing
from web.sessions.files import file_report
from web.sessions.models import Output, UserSession
from web.sessions.upload_reports import upload_report

Warnings = Callable[[Session, Job], list[dict[str, Any]]]

_warnings_of_kind: Final[dict[str, Warnings]] = {}


def find(db: Session, job_id: str) -> Job:
    job = db.get(Job, job_id)
    if job is None:
        raise JobNotFound
    return job


def jobs(db: Session, session_id: str) -> list[Job]:
    """List the jobs of a session, the newest first."""
    mine = select(Job).where(Job.session_id == session_id)
    return list(db.scalars(mine.order_by(Job.created_at.desc())))


def has_open_jobs(db: Session, session_id: str) -> bool:
    """Return whether a job of this session has not ended."""
    return bool(db.scalar(select(func.count()).where(Job.is_open, Job.session_id == session_id)))


def links(job: Job) -> dict[str, str]:
    """Return the addresses of a job; that of a live process only if there is one."""
    events = signing.signed_stream(f"/process/{job.id}/events", job.session_id)
    live = signing.live_address(current_services().settings, events)
    return {
        "job": f"/process/{job.id}",
        "cancel": f"/process/{job.id}/cancel",
        "retry": f"/process/{job.id}/retry",
        "outputs": f"/outputs/{job.session_id}",
        "events": events,
        **({} if live is None else {"live_events": live}),
    }


def summary(job: Job) -> dict[str, Any]:
    return {
        "job_id": job.id,
        **_columns(job, "session_id", "state", "eta_seconds", "created_at", "started_at"),
        **_columns(job, "finished_at", "expired_at"),
        "progress_percent": round(job.percent, 2),
        "percent": round(job.percent, 2),
        "eta_range": _eta_range(job),
        "cancel_requested": job.cancel_requested_at is not None,
        "error": failure(job.error_code, job.error_stage, job.error_message),
        "title": job.title or title_of(job.options),
    }


def _columns(row: Job | StageRun | PlanRevision, *names: str) -> dict[str, Any]:
    """Get columns that are reported under their own names."""
    return {name: getattr(row, name) for name in names}


def report(db: Session, job: Job) -> dict[str, Any]:
    """Report everything about a job."""
    position = queue.position(db, job)
    revisions = _revisions(db, job)  # kept, so that their plans are not read again
    return {
        **summary(job),
        **_columns(job, "attempt", "revision", "options", "consent", "consent_withdrawn_at"),
        "expires_at": expiry(job),
        "waiting_for": job.waiting_for if job.waiting_since else None,
        "retry_at": _retry_at(job),
        "revisions": [_revision(row) for row in revisions],
        "queue_position": position,
        "estimated_start": estimated_start(current_services(), db, position),
        "warnings": _warnings(db, job),
        "stages": [_stage(run) for run in _runs(db, job)],
        "result": _result(db, job),
        "links": links(job),
    }


def document(db: Session, job: Job) -> dict[str, Any]:
    """Report a job as a document to keep, in JSON's own types.

    It has no signed link, which would expire, and names workers by their environment only.
    """
    whole = report(db, job)
    whole["options"] = job.options if isinstance(job.options, dict) else {}
    whole["links"].pop("events")
    for stage in whole["stages"]:
        stage["worker"] = stage["worker"].partition("@")[0]
    kept: dict[str, Any] = json.loads(json.dumps(whole, default=datetime.isoformat))
    return kept


def declare_warnings(kind: str, warnings: Warnings) -> None:
    """Let the domain of a kind of jobs warn about them."""
    _warnings_of_kind[kind] = warnings


def _warnings(db: Session, job: Job) -> list[dict[str, Any]]:
    """Warn with the engines of the plan; before there is one, of the options alone."""
    declared = _warnings_of_kind.get(job.kind)
    if declared is not None:
        return declared(db, job)
    if not isinstance(job.options, dict) or job.kind != PIPELINE:
        return []
    revision = db.get(PlanRevision, (job.id, job.revision))
    engines = engines_of(Plan.from_json(revision.plan)) if revision else {}
    return of_engines(JobOptions(**job.options), engines)


def _retry_at(job: Job) -> datetime | None:
    """Get the end of a back-off; the pauses of a job that waits for a worker are not shown."""
    return job.retry_at if job.is_waiting and job.failures > 0 else None


def _revisions(db: Session, job: Job) -> list[PlanRevision]:
    mine = select(PlanRevision).where(PlanRevision.job_id == job.id)
    return list(db.scalars(mine.order_by(PlanRevision.revision)))


def _revision(row: PlanRevision) -> dict[str, Any]:
    plan = Plan.from_json(row.plan)
    width, height = plan.size
    return {
        **_columns(row, "revision", "why", "created_at"),
        "engines": {stage: engine.name for stage, engine in engines_of(plan).items()},
        "width": width,
        "height": height,
    }


def expiry(job: Job) -> datetime | None:
    """Compute when the files of a job will be deleted."""
    if job.finished_at is None or job.expired_at is not None:
        return None
    return job.finished_at + timedelta(days=current_services().settings.keep_days)


def _runs(db: Session, job: Job) -> list[StageRun]:
    of_this_plan = StageRun.job_id == job.id, StageRun.revision == job.revision
    return list(db.scalars(select(StageRun).where(*of_this_plan).order_by(StageRun.id)))


def _stage(run: StageRun) -> dict[str, Any]:
    return {
        **_columns(run, "stage", "scene", "engine", "worker", "kind", "state", "found"),
        **_columns(run, "attempt", "seconds", "expected_seconds", "started_at", "finished_at"),
        "expected_within": run.expected_high,
        "provider": run.facts.get("provider") if isinstance(run.facts, dict) else None,
        "error": failure(run.error_code, run.stage, run.error_message),
    }


def _eta_range(job: Job) -> list[float] | None:
    if job.eta_low is None or job.eta_high is None:
        return None
    return [job.eta_low, job.eta_high]


def failure(code: str | None, stage: str | None, message: str | None) -> dict[str, Any] | None:
    """Describe why a job or step failed; None if it did not."""
    if code is None:
        return None
    told = message or ""
    return {"error_code": code, "stage": stage, "user_message": told, "code": code, "message": told}


def _result(db: Session, job: Job) -> dict[str, Any] | None:
    if job.result is None:
        return None
    outputs = select(Output).where(Output.job_id == job.id).order_by(Output.filename)
    return {**job.result, "outputs": [file_report(output) for output in db.scalars(outputs)]}


def session_identity(user_session: UserSession) -> dict[str, Any]:
    return {
        "session_id": user_session.id,
        "user_id": user_session.user_id,
        "state": "active" if user_session.ended_at is None else "ended",
        "created_at": user_session.created_at,
    }


def session_report(db: Session, user_session: UserSession) -> dict[str, Any]:
    uploads = files.uploads(db, user_session.id)
    mine = jobs(db, user_session.id)
    states = Counter(job.state for job in mine)
    outputs = select(func.count()).select_from(Output).where(Output.session_id == user_session.id)
    return {
        **session_identity(user_session),
        "seen_at": user_session.seen_at,
        "uploads": [upload_report(upload) for upload in uploads],
        "jobs": [summary(job) for job in mine],
        "counts": {
            "uploads": len(uploads),
            "outputs": db.scalar(outputs) or 0,
            "jobs": len(mine),
            **{state.value: states[state.value] for state in JobState},
        },
    }
