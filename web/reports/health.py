"""How the whole is."""

from __future__ import annotations

from typing import Any

import redis

from config.environments import ENVIRONMENTS
from tasks import nodes
from web.reports.capabilities import readiness
from web.resources import MemoryCleanupManager
from web.services import Services
from web.session_manager import ConcurrentSessionManager


def overall(services: Services) -> dict[str, Any]:
    """Not critical, sessions well, and real videos possible unless nobody wants them."""
    resources = MemoryCleanupManager(services).check_resource_health()
    rooms = ConcurrentSessionManager(services).get_system_status()
    production = capabilities(services)
    wanted = services.settings.default_mode != "simulation"
    healthy = (
        resources["overall_health"] != "critical"
        and rooms["system_healthy"]
        and (production["production_ready"] or not wanted)
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


def capabilities(services: Services) -> dict[str, Any]:
    """What the workers that beat now can do; nothing while Redis is away."""
    alive = _alive(services)
    offers = [offer for node in alive for offer in node.offers]
    return {
        "production_ready": readiness(offers)["production_ready"],
        "available_environments": sorted({node.environment for node in alive}),
    }


def workers(services: Services) -> dict[str, list[str]]:
    """The names of the living workers, by environment."""
    alive = _alive(services)
    return {
        name: sorted(node.name for node in alive if node.environment == name)
        for name in ENVIRONMENTS
    }


def _alive(services: Services) -> list[nodes.Node]:
    try:
        return list(nodes.alive(services.redis))
    except redis.RedisError:
        return []
