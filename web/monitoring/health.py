"""Overall health, and the processes, hosts and external services of the system."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import psutil
import redis
from sqlalchemy.exc import SQLAlchemyError

from config.environments import ENVIRONMENTS
from tasks.circuit_breaker import Circuit
from tasks.nodes import registry
from tasks.nodes.registry import Node
from tasks.telemetry.host_metrics import CRITICAL
from web.errors import HealthCheckFailed
from web.monitoring.heartbeats import Process, known
from web.monitoring.turning import why_not_turning
from web.services import Services
from web.sessions.limits import SessionLimits
from web.storage import session_service
from web.storage.cleanup import Cleanup
from web.workers.capabilities import readiness


def overall(services: Services, *, redis_answers: bool) -> dict[str, Any]:
    """Report the overall health, or raise `HealthCheckFailed` if it cannot be determined."""
    try:
        return _overall(services, redis_answers=redis_answers)
    except (SQLAlchemyError, OSError, psutil.Error) as error:
        raise HealthCheckFailed(reason=type(error).__name__) from error


def _overall(services: Services, *, redis_answers: bool) -> dict[str, Any]:
    """Healthy: resources not critical, sessions within limits, the controller makes progress,
    and jobs are not simulated where real engines are available."""
    resources = Cleanup(services).check_resource_health()
    sessions = session_service.usage(SessionLimits.of(services.settings))
    production = capabilities(_alive(services) if redis_answers else [])
    progressing = not _why_not_turning(services) if redis_answers else True
    production["production_ready"] = production["production_ready"] and progressing
    simulating = services.settings.default_mode == "simulation"
    healthy = (
        resources["overall_health"] != CRITICAL
        and sessions["system_healthy"]
        and progressing
        and not (production["production_ready"] and simulating)
    )
    named = ("overall_health", "memory_usage_percent", "storage_usage_percent")
    return {
        "overall_healthy": healthy,
        **{name: resources[name] for name in named},
        "active_sessions": sessions["active_sessions"],
        "max_sessions": sessions["max_sessions"],
        **production,
        "memory_health": resources,
        "session_health": sessions,
        "production_capabilities": production,
    }


def capabilities(alive: list[Node]) -> dict[str, Any]:
    """Return what the live workers can do."""
    offers = [offer for node in alive for offer in node.offers]
    return {
        "production_ready": readiness(offers)["production_ready"],
        "available_environments": sorted({node.environment for node in alive}),
    }


def processes(services: Services, *, redis_answers: bool) -> dict[str, Any]:
    """List the processes (web, controller, workers by environment) and their hosts.

    Silent processes stay listed for some minutes: they may hang and hold resources.
    """
    plane, workers, moment = _processes_by_role(services) if redis_answers else ([], [], 0.0)
    alive = [node for node in workers if moment - node.seen <= registry.ALIVE_SECONDS]
    environments = {
        name: sorted(node.name for node in alive if node.environment == name)
        for name in ENVIRONMENTS
    }
    return {
        "environments": environments,
        "workers": {name: len(names) for name, names in environments.items()},
        "processes": [
            *(_process_entry(p, p.role, answers=p.answers) for p in plane),
            *(
                _process_entry(n, "worker", answers=moment - n.seen <= registry.SILENT_SECONDS)
                | {"doing": n.doing}
                for n in workers
            ),
        ],
        "hosts": _hosts(
            [*(p.usage for p in plane if p.answers), *(n.extra.get("usage") for n in alive)]
        ),
    }


def _process_entry(process: Process | Node, role: str, *, answers: bool) -> dict[str, Any]:
    return {
        "name": process.name,
        "role": role,
        "host": process.host,
        "seen": process.seen,
        "answers": answers,
    }


def _processes_by_role(services: Services) -> tuple[list[Process], list[Node], float]:
    """Return the control plane's processes, the workers, and the current time of Redis."""
    client = services.redis
    try:
        workers = sorted(registry.known(client), key=lambda node: node.name)
        return known(client), workers, registry.clock(client)
    except redis.RedisError:
        return [], [], 0.0


def _hosts(usages: Iterable[dict[str, Any] | None]) -> dict[str, dict[str, Any]]:
    """Index usages by host; several processes of a host report the same."""
    return {usage["host"]: usage for usage in usages if usage}


def _alive(services: Services) -> list[Node]:
    try:
        return registry.alive(services.redis)
    except redis.RedisError:
        return []


def _why_not_turning(services: Services) -> str:
    """Return why the controller makes no progress; unknown ("") while Redis is unavailable."""
    try:
        return why_not_turning(services.redis)
    except redis.RedisError:
        return ""


def circuits(services: Services, *, redis_answers: bool) -> dict[str, Circuit]:
    """Return the circuit breakers of external services; none while Redis is unavailable."""
    try:
        return services.circuit_breakers.circuits() if redis_answers else {}
    except redis.RedisError:
        return {}
