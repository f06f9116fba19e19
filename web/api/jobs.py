"""Jobs: start, look, cancel."""

from __future__ import annotations

from typing import Any

import redis
from flask import Response

from tasks.domain.errors import NotReady
from tasks.domain.job import JobOptions, JobState
from web.access import presented
from web.api.blueprint import Blueprint
from web.api.documented_errors import documented_errors
from web.api.schemas.jobs import JobReport, Start, Started
from web.api.schemas.quotes import Asked, Quote
from web.api.start import HEADERS, idempotency_request, started_response
from web.db.engine import reading
from web.errors import JobOpen
from web.jobs import report as reports
from web.jobs import submission
from web.jobs.production_mode import ProductionModeManager
from web.jobs.quotes import quote
from web.services import current_services
from web.storage import references

jobs = Blueprint("jobs", __name__, description="From a request to a video.")


@jobs.post("/process/start")
@jobs.doc(parameters=HEADERS)
@jobs.arguments(Start)
@jobs.response(202, Started)
@jobs.alt_response(200, schema=JobReport, description="The job has ended within `Prefer: wait=N`")
@documented_errors(jobs, 404, "SESSION_NOT_FOUND")
@documented_errors(jobs, 409, "FACE_MISSING", "IDEMPOTENCY_KEY_IN_USE")
@documented_errors(jobs, 410, "SESSION_EXPIRED")
@documented_errors(jobs, 422, "VALIDATION_FAILED", "CONSENT_REQUIRED")
@documented_errors(jobs, 429, "RATE_LIMITED")
@documented_errors(jobs, 451, "CONSENT_WITHDRAWN")
@documented_errors(jobs, 503, "ENGINE_UNAVAILABLE", "SERVER_FULL")
def start(sent: dict[str, Any]) -> Response:
    """Start a job"""
    held = current_services()
    session = presented.session(sent.pop("session_id"))
    consent = sent.pop("consent", None)
    options = JobOptions(**({"mode": ProductionModeManager(held).current_mode} | sent))
    wish = idempotency_request(session, options, consent)
    return started_response(submission.start(held, session, options, consent, wish))


@jobs.post("/process/estimate")
@jobs.arguments(Asked)
@jobs.response(200, Quote)
@documented_errors(jobs, 404, "SESSION_NOT_FOUND")
@documented_errors(jobs, 422, "VALIDATION_FAILED")
@documented_errors(jobs, 503, "NOT_READY")
def estimate(sent: dict[str, Any]) -> dict[str, Any]:
    """What such a job would take and cost; nothing is started"""
    held = current_services()
    given = sent.pop("session_id", None)
    session = None if given is None else presented.session(given)
    options = JobOptions(**({"mode": ProductionModeManager(held).current_mode} | sent))
    try:
        return quote(held, options, session)
    except redis.RedisError:
        raise NotReady from None


@jobs.get("/process/<job_id>")
@jobs.response(200, JobReport)
@documented_errors(jobs, 401, "SESSION_REQUIRED")
@documented_errors(jobs, 404, "JOB_NOT_FOUND")
def get_job(job_id: str) -> dict[str, Any]:
    """All about a job"""
    with reading() as db:
        return reports.report(db, reports.find(db, job_id))


@jobs.post("/process/<job_id>/cancel")
@jobs.response(202, JobReport)
@documented_errors(jobs, 401, "SESSION_REQUIRED")
@documented_errors(jobs, 404, "JOB_NOT_FOUND")
def cancel(job_id: str) -> dict[str, Any]:
    """Ask for the end of a job"""
    submission.cancel(current_services(), job_id)
    return get_job_legacy(job_id)


@jobs.post("/process/<job_id>/retry")
@jobs.response(202, JobReport)
@documented_errors(jobs, 401, "SESSION_REQUIRED")
@documented_errors(jobs, 404, "JOB_NOT_FOUND")
@documented_errors(jobs, 409, "JOB_SUCCEEDED")
@documented_errors(jobs, 410, "SESSION_EXPIRED")
@documented_errors(jobs, 451, "CONSENT_WITHDRAWN")
def retry(job_id: str) -> dict[str, Any]:
    """Try a failed or cancelled job again, from where it failed"""
    submission.retry(current_services(), job_id)
    return get_job_legacy(job_id)


@jobs.delete("/process/<job_id>")
@jobs.response(204)
@documented_errors(jobs, 401, "SESSION_REQUIRED")
@documented_errors(jobs, 404, "JOB_NOT_FOUND")
@documented_errors(jobs, 409, "JOB_OPEN")
def delete(job_id: str) -> None:
    """Delete the files of a job that has ended"""
    with reading() as db:
        job = reports.find(db, job_id)
    if not JobState(job.state).terminal:
        raise JobOpen
    references.drop_job(current_services(), job_id)


def get_job_legacy(job_id: str) -> dict[str, Any]:
    with reading() as db:
        return reports.report(db, reports.find(db, job_id))
