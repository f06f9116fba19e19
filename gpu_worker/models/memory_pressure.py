"""Unload idle models when memory is critical or another worker on the card asks for it."""

from __future__ import annotations

import logging
import threading
import time
from typing import Final

import redis

from config.environments import ENVIRONMENTS
from config.settings import Settings
from config.stages import ALL_STAGES
from gpu_worker.models.gpu_share import GpuShare
from gpu_worker.models.registry import Registry
from tasks.telemetry.host_metrics import (
    CRITICAL,
    Observer,
    Thresholds,
    Usage,
    level,
    release_free_memory,
)

log = logging.getLogger(__name__)

PAUSE_SECONDS: Final = 10.0
"""Pause after an unload, until the freed memory is visible."""


class MemoryPressure:
    """Unloads idle models while the memory of the machine is critical."""

    def __init__(self, settings: Settings, registry: Registry) -> None:
        self._registry = registry
        self._observer = Observer(settings.state)
        self._thresholds = Thresholds.of(settings).memory
        self._next = 0.0

    def unload_if_critical(self) -> Usage:
        """Measure the machine; unload one model if its memory is critical."""
        usage = self._observer.measure()
        short = level(usage.memory_percent, *self._thresholds) == CRITICAL
        if short and time.monotonic() >= self._next:
            self._next = time.monotonic() + PAUSE_SECONDS
            unloaded = self._registry.unload_oldest()
            release_free_memory()
            if unloaded:
                what = {"model": unloaded, "memory_percent": round(usage.memory_percent)}
                log.warning("model unloaded: memory is critical", extra=what)
        return usage


def listen(share: GpuShare, registry: Registry) -> None:
    """Answer unload requests of other workers for the life of this process."""
    threading.Thread(target=_listen, args=(share, registry), name="card", daemon=True).start()


def _listen(share: GpuShare, registry: Registry) -> None:
    pause = threading.Event()
    while True:
        try:
            registry.unload(share.unload_requests())
        except redis.RedisError as error:
            log.debug("unload requests not received", extra={"error": type(error).__name__})
            pause.wait(1.0)
        except Exception:  # the request will be repeated
            log.exception("unload request failed")
            pause.wait(1.0)


HOSTED_MB = 512
"""The budget of a worker that only calls hosted models."""


def budget_mb(environment: str, settings: Settings) -> int:
    """Return the memory above which a worker process is replaced after its stage."""
    stages = ENVIRONMENTS[environment].stages
    declared = max((ALL_STAGES[stage].memory_mb for stage in stages), default=HOSTED_MB)
    return settings.worker_memory_mb or declared
