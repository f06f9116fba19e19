"""Write `session_ID.json` into a session's directory: a readable copy of what the database has.

Each copy is written completely or not at all, and the product never reads it. Under the names of
the five subdirectories it lists what belongs to the session; the bytes themselves are in the
artifact store, under their digests.
"""

from __future__ import annotations

import json
import logging
from functools import partial
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from web.db.engine import reading
from web.jobs.models import Job
from web.services import Services
from web.sessions import files
from web.sessions.directories import SessionDirectory, directory_of
from web.sessions.models import Output, Upload, UserSession

log = logging.getLogger(__name__)


def write_session(services: Services, session_id: str) -> None:
    """Write the document of a session, unless its directory is gone."""
    directory = directory_of(services.settings, session_id)
    if not directory.exists:
        return
    with reading() as db:
        user_session = db.get(UserSession, session_id)
        if user_session is None:
            return
        document = _session(db, directory, user_session)
    write_json(directory, f"session_{session_id}.json", document)


def _session(db: Session, directory: SessionDirectory, user_session: UserSession) -> dict[str, Any]:
    uploads = select(Upload).where(Upload.session_id == user_session.id).order_by(Upload.created_at)
    working = select(Job.id).where(Job.session_id == user_session.id, Job.is_open)
    return {
        "session_id": user_session.id,
        "user_id": user_session.user_id,
        "state": "active" if user_session.ended_at is None else "ended",
        "created_at": user_session.created_at.isoformat(),
        "ended_at": user_session.ended_at and user_session.ended_at.isoformat(),
        "metadata": [n for n in directory.names("metadata") if n.startswith("job_")],
        "assets": [_file_entry(upload) for upload in db.scalars(uploads)],
        "processing": sorted(db.scalars(working)),
        "output": [_file_entry(output) for output in files.outputs(db, user_session.id)],
        "temp": directory.names("temp"),
    }


def _file_entry(file: Upload | Output) -> dict[str, Any]:
    """Describe a file by its name in the session and its key in the artifact store."""
    return {
        "filename": file.filename,
        "kind": file.kind,
        "key": file.blob.path,
        "bytes": file.bytes,
    }


_dump = partial(json.dumps, ensure_ascii=False)


def write_json(directory: SessionDirectory, name: str, document: dict[str, Any]) -> None:
    """Write a document; one that cannot be written (disk full, session just ended) is skipped."""
    # A line for each field; json's own indentation is twenty times slower.
    lines = (f"{_dump(name)}: {_dump(value)}" for name, value in document.items())
    text = "{\n " + ",\n ".join(lines) + "\n}\n"
    # A lone surrogate cannot be encoded; it must not keep the rest from being written.
    text = text.encode("utf-8", "replace").decode()
    try:
        directory.write("metadata", name, text)
    except OSError as error:
        what = {"error": type(error).__name__, "file": name}
        log.warning("session document not written", extra=what)
