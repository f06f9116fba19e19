"""How the whole is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import redis

from config.environments import ENVIRONMENTS
from tasks import nodes
from tasks.host import CRITICAL
from tasks.nodes import Node
from tasks.outside import Circuit
from web.presence import Process, present
from web.reports.capabilities import readiness
from web.resources import MemoryCleanupManager
from web.services import Services
from web.session_manager import ConcurrentSessionManager


def overall(services: Services, *, redis_answers: bool) -> dict[str, Any]:
    """Not critical, sessions well, and nobody pretends who could do the real thing."""
    resources = MemoryCleanupManager(services).check_resource_health()
    rooms = ConcurrentSessionManager(services).get_system_status()
    production = capabilities(_alive(services) if redis_answers else [])
    pretending = services.settings.default_mode == "simulation"
    healthy = (
        resources["overall_health"] != CRITICAL
        and rooms["system_healthy"]
        and not (production["production_ready"] and pretending)
    )
    named = ("overall_health", "memory_usage_percent", "storage_usage_percent")
    return {
        "overall_healthy": healthy,
        **{name: resources[name] for name in named},
        "active_sessions": rooms["active_sessions"],
        "max_sessions": rooms["max_sessions"],
        **production,
        "memory_health": resources,
        "session_health": rooms,
        "production_capabilities": production,
    }


def capabilities(alive: list[Node]) -> dict[str, Any]:
    """What the workers that beat now can do."""
    offers = [offer for node in alive for offer in node.offers]
    return {
        "production_ready": readiness(offers)["production_ready"],
        "available_environments": sorted({node.environment for node in alive}),
    }


def processes(services: Services, *, redis_answers: bool) -> dict[str, Any]:
    """Who works here: web and control, the workers of each environment, and their machines."""
    alive = _alive(services) if redis_answers else []
    control_plane = _present(services) if redis_answers else []
    return {
        "environments": {
            name: sorted(node.name for node in alive if node.environment == name)
            for name in ENVIRONMENTS
        },
        "processes": [
            {"name": p.name, "role": p.role, "host": p.host, "seen": p.seen} for p in control_plane
        ]
        + [
            {"name": n.name, "role": "worker", "host": n.host, "seen": n.seen, "doing": n.doing}
            for n in alive
        ],
        "hosts": _hosts(
            [*(p.usage for p in control_plane), *(n.extra.get("usage") for n in alive)]
        ),
    }


def _hosts(told: Iterable[dict[str, Any] | None]) -> dict[str, dict[str, Any]]:
    """By name; several processes of one machine tell the same."""
    return {usage["host"]: usage for usage in told if usage}


def _alive(services: Services) -> list[Node]:
    try:
        return nodes.alive(services.redis)
    except redis.RedisError:
        return []


def _present(services: Services) -> list[Process]:
    try:
        return present(services.redis)
    except redis.RedisError:
        return []


def circuits(services: Services, *, redis_answers: bool) -> dict[str, Circuit]:
    """The services outside that were ever called; nothing while Redis is away."""
    try:
        return services.outside.circuits() if redis_answers else {}
    except redis.RedisError:
        return {}
