"""The upload routes: a face and a voice."""

from __future__ import annotations

from typing import Any

from web.access import presented
from web.api.blueprint import Blueprint
from web.api.documented_errors import documented_errors
from web.api.multipart import received
from web.api.schemas.files import Uploaded
from web.http.senders import sender
from web.services import current_services
from web.sessions.limits import require_upload_space
from web.sessions.upload_reports import upload_report
from web.sessions.uploads import store
from web.uploads.candidate import Kind
from web.uploads.validator import limit_of

uploads = Blueprint("uploads", __name__, description="Face and voice files.")

_FORM = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["session_id", "file"],
                    "properties": {
                        "session_id": {"type": "string"},
                        "file": {"type": "string", "format": "binary"},
                    },
                }
            }
        },
    }
}


@uploads.post("/upload/face")
@uploads.doc(**_FORM)
@uploads.response(201, Uploaded)
@documented_errors(uploads, 422, "FILE_VALIDATION_FAILED")
def face() -> dict[str, Any]:
    """Upload a picture of a face (JPEG, PNG or WebP, 256 to 4096 pixels per side)"""
    return _upload("face", "file", "face_image")


@uploads.post("/upload/audio")
@uploads.doc(**_FORM)
@uploads.response(201, Uploaded)
@documented_errors(uploads, 422, "FILE_VALIDATION_FAILED")
def audio() -> dict[str, Any]:
    """Upload a recording of a voice (WAV, MP3, FLAC, OGG or M4A)"""
    return _upload("voice", "file", "voice_audio")


def _upload(kind: Kind, *names: str) -> dict[str, Any]:
    held = current_services()
    require_upload_space(held)
    with received(held.settings.path("temp"), limit_of(held.settings, kind)) as form:
        path, name = form.file(*names)
        session = presented.session(form.field("session_id"))
        return upload_report(store(held, session, kind, path, name, sender=sender(held)))
