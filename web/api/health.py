"""Health: is the process alive, can it work, and how are the parts."""

from __future__ import annotations

from typing import Any

from flask import current_app
from flask_smorest import Blueprint

from web.probing import Probes
from web.schemas.health import Alive, Health

health = Blueprint("health", __name__, description="For operators and orchestrators.")


@health.get("/livez")
@health.response(200, Alive)
def livez() -> dict[str, Any]:
    """The process answers; no part is asked"""
    return {}


@health.get("/readyz")
@health.response(200, Health)
@health.alt_response(503, schema=Health, description="A part does not answer")
def readyz() -> tuple[dict[str, Any], int]:
    """Database, Redis, store and control answer"""
    return _ask("ready", "not ready")


@health.get("/health")
@health.response(200, Health)
@health.alt_response(503, schema=Health, description="A part does not answer")
def overall() -> tuple[dict[str, Any], int]:
    """The whole and its parts"""
    return _ask("healthy", "unhealthy")


def _ask(well: str, unwell: str) -> tuple[dict[str, Any], int]:
    probes: Probes = current_app.extensions["probes"]
    answers = probes.ask_all()
    good = all(answer.ok for answer in answers.values())
    return {"status": well if good else unwell, "checks": answers}, 200 if good else 503
