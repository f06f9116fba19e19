"""The last hours, for operators."""

from __future__ import annotations

from typing import Any

from web.api.blueprint import Blueprint
from web.api.documented_errors import documented_errors
from web.api.schemas.operations import Operations, Span
from web.db.engine import reading
from web.http.operators import operators_only
from web.monitoring.reports import operations as reports
from web.services import current_services

operations = Blueprint("operations", __name__, description="The last hours, for operators.")


@operations.get("/operations")
@operations.arguments(Span, location="query")
@operations.response(200, Operations)
@documented_errors(operations, 403, "OPERATORS_ONLY")
@operators_only
def get_operations(span: dict[str, Any]) -> dict[str, Any]:
    """Queues, ended jobs, times of stages and failures of the last `hours`"""
    held = current_services()
    with reading() as db:
        told = reports.report(db, span["hours"])
    return {**told, "queues": reports.queues(held), "flower_port": held.settings.flower_port}
