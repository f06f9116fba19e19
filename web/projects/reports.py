"""Describe projects, their status and their plans, as the API answers."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from tasks.domain.errors import CallsheetError
from tasks.domain.video_plan import VideoPlan
from web.projects import files, plans, production, watching
from web.projects.models import ProjectClip, VideoProject
from web.projects.state import COMPLETED, FAILED, State, state_of
from web.providers import registry
from web.services import Services
from web.sessions import links as signing
from web.sessions.files import signed_link
from web.sessions.models import Output

_FILES = ("sample", "character", "voice", "track")


def entry(db: Session, project: VideoProject) -> dict[str, Any]:
    """Describe a project with signed links to its files."""
    state = state_of(db, project)
    video = files.video(state.job.id) if state.job and state.status == COMPLETED else None
    return {
        "id": project.id,
        "name": project.name,
        "status": state.status,
        "progress": state.progress,
        "progress_percent": round(100 * state.progress, 2),
        "aspect_ratio": project.aspect_ratio,
        "max_seconds": project.max_seconds,
        "language": project.language,
        "session_id": project.session_id,
        "plan_revision": project.revision or None,
        **{name: _file(project, getattr(project, name)) for name in _FILES},
        "facts": project.facts,
        "final_video_path": video and files.link(video),
        "warnings": _warnings(project),
        "created_at": project.created_at,
        "changed_at": project.changed_at,
    }


def plan(services: Services, db: Session, project: VideoProject) -> dict[str, Any]:
    """Describe the latest revision of a plan, and what its clips cost."""
    row = plans.current(db, project)
    typed = VideoPlan.from_dict(row.plan)
    try:
        quote: dict[str, Any] | None = production.quote(services, db, project)
    except CallsheetError:
        quote = None  # no model can be reached now; `generate` says why
    return {
        "revision": row.revision,
        "made_by": row.made_by,
        "why": row.why,
        "plan": row.plan,
        "seconds": typed.seconds,
        "starts": list(typed.starts),
        "degraded": row.plan["degraded"],
        "quote": quote,
        "warnings": registry.plan_warnings(db, typed.model.id),
        "revisions": [
            {"revision": one.revision, "made_by": one.made_by, "why": one.why}
            for one in plans.revisions(db, project)
        ],
        "created_at": row.created_at,
    }


def size(services: Services) -> tuple[int, int]:
    """Return width and height of the videos of projects."""
    width = services.settings.projects.height
    return width, round(width * 16 / 9 / 2) * 2


def _file(project: VideoProject, upload: dict[str, Any] | None) -> dict[str, Any] | None:
    if upload is None:
        return None
    shown = ("upload_id", "original_name", "bytes", "media_type", "label")
    described = {name: upload[name] for name in shown if name in upload}
    return described | {"url": signed_link(project.session_id, upload["filename"])}


def _warnings(project: VideoProject) -> list[str]:
    technical = (project.facts or {}).get("technical")
    if technical and abs(technical["width"] / technical["height"] - 9 / 16) > 0.02:
        return ["The sample is not 9:16; the video will be."]
    return []


def status(db: Session, project: VideoProject, state: State) -> dict[str, Any]:
    """Report the status of a project."""
    job, made = state.job, files.finished_clips(db, state.clips)
    return {
        "project_id": project.id,
        "status": state.status,
        "progress": state.progress,
        "progress_percent": round(100 * state.progress, 2),
        "estimated_time_remaining": None if job is None or not job.is_open else job.eta_seconds,
        "plan_revision": project.revision or None,
        "job_id": None if job is None else job.id,
        "error": _error(project, state),
        "scenes": [_clip(clip) | {"url": _link(made.get(clip.scene))} for clip in state.clips],
        "playlist": _playlist(db, project, state),
        "saved": {} if state.generation is None else state.generation.saved,
        "events": signing.signed_stream(f"/process/{job.id}/events", project.session_id)
        if job is not None
        else None,
    }


def _playlist(db: Session, project: VideoProject, state: State) -> str | None:
    """Return the address of the playlist, if a scene can be watched now."""
    found = watching.watchable(db, state).segments
    return f"/api/projects/{project.id}/playlist" if found else None


def _link(file: Output | None) -> str | None:
    return None if file is None else files.link(file)


def _clip(clip: ProjectClip) -> dict[str, Any]:
    return {
        "scene_id": clip.scene_id,
        "state": clip.state,
        "job_id": clip.job_id,
        "model": clip.model,
        "reused": clip.job_id is None,
        "seconds": clip.seconds,
        "api_key_used": clip.api_key_used,
    }


def _error(project: VideoProject, state: State) -> dict[str, Any] | None:
    job = state.job
    if job is None or job.error_code is None:
        return project.failure if state.status == FAILED else None
    return {"code": job.error_code, "message": job.error_message, "stage": job.error_stage}
