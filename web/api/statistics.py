"""Figures for operators: the stage cache, and how good estimates are."""

from __future__ import annotations

from typing import Any

from web.api.blueprint import Blueprint
from web.api.documented_errors import documented_errors
from web.api.schemas.statistics import BackTests, CacheFigures
from web.db.engine import reading
from web.http.operators import operators_only
from web.monitoring.reports import cache, estimates
from web.services import current_services

figures = Blueprint("figures", __name__, description="What the system says of its own work.")


@figures.get("/cache")
@figures.response(200, CacheFigures)
@documented_errors(figures, 403, "OPERATORS_ONLY")
@operators_only
def cached() -> dict[str, Any]:
    """What the stage cache holds, finds and evicts"""
    with reading() as db:
        return cache.statistics(db, current_services().settings)


@figures.get("/estimates")
@figures.response(200, BackTests)
@documented_errors(figures, 403, "OPERATORS_ONLY")
@operators_only
def estimated() -> dict[str, Any]:
    """How often jobs and steps took as long as was expected"""
    with reading() as db:
        return {"estimates": estimates.back_test(db)}
