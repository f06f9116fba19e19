"""Figures for operators: the stage cache, and how good estimates are."""

from __future__ import annotations

from typing import Any

from web.api.blueprint import Blueprint
from web.api.documented_errors import refuses
from web.api.schemas.statistics import BackTests, CacheFigures
from web.db.engine import reading
from web.http.operators import operators_only
from web.monitoring.reports import cache, estimates
from web.services import services

figures = Blueprint("figures", __name__, description="What the system says of its own work.")


@figures.get("/cache")
@figures.response(200, CacheFigures)
@refuses(figures, 403, "OPERATORS_ONLY")
@operators_only
def cached() -> dict[str, Any]:
    """What the stage cache holds, finds and evicts"""
    with reading() as database:
        return cache.statistics(database, services().settings)


@figures.get("/estimates")
@figures.response(200, BackTests)
@refuses(figures, 403, "OPERATORS_ONLY")
@operators_only
def estimated() -> dict[str, Any]:
    """How often jobs and steps took as long as was expected"""
    with reading() as database:
        return {"estimates": estimates.back_test(database)}
