"""The videos of projects: generate, cancel, follow, download and export them."""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from flask import Response, redirect
from werkzeug.wrappers import Response as Redirection

from tasks.domain.typed_document import InvalidDocument
from tasks.domain.video_plan import VideoPlan
from web.api.documented_errors import documented_errors
from web.api.outputs import attachment
from web.api.projects import PATH, events_of, projects
from web.api.schemas.projects import (
    ExportFormat,
    Generate,
    Generation,
    ProjectStatus,
    Quote,
    Regenerate,
)
from web.db.engine import reading
from web.http.authentication import authenticated
from web.jobs.charging import Origin
from web.jobs.models import Job
from web.projects import export, files, plans, production, reports, watching
from web.projects import projects as records
from web.projects.errors import NothingFinished
from web.projects.models import GenerationJob
from web.projects.production import Confirmation
from web.projects.state import COMPLETED, state_of
from web.services import current_services

HLS: Final = "application/vnd.apple.mpegurl"


@projects.post(f"{PATH}/generate")
@projects.arguments(Generate, required=False)
@projects.response(202, Generation)
@documented_errors(projects, 401, "SESSION_REQUIRED")
@documented_errors(projects, 404, "PROJECT_NOT_FOUND", "MODEL_NOT_FOUND")
@documented_errors(
    projects, 409, "PLAN_CHANGED", "PROJECT_STATE", "PLAN_MISSING", "STORYBOARD_OPEN"
)
@documented_errors(projects, 410, "PROJECT_EXPIRED")
@documented_errors(projects, 422, "NO_MODEL_FITS", "MODEL_CLOSED", "VALIDATION_FAILED")
@documented_errors(projects, 429, "RATE_LIMITED")
@documented_errors(projects, 503, "ENGINE_UNAVAILABLE")
def generate(sent: dict[str, Any], project_id: str) -> tuple[dict[str, Any], int]:
    """Confirm the plan and its price, and make the video"""
    return _start(project_id, Confirmation(**sent))


@projects.post(f"{PATH}/regenerate")
@projects.arguments(Regenerate, required=False)
@projects.response(202, Generation)
@documented_errors(projects, 401, "SESSION_REQUIRED")
@documented_errors(projects, 404, "PROJECT_NOT_FOUND", "MODEL_NOT_FOUND")
@documented_errors(projects, 409, "PROJECT_STATE", "PLAN_MISSING", "PLAN_CHANGED")
@documented_errors(projects, 410, "PROJECT_EXPIRED")
@documented_errors(
    projects, 422, "NO_MODEL_FITS", "MODEL_CLOSED", "PLAN_INVALID", "VALIDATION_FAILED"
)
@documented_errors(projects, 429, "RATE_LIMITED")
@documented_errors(projects, 503, "ENGINE_UNAVAILABLE")
def regenerate(sent: dict[str, Any], project_id: str) -> tuple[dict[str, Any], int]:
    """Make the video again; unchanged clips are reused"""
    return _start(project_id, _again(sent))


@projects.post(f"{PATH}/regenerate/quote")
@projects.arguments(Regenerate, required=False)
@projects.response(200, Quote)
@documented_errors(projects, 401, "SESSION_REQUIRED")
@documented_errors(projects, 404, "PROJECT_NOT_FOUND", "MODEL_NOT_FOUND")
@documented_errors(projects, 409, "PLAN_MISSING", "PLAN_CHANGED")
@documented_errors(
    projects, 422, "NO_MODEL_FITS", "MODEL_CLOSED", "PLAN_INVALID", "VALIDATION_FAILED"
)
@documented_errors(projects, 503, "ENGINE_UNAVAILABLE")
def quote_again(sent: dict[str, Any], project_id: str) -> dict[str, Any]:
    """Get the price of making the video again; nothing is started"""
    wanted = _again(sent)
    try:
        with reading() as db:
            project = records.find(db, project_id)
            plans.require_revision(project, wanted.plan_revision or project.revision)
            return production.quote(current_services(), db, project, wanted)
    except InvalidDocument as invalid:
        raise plans.refused(invalid) from None


@projects.post(f"{PATH}/cancel")
@projects.response(202, ProjectStatus)
@documented_errors(projects, 401, "SESSION_REQUIRED")
@documented_errors(projects, 404, "PROJECT_NOT_FOUND")
def cancel(project_id: str) -> tuple[dict[str, Any], int]:
    """Cancel what runs for a project"""
    production.cancel(current_services(), project_id)
    return _status(project_id), HTTPStatus.ACCEPTED


@projects.get(f"{PATH}/status")
@projects.response(200, ProjectStatus)
@documented_errors(projects, 401, "SESSION_REQUIRED")
@documented_errors(projects, 404, "PROJECT_NOT_FOUND")
def status(project_id: str) -> dict[str, Any]:
    """Get the status and progress of a project"""
    return _status(project_id)


@projects.get(f"{PATH}/download")
@projects.response(302, description="`Location` is a signed link to the video")
@documented_errors(projects, 401, "SESSION_REQUIRED")
@documented_errors(projects, 404, "PROJECT_NOT_FOUND")
@documented_errors(projects, 409, "VIDEO_MISSING")
def download(project_id: str) -> Redirection:
    """Download the finished video"""
    with reading() as db:
        state = state_of(db, records.find(db, project_id))
    video = files.video(state.job.id) if state.job and state.status == COMPLETED else None
    if video is None:
        raise NothingFinished
    return redirect(files.link(video), HTTPStatus.FOUND)


@projects.get(f"{PATH}/playlist")
@projects.response(200, {"type": "string"}, content_type=HLS)
@documented_errors(projects, 401, "SESSION_REQUIRED")
@documented_errors(projects, 404, "PROJECT_NOT_FOUND")
def playlist(project_id: str) -> Response:
    """Get an HLS playlist of the scenes that are finished, to watch them before the video is"""
    with reading() as db:
        text = watching.playlist(db, state_of(db, records.find(db, project_id)))
    response = Response(text, content_type=HLS)
    response.headers["Cache-Control"] = "private, no-store"
    return response


@projects.get(f"{PATH}/export")
@projects.arguments(ExportFormat, location="query")
@projects.response(200, {"format": "binary", "type": "string"}, content_type="*/*")
@documented_errors(projects, 401, "SESSION_REQUIRED")
@documented_errors(projects, 404, "PROJECT_NOT_FOUND")
@documented_errors(projects, 409, "PLAN_MISSING")
@documented_errors(projects, 422, "VALIDATION_FAILED")
def export_timeline(sent: dict[str, Any], project_id: str) -> Response:
    """Export the plan as a timeline: OpenTimelineIO, FCPXML, or both with the clips as a zip"""
    with reading() as db:
        project = records.find(db, project_id)
        plan = VideoPlan.from_dict(plans.current(db, project).plan)
        clips = state_of(db, project).clips
    size = reports.size(current_services())
    if sent["format"] == "otio":
        return _file(export.otio(plan).encode(), "application/json", f"{project.name}.otio")
    if sent["format"] == "fcpxml":
        text = export.fcpxml(plan, *size)
        return _file(text.encode(), "application/xml", f"{project.name}.fcpxml")
    made = [(clip.scene, clip.scene_id, clip.blob) for clip in clips if clip.sha256]
    with TemporaryDirectory(dir=_temporary(), prefix="export-") as directory:
        path = Path(directory) / "export.zip"
        export.archive(path, plan, made, size, current_services().artifacts.read)
        return _file(path.read_bytes(), "application/zip", f"{project.name}.zip")


# --- shared parts -------------------------------------------------------------------------


def _again(sent: dict[str, Any]) -> Confirmation:
    """Read which scenes to make again, and with which settings."""
    return Confirmation(
        plan_revision=sent.get("plan_revision"),
        quote_id=sent.get("quote_id"),
        scenes=tuple(sent.get("scenes", ())),
        settings=sent.get("settings", {}),
    )


def _temporary() -> Path:
    place = current_services().settings.path("temp")
    place.mkdir(parents=True, exist_ok=True)
    return place


def _file(data: bytes, media_type: str, name: str) -> Response:
    response = Response(data, content_type=media_type)
    response.headers["Content-Disposition"] = attachment(name)
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _status(project_id: str) -> dict[str, Any]:
    with reading() as db:
        project = records.find(db, project_id)
        return reports.status(db, project, state_of(db, project))


def _start(project_id: str, wanted: Confirmation) -> tuple[dict[str, Any], int]:
    services = current_services()
    origin = Origin(authenticated().key_id, wanted.quote_id)
    try:
        generation = production.generate(services, project_id, wanted, origin)
    except InvalidDocument as invalid:
        raise plans.refused(invalid) from None
    return _generation(generation), HTTPStatus.ACCEPTED


def _generation(generation: GenerationJob) -> dict[str, Any]:
    with reading() as db:
        job = db.get_one(Job, generation.job_id)
    return {
        "generation_id": generation.id,
        "job_id": generation.job_id,
        "plan_revision": generation.plan_revision,
        "model": generation.model,
        "status": "generating",
        "saved": generation.saved,
        "events": events_of(job),
    }


__all__ = ["projects"]
