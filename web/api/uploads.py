"""The upload routes: a face and a voice."""

from __future__ import annotations

from typing import Any, Final

from web.access import presented
from web.api.blueprint import Blueprint
from web.api.documented_errors import documented_errors
from web.api.multipart import received
from web.api.schemas.files import UploadedFile
from web.api.trimming import PARAMETERS, trim_of
from web.http.senders import sender
from web.services import current_services
from web.sessions.limits import require_upload_space
from web.sessions.upload_reports import upload_report
from web.sessions.uploads import store
from web.uploads.candidate import WHOLE, Kind
from web.uploads.validation import limit_of

uploads = Blueprint("uploads", __name__, description="Face and voice files.")

_FILE: Final = {
    "session_id": {"type": "string"},
    "file": {"type": "string", "format": "binary"},
}


def _form(properties: dict[str, Any]) -> dict[str, Any]:
    required = ["session_id", "file"]
    schema = {"type": "object", "required": required, "properties": properties}
    content = {"multipart/form-data": {"schema": schema}}
    return {"requestBody": {"required": True, "content": content}}


@uploads.post("/upload/face")
@uploads.doc(**_form(_FILE))
@uploads.response(201, UploadedFile)
@documented_errors(uploads, 404, "SESSION_NOT_FOUND")
@documented_errors(uploads, 410, "SESSION_EXPIRED")
@documented_errors(uploads, 413, "QUOTA_EXCEEDED")
@documented_errors(uploads, 422, "FILE_VALIDATION_FAILED")
@documented_errors(uploads, 503, "SCAN_UNAVAILABLE")
@documented_errors(uploads, 507, "STORAGE_FULL")
def face() -> dict[str, Any]:
    """Upload a picture of a face (JPEG, PNG, WebP, HEIC or AVIF, from 256 pixels per side)"""
    return _upload("face", "file", "face_image")


@uploads.post("/upload/audio")
@uploads.doc(**_form(_FILE | PARAMETERS))
@uploads.response(201, UploadedFile)
@documented_errors(uploads, 404, "SESSION_NOT_FOUND")
@documented_errors(uploads, 410, "SESSION_EXPIRED")
@documented_errors(uploads, 413, "QUOTA_EXCEEDED")
@documented_errors(uploads, 422, "FILE_VALIDATION_FAILED")
@documented_errors(uploads, 503, "SCAN_UNAVAILABLE")
@documented_errors(uploads, 507, "STORAGE_FULL")
def audio() -> dict[str, Any]:
    """Upload a recording of a voice (WAV, MP3, FLAC, OGG, M4A, MP4 or WebM)"""
    return _upload("voice", "file", "voice_audio")


def _upload(kind: Kind, *names: str) -> dict[str, Any]:
    held = current_services()
    require_upload_space(held)
    with received(held.settings.path("temp"), limit_of(held.settings, kind)) as form:
        path, name = form.file(*names)
        session = presented.session(form.field("session_id"))
        part = trim_of(form.fields) if kind == "voice" else WHOLE
        upload = store(held, session, kind, path, name, sender=sender(held), trim=part)
        return upload_report(upload)
