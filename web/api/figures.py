"""Figures for operators: the stage cache, and how good estimates are."""

from __future__ import annotations

from typing import Any

from web.api.blueprint import Blueprint
from web.api.refusals import refuses
from web.database import reading
from web.gate.operators import operators_only
from web.reports import cache, estimates
from web.schemas.figures import BackTests, CacheFigures
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
