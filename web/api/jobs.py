"""The job routes: start, estimate, get, cancel, retry, delete."""

from __future__ import annotations

from typing import Any

import redis
from flask import Response

from tasks.domain.errors import NotReady
from tasks.domain.job import JobOptions, JobState
from web.access import owners, presented
from web.analytics import traffic
from web.api.blueprint import Blueprint
from web.api.clips import estimate_clip, start_clip
from web.api.documented_errors import documented_errors, documented_start
from web.api.schemas.jobs import (
    AllJobs,
    AllJobsSearch,
    JobReport,
    JobsRedriven,
    JobStarted,
    RedriveJobs,
)
from web.api.schemas.quotes import EstimateJob, JobEstimate
from web.api.schemas.start import StartJob
from web.api.start import HEADERS, idempotency_request, started_response, webhook_of_job
from web.db.engine import reading
from web.errors import JobOpen
from web.http.authentication import authenticated
from web.http.operators import operators_only
from web.jobs import modes, overview, submission
from web.jobs import report as reports
from web.jobs.charging import Origin
from web.jobs.inputs import NamedUploads
from web.jobs.models import CLIP
from web.jobs.quotes import quote
from web.jobs.submission import redrive as redrive_jobs
from web.jobs.submission import with_all
from web.providers import retries
from web.services import current_services
from web.storage import references
from web.trust import consents

jobs = Blueprint("jobs", __name__, description="Video jobs.")


@jobs.post("/process/start")
@jobs.doc(parameters=HEADERS)
@jobs.arguments(StartJob)
@jobs.response(202, JobStarted)
@jobs.alt_response(200, schema=JobReport, description="The job ended within `Prefer: wait=N`")
@documented_start(
    jobs,
    {
        404: ("QUOTE_NOT_FOUND", "CONSENT_NOT_FOUND", "MODEL_NOT_FOUND"),
        409: ("QUOTE_EXPIRED", "QUOTE_MISMATCH"),
        422: ("CONSENT_NOT_VALID", "MODEL_CLOSED", "NO_MODEL_FITS"),
    },
)
def start(sent: dict[str, Any]) -> Response:
    """Start a job"""
    if "clip" in sent:
        return start_clip(sent["clip"])
    sent.pop("pipeline")
    held = current_services()
    session = presented.session(sent.pop("session_id"))
    webhook_url = sent.pop("webhook_url", None)
    agreed = {use: sent.pop(f"{use}_consent_id", None) for use in ("face", "voice")}
    agreed = {use: consent_id for use, consent_id in agreed.items() if consent_id is not None}
    consent = consents.stated(sent.pop("consent", None), agreed)
    uploads = NamedUploads(
        sent.pop("face_upload_id", None),
        sent.pop("voice_upload_id", None),
        owners.of_request(),
        sent.pop("face_image_id", None),
        sent.pop("voice_id", None),
    )
    origin = Origin(authenticated().key_id, sent.pop("quote_id", None))
    options = JobOptions(**({"mode": modes.current_mode(held)} | sent))
    named = uploads.named()
    further = [part for part in (named, webhook_url, agreed) if part]
    under_key = idempotency_request(session, options, consent, *further)
    taken = submission.start(
        held,
        session,
        options,
        consent,
        under_key,
        uploads=uploads,
        origin=origin,
        with_job=with_all(
            consents.for_job(agreed), *([webhook_of_job(webhook_url)] if webhook_url else [])
        ),
    )
    return started_response(taken, has_webhook=webhook_url is not None)


@jobs.post("/process/estimate")
@jobs.arguments(EstimateJob)
@jobs.response(200, JobEstimate)
@documented_errors(jobs, 404, "SESSION_NOT_FOUND", "MODEL_NOT_FOUND")
@documented_errors(jobs, 422, "VALIDATION_FAILED", "MODEL_CLOSED", "NO_MODEL_FITS")
@documented_errors(jobs, 503, "NOT_READY", "ENGINE_UNAVAILABLE")
def estimate(sent: dict[str, Any]) -> dict[str, Any]:
    """Estimate the duration and cost of a job"""
    if "clip" in sent:
        return estimate_clip(sent["clip"])
    sent.pop("pipeline")
    held = current_services()
    given = sent.pop("session_id", None)
    session = None if given is None else presented.session(given)
    options = JobOptions(**({"mode": modes.current_mode(held)} | sent))
    try:
        traffic.note_estimate(held.redis, owners.of_request() or session)
        return quote(held, options, session)
    except redis.RedisError:
        raise NotReady from None


@jobs.get("/process/<job_id>")
@jobs.response(200, JobReport)
@documented_errors(jobs, 401, "SESSION_REQUIRED")
@documented_errors(jobs, 404, "JOB_NOT_FOUND")
def get_job(job_id: str) -> dict[str, Any]:
    """Get a job"""
    with reading() as db:
        return reports.report(db, reports.find(db, job_id))


@jobs.post("/process/<job_id>/cancel")
@jobs.response(202, JobReport)
@documented_errors(jobs, 401, "SESSION_REQUIRED")
@documented_errors(jobs, 404, "JOB_NOT_FOUND")
def cancel(job_id: str) -> dict[str, Any]:
    """Cancel a job"""
    submission.cancel(current_services(), job_id)
    return _report(job_id)


@jobs.post("/process/<job_id>/retry")
@jobs.response(202, JobReport)
@documented_errors(jobs, 401, "SESSION_REQUIRED")
@documented_errors(jobs, 402, "CREDITS_NEEDED", "BUDGET_REACHED")
@documented_errors(jobs, 404, "JOB_NOT_FOUND")
@documented_errors(jobs, 409, "JOB_FILES_DELETED", "JOB_SUCCEEDED")
@documented_errors(jobs, 410, "SESSION_EXPIRED")
@documented_errors(jobs, 422, "IMAGE_REJECTED", "MODEL_CLOSED", "NO_MODEL_FITS")
@documented_errors(jobs, 429, "DAILY_LIMIT_REACHED")
@documented_errors(jobs, 451, "CONSENT_WITHDRAWN")
@documented_errors(jobs, 503, "ENGINE_UNAVAILABLE")
def retry(job_id: str) -> dict[str, Any]:
    """Retry a failed or cancelled job from the step that failed"""
    with reading() as db:
        is_clip = reports.find(db, job_id).kind == CLIP
    again = retries.retry if is_clip else submission.retry
    again(current_services(), job_id, origin=Origin(authenticated().key_id))
    return _report(job_id)


@jobs.delete("/process/<job_id>")
@jobs.response(204)
@documented_errors(jobs, 401, "SESSION_REQUIRED")
@documented_errors(jobs, 404, "JOB_NOT_FOUND")
@documented_errors(jobs, 409, "JOB_OPEN")
def delete(job_id: str) -> None:
    """Delete the files of a finished job"""
    delete_files(job_id)


def delete_files(job_id: str) -> None:
    """Delete the files of a job; raises `JobOpen` if it has not ended."""
    with reading() as db:
        job = reports.find(db, job_id)
    if not JobState(job.state).terminal:
        raise JobOpen
    references.drop_job(current_services(), job_id)


def _report(job_id: str) -> dict[str, Any]:
    with reading() as db:
        return reports.report(db, reports.find(db, job_id))


@jobs.get("/jobs")
@jobs.arguments(AllJobsSearch, location="query")
@jobs.response(200, AllJobs)
@documented_errors(jobs, 403, "OPERATORS_ONLY")
@documented_errors(jobs, 422, "VALIDATION_FAILED")
@operators_only
def list_all(sent: dict[str, Any]) -> dict[str, Any]:
    """List the jobs of all owners, newest first (operators)"""
    with reading() as db:
        page = overview.jobs(db, overview.Search(**sent))
        return {"jobs": overview.entries(db, page.rows), "next_cursor": page.next_cursor}


@jobs.post("/jobs/redrive")
@jobs.arguments(RedriveJobs)
@jobs.response(202, JobsRedriven)
@documented_errors(jobs, 403, "OPERATORS_ONLY")
@operators_only
def redrive(sent: dict[str, Any]) -> dict[str, Any]:
    """Retry failed jobs, selected by id, error code or time (operators)"""
    return {"jobs": redrive_jobs(current_services(), **sent)}
