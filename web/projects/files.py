"""The uploads of a project: its sample, its character, and a recording as voice or music."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from tasks.domain.hosted import STREAM
from web.db.columns import new_id
from web.db.engine import reading, writing
from web.projects import projects
from web.projects.errors import ProjectState
from web.projects.models import MADE, ProjectClip, VideoProject
from web.projects.state import BUSY, state_of
from web.services import Services, current_services
from web.sessions import uploads
from web.sessions.files import signed_link
from web.sessions.models import Output, Upload
from web.upload_errors import UploadNotFound
from web.uploads.candidate import Kind

SAMPLE, CHARACTER, VOICE, MUSIC = "sample", "character", "voice", "track"
KINDS: Final[dict[str, Kind]] = {
    SAMPLE: "sample",
    CHARACTER: "face",
    VOICE: "voice",
    MUSIC: "voice",
}
"""The kind of upload of each of the project's files."""


def receive(
    services: Services,
    project_id: str,
    role: str,
    path: Path,
    name: str,
    *,
    sender: str,
    more: dict[str, Any],
) -> VideoProject:
    """Check and store a file that was sent, and use it in the project."""
    with reading() as db:
        project = projects.find(db, project_id)
        _require_free(state_of(db, project).status)
        session_id = project.session_id
    upload = uploads.store(services, session_id, KINDS[role], path, name, sender=sender)
    return _use(project_id, role, upload, more)


def adopt(project_id: str, role: str, upload: Upload, more: dict[str, Any]) -> VideoProject:
    """Use an upload of the same owner, such as a finished resumable one."""
    if upload.kind != KINDS[role] or upload.shows_id is not None:
        raise UploadNotFound(f"This upload is no {role}.")
    with writing() as db:
        project = projects.for_work(db, project_id)
        if upload.session_id != project.session_id:
            copy_id = new_id()
            copy = Upload(
                id=copy_id,
                session_id=project.session_id,
                kind=upload.kind,
                filename=f"{upload.kind}-{copy_id[:12]}{Path(upload.filename).suffix}",
                original_name=upload.original_name,
                scanned=upload.scanned,
                sha256=upload.sha256,
                bytes=upload.bytes,
                media_type=upload.media_type,
                verdict_state=upload.verdict_state,
            )
            db.add(copy)
            db.flush()
            upload = copy
    return _use(project_id, role, upload, more)


def video(job_id: str) -> Output | None:
    """Find the finished video of a job."""
    mine = Output.job_id == job_id, Output.kind == "final_output"
    with reading() as db:
        return db.scalar(select(Output).where(*mine))


def link(file: Output) -> str:
    """Return a signed link to a finished file, at the CDN if there is one."""
    base = current_services().settings.projects.cdn_base
    return f"{base}{signed_link(file.session_id, file.filename)}"


def streams(db: Session, made: Mapping[int, Output]) -> dict[int, Output]:
    """Find the streams of finished clips by scene; an uploaded clip has none."""
    names = {f"{file.job_id}-{STREAM}" for file in made.values()}
    found = db.scalars(select(Output).where(Output.filename.in_(names)))
    known = {file.filename: file for file in found}
    return {
        scene: known[name]
        for scene, file in made.items()
        if (name := f"{file.job_id}-{STREAM}") in known
    }


def finished_clips(db: Session, clips: Sequence[ProjectClip]) -> dict[int, Output]:
    """Find the files of finished clips by scene; a reused one is that of its first job."""
    made = {clip.sha256: clip for clip in clips if clip.state == MADE and clip.sha256}
    if not made:
        return {}
    owner = next(iter(made.values())).owner
    mine = select(Output).where(Output.owner == owner, Output.sha256.in_(made))
    files = {row.sha256: row for row in db.scalars(mine)}
    return {clip.scene: files[clip.sha256] for clip in clips if clip.sha256 in files}


def _use(project_id: str, role: str, upload: Upload, more: dict[str, Any]) -> VideoProject:
    described = {
        **more,
        "upload_id": upload.id,
        "filename": upload.filename,
        "original_name": upload.original_name,
        **asdict(upload.blob),
    }
    with writing() as db:
        project = projects.for_work(db, project_id)
        _require_free(state_of(db, project).status)
        setattr(project, role, described)
        return project


def _require_free(status: str) -> None:
    """Files can be replaced until a generation runs."""
    if status in BUSY:
        raise ProjectState(f"The project is {status}. Wait, or cancel it first.", status=status)
