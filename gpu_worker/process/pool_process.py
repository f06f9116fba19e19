"""The start of a worker's pool process: what is opened once and lives as long as it does."""

from __future__ import annotations

import os

from config.settings import Settings, current
from gpu_worker.execution import scratch
from gpu_worker.execution.runner import WorkerContext
from gpu_worker.models import devices, memory_pressure
from gpu_worker.models.gpu_share import GpuShare
from gpu_worker.models.registry import Registry
from gpu_worker.process.heartbeat import Heartbeat, node_name
from tasks import circuit_breaker
from tasks.messaging.redis_client import connect
from tasks.nodes.mailbox import coordinate
from tasks.store.artifacts import Artifacts

ENVIRONMENT_VARIABLE = "CALLSHEET_ENVIRONMENT"
"""How the pool process, started by spawn, learns which environment it is of."""

_open: list[WorkerContext] = []


def open_context() -> None:
    """Called in each pool process before its first task."""
    settings = current()
    scratch.remove_orphaned(settings.path("temp"))
    environment = os.environ[ENVIRONMENT_VARIABLE]
    share = _card_share(settings, node_name(environment))
    registry = Registry(environment, share)
    if share is not None:
        memory_pressure.listen(share, registry)
    watch = memory_pressure.MemoryPressure(settings, registry)
    heartbeat = Heartbeat(coordinate(settings, connect(settings)), registry, watch)
    heartbeat.start(settings)
    shop = WorkerContext(
        settings=settings,
        shared=coordinate(settings, connect(settings, patient=True)),
        artifacts=Artifacts(settings.artifacts_url, circuit_breaker.process_breakers()),
        registry=registry,
        heartbeat=heartbeat,
    )
    _open.append(shop)


def worker_context() -> WorkerContext:
    """Opened at the start; here again only if that failed, so that the task says why."""
    if not _open:
        open_context()
    return _open[-1]


def close_context(*, replaced: bool) -> None:
    while _open:
        shop = _open.pop()
        shop.heartbeat.close(replaced=replaced)
        shop.registry.close()
        if shop.registry.share is not None:
            shop.registry.share.close()


def _card_share(settings: Settings, worker: str) -> GpuShare | None:
    """Where models are computed on a card: this worker's part of it."""
    card = devices.card(settings)
    if card is None or settings.torch_device != "cuda":
        return None
    return GpuShare(coordinate(settings, connect(settings)), card, worker)
