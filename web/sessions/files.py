"""List and describe the files of a session."""

from __future__ import annotations

from typing import Any, cast
from urllib.parse import quote

from sqlalchemy import select
from sqlalchemy.orm import Session

from tasks.domain.errors import FileNotFound
from web.db.columns import now
from web.db.engine import writing
from web.sessions import links
from web.sessions.models import CROP, Output, Upload
from web.sessions.signatures import in_path

_KIND_OF_UPLOAD = {
    "face": "image",
    "voice": "audio",
    "sample": "video_clip",
    "preview": "image",
    CROP: "image",
}


def link(session_id: str, filename: str) -> str:
    """Return the download address of a file."""
    return f"/download/{session_id}/{quote(filename)}"


def listed(file: Output | Upload) -> dict[str, Any]:
    """Describe a file with a signed link, which works where no header can be sent."""
    return file_report(file) | {"signed_url": signed_link(file.session_id, file.filename)}


def signed_link(session_id: str, filename: str) -> str:
    """Return a download address that works for some minutes without a session id."""
    return links.signed(f"/download/{in_path(session_id)}/{filename}", session_id)


def uploads(db: Session, session_id: str) -> list[Upload]:
    """List the uploads of a session, newest first."""
    mine = select(Upload).where(Upload.session_id == session_id, Upload.shows_id.is_(None))
    return list(db.scalars(mine.order_by(Upload.created_at.desc())))


def previews(db: Session, session_id: str) -> list[Upload]:
    """List the thumbnails and waveforms of a session's uploads, newest first."""
    shown = Upload.shows_id.is_not(None), Upload.kind != CROP
    mine = select(Upload).where(Upload.session_id == session_id, *shown)
    return list(db.scalars(mine.order_by(Upload.created_at.desc())))


def preview_name(filename: str) -> str:
    """Derive the name of an upload's preview: a JPEG for a picture, a PNG for a recording."""
    stem, _, extension = filename.rpartition(".")
    return f"{stem}-preview.{'png' if extension == 'wav' else 'jpg'}"


def outputs(db: Session, session_id: str) -> list[Output]:
    """List the outputs of a session, oldest first."""
    mine = select(Output).where(Output.session_id == session_id)
    return list(db.scalars(mine.order_by(Output.created_at, Output.filename)))


def find(db: Session, session_id: str, filename: str) -> Output | Upload:
    """Find a file of this session by its name; raises `FileNotFound`."""
    for table in (Output, Upload):
        where = table.session_id == session_id, table.filename == filename
        file = cast(Output | Upload | None, db.scalar(select(table).where(*where)))
        if file is not None:
            return file
    raise FileNotFound


def note_fetched(output_id: str) -> None:
    """Record when an output was first downloaded completely."""
    with writing() as db:
        output = db.get(Output, output_id)
        if output is not None:
            output.fetched_at = output.fetched_at or now()


def file_report(file: Output | Upload) -> dict[str, Any]:
    """Describe a file as the API returns it."""
    return {
        "filename": file.filename,
        "kind": file.kind if isinstance(file, Output) else _KIND_OF_UPLOAD[file.kind],
        "bytes": file.bytes,
        "media_type": file.media_type,
        "created_at": file.created_at,
        "job_id": file.job_id if isinstance(file, Output) else None,
        "url": link(file.session_id, file.filename),
    }
