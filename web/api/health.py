"""Health: is the process alive, can it work, and how are the parts."""

from __future__ import annotations

from typing import Any

import psutil
from flask import current_app
from sqlalchemy.exc import SQLAlchemyError

from web.api.blueprint import Blueprint
from web.api.documented_errors import documented_errors
from web.api.schemas.health import Alive, Health, Overall, ServiceHealth
from web.errors import HealthCheckFailed
from web.monitoring import health as reports
from web.monitoring.probes import Probes
from web.services import current_services

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
@health.response(200, Overall)
@health.alt_response(503, schema=Overall, description="The whole is not healthy")
@documented_errors(health, 500, "HEALTH_CHECK_FAILED")
def overall() -> tuple[dict[str, Any], int]:
    """The whole: resources, sessions, what can be made, and the parts"""
    answers = _probes().ask_all()
    if not answers["database"].ok:  # asking it again would only take as long again
        raise HealthCheckFailed(reason=answers["database"].why)
    try:
        report = reports.overall(current_services(), redis_answers=answers["redis"].ok)
    except (SQLAlchemyError, OSError, psutil.Error) as error:
        raise HealthCheckFailed(reason=type(error).__name__) from error
    healthy = report["overall_healthy"]
    body = {"status": "healthy" if healthy else "unhealthy", "checks": answers, **report}
    return body, 200 if healthy else 503


@health.get("/health/services")
@health.response(200, ServiceHealth)
@health.alt_response(503, schema=ServiceHealth, description="A service does not answer")
def each() -> tuple[dict[str, Any], int]:
    """Every service with its latency, how many workers are alive; to operators also which"""
    answers = _probes().ask_all()
    good = _probes().well(answers)
    body = {"status": "healthy" if good else "unhealthy", "services": answers}
    people = reports.processes(current_services(), redis_answers=answers["redis"].ok)
    circuits = reports.circuits(current_services(), redis_answers=answers["redis"].ok)
    return {**body, **people, "outside": circuits}, 200 if good else 503


def _ask(well: str, unwell: str) -> tuple[dict[str, Any], int]:
    answers = {name: a for name, a in _probes().ask_all().items() if name != "clamd"}
    good = all(answer.ok for answer in answers.values())
    return {"status": well if good else unwell, "checks": answers}, 200 if good else 503


def _probes() -> Probes:
    probes: Probes = current_app.extensions["probes"]
    return probes
