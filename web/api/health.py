"""The health routes: liveness, readiness, overall health and each service."""

from __future__ import annotations

from typing import Any

from flask import current_app

from config.version import VERSION
from web.api.blueprint import Blueprint
from web.api.documented_errors import documented_errors
from web.api.schemas.health import HealthReport, Liveness, ReadinessReport, ServiceHealth
from web.errors import HealthCheckFailed
from web.monitoring import health as reports
from web.monitoring.probes import Probes
from web.services import current_services

health = Blueprint("health", __name__, description="Health for operators and orchestrators.")


@health.get("/livez")
@health.response(200, Liveness)
def livez() -> dict[str, Any]:
    """Check that the process answers, without checking any dependency"""
    return {}


@health.get("/readyz")
@health.response(200, ReadinessReport)
@health.alt_response(503, schema=ReadinessReport, description="A dependency does not answer")
def readyz() -> tuple[dict[str, Any], int]:
    """Check that database, Redis, store and controller answer"""
    return _check("ready", "not ready")


@health.get("/health")
@health.response(200, HealthReport)
@health.alt_response(503, schema=HealthReport, description="The system is not healthy")
@documented_errors(health, 500, "HEALTH_CHECK_FAILED")
def overall() -> tuple[dict[str, Any], int]:
    """Get the overall health: resources, sessions, production readiness and dependencies"""
    answers = _probes().run_all()
    if not answers["database"].ok:  # a second query would only time out too
        raise HealthCheckFailed(reason=answers["database"].why)
    report = reports.overall(current_services(), redis_answers=answers["redis"].ok)
    healthy = report["overall_healthy"]
    status = "healthy" if healthy else "unhealthy"
    body = {"status": status, "version": VERSION, "checks": answers, **report}
    return body, 200 if healthy else 503


@health.get("/health/services")
@health.response(200, ServiceHealth)
@health.alt_response(503, schema=ServiceHealth, description="A service does not answer")
def services() -> tuple[dict[str, Any], int]:
    """Get each service's health and latency, and worker counts (operators: worker names)"""
    answers = _probes().run_all()
    healthy = _probes().well(answers)
    body = {"status": "healthy" if healthy else "unhealthy", "services": answers}
    processes = reports.processes(current_services(), redis_answers=answers["redis"].ok)
    circuits = reports.circuits(current_services(), redis_answers=answers["redis"].ok)
    return {**body, **processes, "outside": circuits}, 200 if healthy else 503


def _check(healthy: str, unhealthy: str) -> tuple[dict[str, Any], int]:
    answers = {name: a for name, a in _probes().run_all().items() if name != "clamd"}
    all_ok = all(answer.ok for answer in answers.values())
    return {"status": healthy if all_ok else unhealthy, "checks": answers}, 200 if all_ok else 503


def _probes() -> Probes:
    probes: Probes = current_app.extensions["probes"]
    return probes
