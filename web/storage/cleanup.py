"""Compare this machine's memory and disk with the thresholds, and free space when they run short.

Cleanup frees the least valuable files first. It never deletes an input of an open job, nor an
output that has not been downloaded and is still within its retention.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from enum import StrEnum
from functools import partial
from itertools import takewhile
from typing import Any, Final

import psutil

from tasks.telemetry.host_metrics import (
    CRITICAL,
    HEALTHY,
    LEVELS,
    MEGABYTE,
    Observer,
    Thresholds,
    level,
    release_free_memory,
)
from web.services import Services
from web.storage import retention
from web.storage.eviction import Eviction
from web.storage.retention import Step


class CleanupPriority(StrEnum):
    """How urgent a cleanup is; `critical` frees the most."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Cleanup:
    """Measures memory and disk usage and frees what is not needed."""

    def __init__(self, services: Services) -> None:
        self.services = services
        thresholds = Thresholds.of(services.settings)
        self.memory_warning_threshold, self.memory_critical_threshold = thresholds.memory
        self.storage_warning_threshold, self.storage_critical_threshold = thresholds.storage
        self.cleanup_intervals: dict[CleanupPriority, float] = {
            CleanupPriority.CRITICAL: 60.0,
            CleanupPriority.HIGH: 300.0,
            CleanupPriority.MEDIUM: 900.0,
            CleanupPriority.LOW: 86_400.0,
        }
        """Seconds between two cleanups of a priority; the first two run only under pressure."""
        self._observer = Observer(services.settings.state)

    def get_resource_usage(self) -> dict[str, Any]:
        """Return what this machine and this process use now."""
        used = self._observer.measure()
        return {
            "system_stats": {
                "memory": {
                    "used_percent": used.memory_percent,
                    "available_mb": used.memory_available_mb,
                },
                "storage": {"used_percent": used.storage_percent, "free_mb": used.storage_free_mb},
                "cpu": {"used_percent": used.cpu_percent, "load_percent": used.load_percent},
                "network": {"sent": used.network_sent, "received": used.network_received},
                "gpus": [
                    {"name": g.name, "used_percent": g.used_percent, "memory": g.memory_percent}
                    for g in used.gpus
                ],
            },
            "process": {"memory_mb": psutil.Process().memory_info().rss // MEGABYTE},
        }

    def check_resource_health(self) -> dict[str, Any]:
        """Rate the usage against the thresholds and recommend what to do."""
        used = self.get_resource_usage()["system_stats"]
        memory, storage = used["memory"]["used_percent"], used["storage"]["used_percent"]
        levels = {
            "memory": level(memory, self.memory_warning_threshold, self.memory_critical_threshold),
            "storage": level(
                storage, self.storage_warning_threshold, self.storage_critical_threshold
            ),
        }
        worst = max(levels.values(), key=LEVELS.index)
        return {
            "overall_health": worst,
            **{f"{name}_health": rating for name, rating in levels.items()},
            "memory_usage_percent": memory,
            "storage_usage_percent": storage,
            "immediate_actions_needed": worst == CRITICAL,
            "recommendations": [_ADVICE[n] for n, rating in levels.items() if rating != HEALTHY],
        }

    def force_cleanup(self, priority: CleanupPriority = CleanupPriority.LOW) -> dict[str, Any]:
        """Delete everything past its retention, however much space is free."""
        steps = (
            retention.idle_sessions,
            retention.temporary,
            retention.retention,
            retention.log_files,
        )
        return self.clean(priority, (partial(step, self.services) for step in steps))

    def emergency_cleanup(self) -> dict[str, Any]:
        """Also delete what can be computed again, least valuable first, until space suffices."""
        release_free_memory()
        return self.clean(CleanupPriority.CRITICAL, self._by_value())

    def clean(self, priority: CleanupPriority, steps: Iterable[Step]) -> dict[str, Any]:
        """Run cleanup steps and report how much space they freed."""
        started_at = time.monotonic()
        freed = sum(step() for step in steps)
        return {
            "priority": priority.value,
            "space_freed_mb": round(freed / MEGABYTE, 3),
            "seconds": round(time.monotonic() - started_at, 3),
            "storage_usage_percent": self._disk_percent(),
        }

    def _by_value(self) -> Iterator[Step]:
        """Yield steps: expired files always, the others only while disk space is short."""
        services = self.services
        yield partial(retention.temporary, services)
        yield partial(retention.retention, services)
        if self._short_of_disk():
            yield partial(retention.temporary, services, retention.EMERGENCY_AGE)
        for steps in (
            Eviction(services).in_turn(),
            retention.without_result(services),
            retention.fetched_results(services),
        ):
            yield from takewhile(self._still_short, steps)

    def _disk_percent(self) -> float:
        return psutil.disk_usage(str(self.services.settings.state)).percent

    def _still_short(self, _next: Step) -> bool:
        return self._short_of_disk()

    def _short_of_disk(self) -> bool:
        return self._disk_percent() >= self.storage_warning_threshold


_ADVICE: Final = {
    "memory": "Memory is low. Run fewer workers on this machine or add memory.",
    "storage": "Disk space is low. Lower KEEP_DAYS, end sessions or add storage.",
}
