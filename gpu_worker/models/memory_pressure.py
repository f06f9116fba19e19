"""Models that nobody uses now go: the oldest use first when this machine's memory is critical,
and those that other workers on the same graphics card ask for."""

from __future__ import annotations

import logging
import threading
import time
from typing import Final

import redis

from config.environments import ENVIRONMENTS
from config.settings import Settings
from config.stages import STAGES
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
"""Until memory that was given back shows; what is loaded again meanwhile stays for a while."""


class MemoryPressure:
    """Watches the machine for one worker; a stage at work is never touched."""

    def __init__(self, settings: Settings, registry: Registry) -> None:
        self._registry = registry
        self._observer = Observer(settings.state)
        self._thresholds = Thresholds.of(settings).memory
        self._next = 0.0

    def relieve(self) -> Usage:
        """What is used of this machine; where it is too much, something was given back."""
        usage = self._observer.measure()
        short = level(usage.memory_percent, *self._thresholds) == CRITICAL
        if short and time.monotonic() >= self._next:
            self._next = time.monotonic() + PAUSE_SECONDS
            gone = self._registry.unload_oldest()
            release_free_memory()
            if gone:
                log.warning("memory is at %.0f %%: unloaded %s", usage.memory_percent, gone)
        return usage


def listen(share: GpuShare, registry: Registry) -> None:
    """Give back what others on the card ask for, as long as this process lives."""
    threading.Thread(target=_listen, args=(share, registry), name="card", daemon=True).start()


def _listen(share: GpuShare, registry: Registry) -> None:
    pause = threading.Event()
    while True:
        try:
            registry.unload(share.unload_requests())
        except redis.RedisError as error:
            log.debug("nobody can ask for the card: %s", type(error).__name__)
            pause.wait(1.0)
        except Exception:  # whoever asked, others will ask again
            log.exception("a request for the card could not be met")
            pause.wait(1.0)


def budget_mb(environment: str, settings: Settings) -> int:
    """Memory above which a worker's process is replaced once its stage is done."""
    declared = max(STAGES[stage].memory_mb for stage in ENVIRONMENTS[environment].stages)
    return settings.worker_memory_mb or declared
