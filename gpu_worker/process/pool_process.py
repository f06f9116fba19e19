"""The context of a worker's pool process, opened once for its whole life."""

from __future__ import annotations

import os

from config import scratch
from config.settings import Settings, current
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
"""Passes the environment's name to the pool process, which is spawned."""

_open: list[tuple[WorkerContext, Heartbeat]] = []


def open_context() -> None:
    """Open the context of this pool process, before its first task."""
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
    context = WorkerContext(
        settings=settings,
        shared=coordinate(settings, connect(settings, patient=True)),
        artifacts=Artifacts(settings.artifacts_url, circuit_breaker.process_breakers()),
        registry=registry,
        heartbeat=heartbeat,
    )
    _open.append((context, heartbeat))


def worker_context() -> WorkerContext:
    """Return the open context; open it here if that failed before, so that the task fails too."""
    if not _open:
        open_context()
    context, _ = _open[-1]
    return context


def close_context(*, replaced: bool) -> None:
    while _open:
        context, heartbeat = _open.pop()
        heartbeat.close(replaced=replaced)
        context.registry.close()
        if context.registry.share is not None:
            context.registry.share.close()
    scratch.finish_removals()


def _card_share(settings: Settings, worker: str) -> GpuShare | None:
    """Return this worker's share of the graphics card; None if models run on the CPU."""
    card = devices.card(settings)
    if card is None or settings.torch_device != "cuda":
        return None
    return GpuShare(coordinate(settings, connect(settings)), card, worker)
