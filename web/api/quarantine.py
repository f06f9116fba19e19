"""The quarantine, for operators: look, release, delete. The bytes are never served."""

from __future__ import annotations

from typing import Any

from web.api.blueprint import Blueprint
from web.api.documented_errors import documented_errors
from web.api.schemas.files import Uploaded
from web.api.schemas.quarantine import QuarantineList
from web.http.operators import operators_only
from web.services import current_services
from web.sessions.files import upload_report
from web.sessions.uploads import release as release_file

quarantine = Blueprint("quarantine", __name__, description="Refused files, for operators.")


@quarantine.get("/quarantine")
@quarantine.response(200, QuarantineList)
@documented_errors(quarantine, 403, "OPERATORS_ONLY")
@operators_only
def listing() -> dict[str, Any]:
    """Files in quarantine"""
    return {"files": current_services().quarantine.records()}


@quarantine.post("/quarantine/<file_id>/release")
@quarantine.response(201, Uploaded)
@documented_errors(quarantine, 403, "OPERATORS_ONLY")
@documented_errors(quarantine, 404, "FILE_NOT_FOUND")
@operators_only
def release(file_id: str) -> dict[str, Any]:
    """Vouch for a file: it is made anew and given to its session"""
    return upload_report(release_file(current_services(), file_id))


@quarantine.delete("/quarantine/<file_id>")
@quarantine.response(204)
@documented_errors(quarantine, 403, "OPERATORS_ONLY")
@documented_errors(quarantine, 404, "FILE_NOT_FOUND")
@operators_only
def delete(file_id: str) -> None:
    """Delete a file in quarantine for good"""
    current_services().quarantine.delete(file_id)
