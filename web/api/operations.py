"""The operators' report of the last hours."""

from __future__ import annotations

from typing import Any

from web.api.blueprint import Blueprint
from web.api.documented_errors import documented_errors
from web.api.schemas.operations import BackTests, CacheFigures, Operations, Span
from web.db.engine import reading
from web.http.operators import operators_only
from web.monitoring.reports import cache, estimates
from web.monitoring.reports import operations as reports
from web.services import current_services

operations = Blueprint("operations", __name__, description="Activity and statistics (operators).")


@operations.get("/operations")
@operations.arguments(Span, location="query")
@operations.response(200, Operations)
@documented_errors(operations, 403, "OPERATORS_ONLY")
@operators_only
def get_operations(span: dict[str, Any]) -> dict[str, Any]:
    """Report queues, finished jobs, stage times and failures of the last `hours`"""
    held = current_services()
    with reading() as db:
        report = reports.report(db, span["hours"])
    return {**report, "queues": reports.queues(held), "flower_port": held.settings.flower_port}


@operations.get("/cache")
@operations.response(200, CacheFigures)
@documented_errors(operations, 403, "OPERATORS_ONLY")
@operators_only
def cache_statistics() -> dict[str, Any]:
    """Get the statistics of the stage cache"""
    with reading() as db:
        return cache.statistics(db, current_services().settings)


@operations.get("/estimates")
@operations.response(200, BackTests)
@documented_errors(operations, 403, "OPERATORS_ONLY")
@operators_only
def estimate_accuracy() -> dict[str, Any]:
    """Report how often actual durations fell within their estimates"""
    with reading() as db:
        return {"estimates": estimates.back_test(db)}
