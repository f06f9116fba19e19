"""The quarantine routes, for operators: list, release, delete. The content is never served."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from web.api.blueprint import Blueprint
from web.api.documented_errors import documented_errors
from web.api.schemas.files import UploadedFile
from web.api.schemas.text import Text
from web.http.operators import operators_only
from web.services import current_services
from web.sessions.upload_reports import upload_report
from web.sessions.uploads import release as release_file


class QuarantinedFile(Schema):
    """A quarantined file, its session, and why it was refused."""

    id = Text(required=True)
    session_id = Text(required=True)
    kind = Text(required=True)
    name = Text(required=True)
    bytes = fields.Integer(required=True)
    code = Text(required=True)
    errors = fields.List(fields.Dict(), required=True)
    reason = Text(required=True)
    refused_at = Text(required=True)


class QuarantineList(Schema):
    """The quarantined files, oldest first."""

    files = fields.List(fields.Nested(QuarantinedFile), required=True)


quarantine = Blueprint("quarantine", __name__, description="Refused files (operators).")


@quarantine.get("/quarantine")
@quarantine.response(200, QuarantineList)
@documented_errors(quarantine, 403, "OPERATORS_ONLY")
@operators_only
def listing() -> dict[str, Any]:
    """List quarantined files"""
    return {"files": current_services().quarantine.records()}


@quarantine.post("/quarantine/<file_id>/release")
@quarantine.response(201, UploadedFile)
@documented_errors(quarantine, 403, "OPERATORS_ONLY")
@documented_errors(quarantine, 404, "FILE_NOT_FOUND")
@operators_only
def release(file_id: str) -> dict[str, Any]:
    """Release a quarantined file to its session, re-encoded"""
    return upload_report(release_file(current_services(), file_id))


@quarantine.delete("/quarantine/<file_id>")
@quarantine.response(204)
@documented_errors(quarantine, 403, "OPERATORS_ONLY")
@documented_errors(quarantine, 404, "FILE_NOT_FOUND")
@operators_only
def delete(file_id: str) -> None:
    """Delete a quarantined file permanently"""
    current_services().quarantine.delete(file_id)
