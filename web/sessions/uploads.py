"""Turn a received file into an upload: check it, re-encode it, store it and add its rows.

A file that a security check refuses goes to quarantine.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from config import log_context
from tasks.domain.artifact import Blob
from tasks.domain.errors import CallsheetError
from tasks.domain.events import Event, EventType
from web.db.columns import new_id
from web.db.engine import reading, serialise_writers, writing
from web.events.publish import emit_after_commit
from web.examinations.verdicts import first_state
from web.fingerprints.blocklist import require_allowed
from web.services import Services
from web.sessions import lifecycle, limits
from web.sessions.files import preview_name
from web.sessions.limits import SessionLimits
from web.sessions.models import Upload
from web.sessions.verdicts import of_uploads
from web.uploads.candidate import WHOLE, Candidate, Clean, Kind, Trim
from web.uploads.validation import limit_of

SAMPLE: Final = "sample"
"""A sample video: it is measured by an analysis, and no face or voice of it is used."""


def store(
    services: Services,
    session_id: str,
    kind: Kind,
    path: Path,
    name: str,
    *,
    sender: str,
    trim: Trim = WHOLE,
) -> Upload:
    """Check a received file and store its clean copy as an upload of a session."""
    log_context.bind(session_id=session_id)
    _require_space(services, session_id, path)
    limit = limit_of(services.settings, kind)
    candidate = Candidate(kind, path, name, limit, sender, trim)
    try:
        with services.validator.clean(candidate) as clean:
            if kind != SAMPLE:
                require_allowed(services.settings, kind, clean.path, sender)
            upload = _store_clean_copy(services, session_id, candidate, clean)
    except CallsheetError as error:
        if error.details.get("security") or error.details.get("quarantine"):
            services.quarantine.add(candidate, session_id, error)
        raise
    return upload if kind == SAMPLE else of_uploads.examine(services, upload)


def release(services: Services, file_id: str) -> Upload:
    """Release a quarantined file: an operator trusts it, so it becomes an upload."""
    record, path = services.quarantine.find(file_id)
    _require_space(services, record.session_id, path)
    limit = limit_of(services.settings, record.kind)
    candidate = Candidate(record.kind, path, record.name, limit)
    with services.validator.clean(candidate, trusted=True) as clean:
        upload = _store_clean_copy(services, record.session_id, candidate, clean)
    services.quarantine.delete(file_id)
    return of_uploads.examine(services, upload)


def _require_space(services: Services, session_id: str, path: Path) -> None:
    """Check the session and its quota before the costly checks of the file."""
    with writing() as db:  # a full server ends idle sessions first
        lifecycle.find_active(db, session_id, SessionLimits.of(services.settings))
        limits.require_quota(db, services.settings, session_id, path.stat().st_size)


def _store_clean_copy(
    services: Services, session_id: str, candidate: Candidate, clean: Clean
) -> Upload:
    size = clean.path.stat().st_size + clean.preview.stat().st_size
    with reading() as db:
        limits.require_quota(db, services.settings, session_id, size)
    blob = services.artifacts.put_file(clean.path, clean.media_type, always=True)
    preview_blob = services.artifacts.put_file(clean.preview, clean.preview_type)
    upload = _upload_row(session_id, candidate, clean, blob)
    upload.verdict_state = "" if candidate.kind == SAMPLE else first_state(services)
    preview = _preview_row(upload, preview_blob)
    with writing() as db:
        serialise_writers(db)
        lifecycle.find_active(db, session_id, SessionLimits.of(services.settings))
        limits.require_quota(db, services.settings, session_id, size)
        db.add(upload)
        db.flush()
        db.add(preview)
    # If the last other reference was deleted before ours was committed, the bytes are gone.
    # Now that our reference exists, they stay.
    services.artifacts.put_file(clean.path, clean.media_type)
    services.artifacts.put_file(clean.preview, clean.preview_type)
    emit_after_commit(services, _received_event(upload))
    return upload


def _upload_row(session_id: str, candidate: Candidate, clean: Clean, blob: Blob) -> Upload:
    upload_id = new_id()
    return Upload(
        id=upload_id,
        session_id=session_id,
        kind=candidate.kind,
        filename=f"{candidate.kind}-{upload_id[:12]}{clean.path.suffix}",
        original_name=candidate.name,
        scanned=clean.scanned,
        sha256=blob.sha256,
        bytes=blob.bytes,
        media_type=blob.media_type,
    )


def _preview_row(upload: Upload, blob: Blob) -> Upload:
    return Upload(
        session_id=upload.session_id,
        kind="preview",
        filename=preview_name(upload.filename),
        shows_id=upload.id,
        scanned=upload.scanned,
        sha256=blob.sha256,
        bytes=blob.bytes,
        media_type=blob.media_type,
    )


def _received_event(upload: Upload) -> Event:
    return Event(
        EventType.UPLOAD_SUCCESS,
        session_id=upload.session_id,
        message=f"The {upload.kind} was received.",
        details={
            "upload_id": upload.id,
            "kind": upload.kind,
            "filename": upload.filename,
            "bytes": upload.bytes,
            "media_type": upload.media_type,
        },
    )
