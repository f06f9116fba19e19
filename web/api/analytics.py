"""The operators' report of the last days."""

from __future__ import annotations

from typing import Any

from flask import Response

from web.analytics import report as reports
from web.analytics import table
from web.api.blueprint import Blueprint
from web.api.documented_errors import documented_errors
from web.api.schemas.analytics import Analytics, Days
from web.db.columns import now
from web.db.engine import reading
from web.http.operators import operators_only
from web.services import current_services

analytics = Blueprint("analytics", __name__, description="Analytics (operators).")


@analytics.get("/analytics")
@analytics.arguments(Days, location="query")
@analytics.response(200, Analytics)
@documented_errors(analytics, 403, "OPERATORS_ONLY")
@documented_errors(analytics, 422, "VALIDATION_FAILED")
@operators_only
def get_analytics(sent: dict[str, Any]) -> dict[str, Any] | Response:
    """Report success, durations, people, cost and feedback of the last `days`; as JSON or CSV"""
    with reading() as db:
        found = reports.report(db, current_services().settings, sent["days"], now().date())
    if sent["format"] == "csv":
        response = Response(table.to_csv(found["days"]), mimetype="text/csv")
        response.headers["Content-Disposition"] = 'attachment; filename="analytics.csv"'
        return response
    return found
