"""The public routes of trust: verify a file."""

from __future__ import annotations

from typing import Any

from flask import Response

from web.api.blueprint import Blueprint
from web.api.documented_errors import documented_errors
from web.api.multipart import received
from web.api.schemas.trust import FileVerification
from web.api.studio import send_studio
from web.http.senders import sender
from web.services import current_services
from web.sessions.limits import require_upload_space
from web.trust.verification import verify

trust = Blueprint("trust", __name__, description="Verify files.")

_FORM = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary"}},
                }
            }
        },
    }
}


@trust.get("/verify")
@trust.response(200, {"type": "string"}, content_type="text/html")
def page() -> Response:
    """Show the page that verifies and reports files"""
    return send_studio()


@trust.post("/api/verify")
@trust.doc(**_FORM)
@trust.response(200, FileVerification)
@documented_errors(trust, 413, "REQUEST_TOO_LARGE")
@documented_errors(trust, 415, "UNSUPPORTED_MEDIA_TYPE")
@documented_errors(trust, 422, "VALIDATION_FAILED")
@documented_errors(trust, 429, "RATE_LIMITED")
@documented_errors(trust, 503, "NOT_READY", "SERVER_FULL")
def verify_file() -> dict[str, Any]:
    """Verify a file: whether it was made here, when, by which engines, and whether it was changed

    Says nothing about whose video it is. The file is not kept.
    """
    held = current_services()
    require_upload_space(held)
    limit = held.settings.trust.verify_max_mb * 1024**2
    with received(held.settings.path("temp"), limit) as form:
        path, _ = form.file("file")
        return verify(held, path, sender(held))
