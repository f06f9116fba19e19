"""The storyboards of projects: drafts of scenes, approved before the video is generated."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from web.api.documented_errors import documented_errors
from web.api.project_videos import projects
from web.api.projects import PATH
from web.api.schemas.storyboards import ApproveDrafts, MakeDrafts, Storyboard
from web.db.engine import reading
from web.http.authentication import authenticated
from web.jobs.charging import Origin
from web.projects import projects as records
from web.projects import storyboard
from web.services import current_services


@projects.post(f"{PATH}/storyboard")
@projects.arguments(MakeDrafts, required=False)
@projects.response(202, Storyboard)
@documented_errors(projects, 401, "SESSION_REQUIRED")
@documented_errors(projects, 404, "PROJECT_NOT_FOUND")
@documented_errors(projects, 409, "PROJECT_STATE", "PLAN_MISSING")
@documented_errors(projects, 410, "PROJECT_EXPIRED")
@documented_errors(projects, 422, "PLAN_INVALID", "VALIDATION_FAILED")
@documented_errors(projects, 429, "RATE_LIMITED")
@documented_errors(projects, 503, "ENGINE_UNAVAILABLE")
def make_storyboard(sent: dict[str, Any], project_id: str) -> tuple[dict[str, Any], int]:
    """Make a draft of each scene that has none, before the video is generated"""
    origin = Origin(authenticated().key_id)
    panels = storyboard.make(current_services(), project_id, sent.get("scenes", ()), origin)
    return _described(panels), HTTPStatus.ACCEPTED


@projects.get(f"{PATH}/storyboard")
@projects.response(200, Storyboard)
@documented_errors(projects, 401, "SESSION_REQUIRED")
@documented_errors(projects, 404, "PROJECT_NOT_FOUND")
@documented_errors(projects, 409, "PLAN_MISSING")
def get_storyboard(project_id: str) -> dict[str, Any]:
    """Get the draft of each scene, and whether it is approved"""
    with reading() as db:
        return _described(storyboard.report(db, records.find(db, project_id)))


@projects.post(f"{PATH}/storyboard/approve")
@projects.arguments(ApproveDrafts, required=False)
@projects.response(200, Storyboard)
@documented_errors(projects, 401, "SESSION_REQUIRED")
@documented_errors(projects, 404, "PROJECT_NOT_FOUND")
@documented_errors(projects, 409, "STORYBOARD_OPEN", "PLAN_MISSING")
@documented_errors(projects, 410, "PROJECT_EXPIRED")
@documented_errors(projects, 422, "VALIDATION_FAILED")
def approve_storyboard(sent: dict[str, Any], project_id: str) -> dict[str, Any]:
    """Approve the drafts of some scenes or of all, or take that back"""
    scenes, approved = sent.get("scenes", ()), sent.get("approved", True)
    return _described(storyboard.approve(project_id, scenes, approved=approved))


def _described(panels: list[dict[str, Any]]) -> dict[str, Any]:
    return {"panels": panels, "approved": all(panel["approved"] for panel in panels)}


__all__ = ["projects"]
