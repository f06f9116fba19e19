"""Failed jobs again, for operators."""

from __future__ import annotations

from typing import Any

from web.api.blueprint import Blueprint
from web.api.documented_errors import documented_errors
from web.api.schemas.jobs import Redrive, Redriven
from web.http.operators import operators_only
from web.jobs import redrive
from web.services import current_services

redriving = Blueprint("redriving", __name__, description="Failed jobs again, for operators.")


@redriving.post("/jobs/redrive")
@redriving.arguments(Redrive)
@redriving.response(202, Redriven)
@documented_errors(redriving, 403, "OPERATORS_ONLY")
@operators_only
def again(sent: dict[str, Any]) -> dict[str, Any]:
    """Open failed jobs for another round: those named, or all that failed so"""
    return {"jobs": redrive.redrive(current_services(), **sent)}
