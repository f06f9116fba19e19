"""The worker routes: list, load, drain and resume."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import redis

from tasks.domain.errors import NotReady
from tasks.nodes import registry
from web.api.blueprint import Blueprint
from web.api.documented_errors import documented_errors
from web.api.schemas.workers import QueueLoads, Workers
from web.db.engine import reading
from web.errors import WorkerNotFound
from web.http.operators import monitors_only, operators_only
from web.jobs.demand import loads
from web.services import current_services

workers = Blueprint("workers", __name__, description="GPU workers.")


@workers.get("/workers")
@workers.response(200, Workers)
@documented_errors(workers, 503, "NOT_READY")
def listing() -> dict[str, Any]:
    """List live workers (operators: with names and current tasks)"""
    return {"workers": _alive()}


@workers.get("/load")
@workers.response(200, QueueLoads)
@documented_errors(workers, 403, "OPERATORS_ONLY")
@documented_errors(workers, 503, "NOT_READY")
@monitors_only
def load() -> dict[str, Any]:
    """Get the load of each environment and the number of workers it needs"""
    try:
        with reading() as db:
            autoscaled = current_services().settings.scaling.autoscaled_environments
            return {"environments": loads(current_services(), db, autoscaled)}
    except redis.RedisError:
        raise NotReady from None


@workers.post("/workers/<name>/drain")
@workers.response(202, Workers)
@documented_errors(workers, 404, "WORKER_NOT_FOUND")
@documented_errors(workers, 403, "OPERATORS_ONLY")
@documented_errors(workers, 503, "NOT_READY")
@operators_only
def drain(name: str) -> dict[str, Any]:
    """Drain a worker: it finishes its current task and accepts no new ones"""
    return {"workers": [_set_draining(name, registry.drain)]}


@workers.post("/workers/<name>/resume")
@workers.response(202, Workers)
@documented_errors(workers, 404, "WORKER_NOT_FOUND")
@documented_errors(workers, 403, "OPERATORS_ONLY")
@documented_errors(workers, 503, "NOT_READY")
@operators_only
def resume(name: str) -> dict[str, Any]:
    """Resume a drained worker"""
    return {"workers": [_set_draining(name, registry.resume)]}


def _alive() -> list[registry.Node]:
    try:
        return registry.alive(current_services().redis)
    except redis.RedisError:
        raise NotReady from None


def _set_draining(name: str, change: Callable[[redis.Redis, str], None]) -> registry.Node:
    node = next((node for node in _alive() if node.name == name), None)
    if node is None:
        raise WorkerNotFound
    try:
        change(current_services().redis, name)
    except redis.RedisError:
        raise NotReady from None
    return node
