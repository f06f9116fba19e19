"""The start of a worker's pool process: what is opened once and lives as long as it does."""

from __future__ import annotations

import os

from config.settings import current
from gpu_worker import scratch
from gpu_worker.heartbeat import Heartbeat
from gpu_worker.registry import Registry
from gpu_worker.relief import Relief
from gpu_worker.runner import Workshop
from tasks.artifacts import Artifacts
from tasks.bus import Bus
from tasks.redis_client import connect

ENVIRONMENT_VARIABLE = "CALLSHEET_ENVIRONMENT"
"""How the pool process, started by spawn, learns which environment it is of."""

_open: list[Workshop] = []


def open_workshop() -> None:
    """Called in each pool process before its first task."""
    settings = current()
    scratch.clear_of_the_dead(settings.path("temp"))
    client = connect(settings, patient=True)
    registry = Registry(os.environ[ENVIRONMENT_VARIABLE])
    relief = Relief(settings, registry)
    heartbeat = Heartbeat(connect(settings), registry, relief)
    heartbeat.start(settings)
    shop = Workshop(
        settings=settings,
        redis=client,
        bus=Bus(client),
        artifacts=Artifacts(settings.artifacts_url),
        registry=registry,
        heartbeat=heartbeat,
    )
    _open.append(shop)


def workshop() -> Workshop:
    """Opened at the start; here again only if that failed, so that the task says why."""
    if not _open:
        open_workshop()
    return _open[-1]


def close_workshop() -> None:
    while _open:
        shop = _open.pop()
        shop.heartbeat.close()
        shop.registry.close()
