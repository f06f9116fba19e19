"""Jobs: start, look, cancel."""

from __future__ import annotations

from typing import Any

import redis
from flask import Response

from tasks.domain.errors import NotReady
from tasks.domain.job import JobOptions, JobState
from web.access import presented
from web.api.blueprint import Blueprint
from web.api.documented_errors import refuses
from web.api.schemas.jobs import JobReport, Start, Started
from web.api.schemas.quotes import Asked, Quote
from web.api.start import HEADERS, answer, wanted
from web.db.engine import reading
from web.errors import JobOpen
from web.jobs import report as reports
from web.jobs import submission
from web.jobs.production_mode import ProductionModeManager
from web.jobs.quotes import quote
from web.services import services
from web.storage import references

jobs = Blueprint("jobs", __name__, description="From a request to a video.")


@jobs.post("/process/start")
@jobs.doc(parameters=HEADERS)
@jobs.arguments(Start)
@jobs.response(202, Started)
@jobs.alt_response(200, schema=JobReport, description="The job has ended within `Prefer: wait=N`")
@refuses(jobs, 404, "SESSION_NOT_FOUND")
@refuses(jobs, 409, "FACE_MISSING", "IDEMPOTENCY_KEY_IN_USE")
@refuses(jobs, 410, "SESSION_EXPIRED")
@refuses(jobs, 422, "VALIDATION_FAILED", "CONSENT_REQUIRED")
@refuses(jobs, 429, "RATE_LIMITED")
@refuses(jobs, 451, "CONSENT_WITHDRAWN")
@refuses(jobs, 503, "ENGINE_UNAVAILABLE", "SERVER_FULL")
def start(sent: dict[str, Any]) -> Response:
    """Start a job"""
    held = services()
    session = presented.session(sent.pop("session_id"))
    consent = sent.pop("consent", None)
    options = JobOptions(**({"mode": ProductionModeManager(held).current_mode} | sent))
    wish = wanted(session, options, consent)
    return answer(submission.start(held, session, options, consent, wish))


@jobs.post("/process/estimate")
@jobs.arguments(Asked)
@jobs.response(200, Quote)
@refuses(jobs, 404, "SESSION_NOT_FOUND")
@refuses(jobs, 422, "VALIDATION_FAILED")
@refuses(jobs, 503, "NOT_READY")
def estimate(sent: dict[str, Any]) -> dict[str, Any]:
    """What such a job would take and cost; nothing is started"""
    held = services()
    given = sent.pop("session_id", None)
    session = None if given is None else presented.session(given)
    options = JobOptions(**({"mode": ProductionModeManager(held).current_mode} | sent))
    try:
        return quote(held, options, session)
    except redis.RedisError:
        raise NotReady from None


@jobs.get("/process/<job_id>")
@jobs.response(200, JobReport)
@refuses(jobs, 401, "SESSION_REQUIRED")
@refuses(jobs, 404, "JOB_NOT_FOUND")
def look(job_id: str) -> dict[str, Any]:
    """All about a job"""
    with reading() as database:
        return reports.report(database, reports.find(database, job_id))


@jobs.post("/process/<job_id>/cancel")
@jobs.response(202, JobReport)
@refuses(jobs, 401, "SESSION_REQUIRED")
@refuses(jobs, 404, "JOB_NOT_FOUND")
def cancel(job_id: str) -> dict[str, Any]:
    """Ask for the end of a job"""
    submission.cancel(services(), job_id)
    return look_again(job_id)


@jobs.post("/process/<job_id>/retry")
@jobs.response(202, JobReport)
@refuses(jobs, 401, "SESSION_REQUIRED")
@refuses(jobs, 404, "JOB_NOT_FOUND")
@refuses(jobs, 409, "JOB_SUCCEEDED")
@refuses(jobs, 410, "SESSION_EXPIRED")
@refuses(jobs, 451, "CONSENT_WITHDRAWN")
def retry(job_id: str) -> dict[str, Any]:
    """Try a failed or cancelled job again, from where it failed"""
    submission.retry(services(), job_id)
    return look_again(job_id)


@jobs.delete("/process/<job_id>")
@jobs.response(204)
@refuses(jobs, 401, "SESSION_REQUIRED")
@refuses(jobs, 404, "JOB_NOT_FOUND")
@refuses(jobs, 409, "JOB_OPEN")
def delete(job_id: str) -> None:
    """Delete the files of a job that has ended"""
    with reading() as database:
        job = reports.find(database, job_id)
    if not JobState(job.state).terminal:
        raise JobOpen
    references.drop_job(services(), job_id)


def look_again(job_id: str) -> dict[str, Any]:
    with reading() as database:
        return reports.report(database, reports.find(database, job_id))
