"""Feedback of owners on their finished videos."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask import Response

from web.access.guard import require_job_owner
from web.api.blueprint import Blueprint
from web.api.documented_errors import documented_errors
from web.api.schemas.feedback import Feedback, SetFeedback
from web.jobs import feedback
from web.jobs.feedback import Opinion

feedback_routes = Blueprint("feedback", __name__, description="Feedback on videos.")


@feedback_routes.post("/process/<job_id>/feedback")
@feedback_routes.arguments(SetFeedback)
@feedback_routes.response(200, Feedback)
@feedback_routes.alt_response(201, schema=Feedback, description="The first feedback on this job")
@documented_errors(feedback_routes, 401, "SESSION_REQUIRED")
@documented_errors(feedback_routes, 403, "OWNER_ONLY")
@documented_errors(feedback_routes, 404, "JOB_NOT_FOUND")
@documented_errors(feedback_routes, 409, "JOB_RUNNING")
@documented_errors(feedback_routes, 422, "VALIDATION_FAILED")
def give(sent: dict[str, Any], job_id: str) -> tuple[dict[str, Any], int]:
    """Rate a job of yours that has ended; sending it again replaces the former feedback"""
    require_job_owner(job_id)
    given, is_first = feedback.give(job_id, Opinion(**sent))
    return given, HTTPStatus.CREATED if is_first else HTTPStatus.OK


@feedback_routes.get("/process/<job_id>/feedback")
@feedback_routes.response(200, Feedback)
@feedback_routes.alt_response(204, description="There is no feedback on this job yet")
@documented_errors(feedback_routes, 401, "SESSION_REQUIRED")
@documented_errors(feedback_routes, 404, "JOB_NOT_FOUND")
def get(job_id: str) -> dict[str, Any] | Response:
    """Get the feedback on a job"""
    return feedback.of_job(job_id) or Response(status=HTTPStatus.NO_CONTENT)
