"""Jobs: start, look, cancel."""

from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint

from tasks.domain.job import JobOptions
from web import intake
from web.database import reading
from web.reports import jobs as reports
from web.schemas.jobs import JobReport, Start, Started
from web.services import services

jobs = Blueprint("jobs", __name__, description="From a request to a video.")


@jobs.post("/process/start")
@jobs.arguments(Start)
@jobs.response(202, Started)
@jobs.alt_response(404, description="SESSION_NOT_FOUND")
@jobs.alt_response(409, description="FACE_MISSING")
@jobs.alt_response(429, description="RATE_LIMITED")
@jobs.alt_response(503, description="ENGINE_UNAVAILABLE")
def start(sent: dict[str, Any]) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Start a job"""
    held = services()
    session_id = sent.pop("session_id")
    consent = sent.pop("consent", None)
    options = JobOptions(**({"mode": held.settings.default_mode} | sent))
    job = intake.start(held, session_id, options, consent)
    links = reports.links(job)
    answer = {"job_id": job.id, "session_id": session_id, "state": job.state, "links": links}
    return answer, 202, {"Location": links["job"]}


@jobs.get("/process/<job_id>")
@jobs.response(200, JobReport)
@jobs.alt_response(404, description="JOB_NOT_FOUND")
def look(job_id: str) -> dict[str, Any]:
    """All about a job"""
    with reading() as database:
        return reports.report(database, reports.find(database, job_id))


@jobs.post("/process/<job_id>/cancel")
@jobs.response(202, JobReport)
@jobs.alt_response(404, description="JOB_NOT_FOUND")
def cancel(job_id: str) -> dict[str, Any]:
    """Ask for the end of a job"""
    intake.cancel(services(), job_id)
    return look_again(job_id)


@jobs.post("/process/<job_id>/retry")
@jobs.response(202, JobReport)
@jobs.alt_response(404, description="JOB_NOT_FOUND")
@jobs.alt_response(409, description="JOB_SUCCEEDED")
@jobs.alt_response(410, description="SESSION_EXPIRED")
def retry(job_id: str) -> dict[str, Any]:
    """Try a failed or cancelled job again, from where it failed"""
    intake.retry(services(), job_id)
    return look_again(job_id)


def look_again(job_id: str) -> dict[str, Any]:
    with reading() as database:
        return reports.report(database, reports.find(database, job_id))
