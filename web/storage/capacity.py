"""Memory and disk of this machine against thresholds, and what is done when they are short.

`MemoryCleanupManager` is the first design's name of this service; it cleans by priority,
the least valuable first, and never touches an input of a live job or a result that is
inside its retention and that nobody has fetched yet.
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
from web.compat.standalone import ensure_app_context
from web.services import Services, current_services
from web.storage import retention
from web.storage.eviction import Eviction
from web.storage.retention import Step

__all__ = ["MEGABYTE", "CleanupPriority", "MemoryCleanupManager"]


class CleanupPriority(StrEnum):
    """How urgent a cleaning is: what is done under `critical` is the most thorough."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class MemoryCleanupManager:
    """Watches resources and frees them."""

    def __init__(self, held: Services | None = None) -> None:
        with ensure_app_context():
            self.services = held or current_services()
        thresholds = Thresholds.of(self.services.settings)
        self.memory_warning_threshold, self.memory_critical_threshold = thresholds.memory
        self.storage_warning_threshold, self.storage_critical_threshold = thresholds.storage
        self.cleanup_intervals: dict[CleanupPriority, float] = {
            CleanupPriority.CRITICAL: 60.0,
            CleanupPriority.HIGH: 300.0,
            CleanupPriority.MEDIUM: 900.0,
            CleanupPriority.LOW: 86_400.0,
        }
        """Seconds between two cleanings of a priority; the first two only under pressure."""
        self._observer = Observer(self.services.settings.state)

    def get_resource_usage(self) -> dict[str, Any]:
        """What is used now."""
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
        """How good that is, and what to do about it."""
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
            **{f"{name}_health": found for name, found in levels.items()},
            "memory_usage_percent": memory,
            "storage_usage_percent": storage,
            "immediate_actions_needed": worst == CRITICAL,
            "recommendations": [_ADVICE[n] for n, found in levels.items() if found != HEALTHY],
        }

    def force_cleanup(self, priority: CleanupPriority = CleanupPriority.LOW) -> dict[str, Any]:
        """Everything whose time is over, whatever the pressure."""
        held = self.services
        steps = (
            retention.idle_sessions,
            retention.temporary,
            retention.retention,
            retention.log_files,
        )
        return self.clean(priority, (partial(step, held) for step in steps))

    def emergency_cleanup(self) -> dict[str, Any]:
        """What could be made again, too; the least valuable first, until the disk has room."""
        release_free_memory()
        return self.clean(CleanupPriority.CRITICAL, self._by_value())

    def clean(self, priority: CleanupPriority, steps: Iterable[Step]) -> dict[str, Any]:
        """Carry steps out and say what came of it."""
        began, freed = time.monotonic(), 0
        with ensure_app_context():
            for step in steps:
                freed += step()
        return {
            "priority": priority.value,
            "space_freed_mb": round(freed / MEGABYTE, 3),
            "seconds": round(time.monotonic() - began, 3),
            "storage_usage_percent": self._disk_percent(),
        }

    def _by_value(self) -> Iterator[Step]:
        """What is over goes in any case; the rest only while the disk is still short."""
        held = self.services
        yield partial(retention.temporary, held)
        yield partial(retention.retention, held)
        if self._short_of_disk():
            yield partial(retention.temporary, held, retention.EMERGENCY_AGE)
        for steps in (
            Eviction(held).in_turn(),
            retention.without_result(held),
            retention.fetched_results(held),
        ):
            yield from takewhile(self._still_short, steps)

    def _disk_percent(self) -> float:
        return psutil.disk_usage(str(self.services.settings.state)).percent

    def _still_short(self, _next: Step) -> bool:
        return self._short_of_disk()

    def _short_of_disk(self) -> bool:
        return self._disk_percent() >= self.storage_warning_threshold


_ADVICE: Final = {
    "memory": "Memory is short: fewer workers on this machine, or more memory.",
    "storage": "The disk is filling: shorten KEEP_DAYS, end sessions, or add room.",
}
