"""Memory and disk of this machine, as psutil sees them, against thresholds.

`MemoryCleanupManager` is the first design's name of this service; it cleans by priority,
the least valuable first, and never touches an input of a live job or a result that is
inside its retention.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import psutil
from sqlalchemy import select

from tasks.domain.job import OPEN_STATES
from web import references, sessions
from web.database import reading
from web.errors import ServerFull, StorageFull
from web.eviction import Eviction
from web.models import Job, Upload, UserSession
from web.models.columns import now
from web.services import Services

MEGABYTE: Final = 1024**2
_EMERGENCY_AGE: Final = timedelta(minutes=10)


class CleanupPriority(StrEnum):
    """How urgent a cleaning is: what is done under `critical` is the most thorough."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(slots=True)
class MemoryCleanupManager:
    """Watches resources and frees them."""

    services: Services
    memory_warning_threshold: float = 70.0
    storage_warning_threshold: float = 80.0
    memory_critical_threshold: float = 90.0
    storage_critical_threshold: float = 95.0
    cleanup_intervals: dict[CleanupPriority, float] = field(
        default_factory=lambda: {
            CleanupPriority.CRITICAL: 60.0,
            CleanupPriority.HIGH: 300.0,
            CleanupPriority.MEDIUM: 900.0,
            CleanupPriority.LOW: 86_400.0,
        }
    )
    """Seconds between two cleanings of a priority; the first two only under pressure."""

    def get_resource_usage(self) -> dict[str, Any]:
        """What is used now."""
        memory = psutil.virtual_memory()
        disk = psutil.disk_usage(str(self.services.settings.state))
        net = psutil.net_io_counters()
        return {
            "system_stats": {
                "memory": {
                    "used_percent": memory.percent,
                    "available_mb": memory.available // MEGABYTE,
                },
                "storage": {"used_percent": disk.percent, "free_mb": disk.free // MEGABYTE},
                "cpu": {"used_percent": psutil.cpu_percent(), "load": psutil.getloadavg()[0]},
                "network": {"sent": net.bytes_sent, "received": net.bytes_recv} if net else {},
            },
            "process": {"memory_mb": psutil.Process().memory_info().rss // MEGABYTE},
        }

    def check_resource_health(self) -> dict[str, Any]:
        """How good that is, and what to do about it."""
        used = self.get_resource_usage()["system_stats"]
        levels = {
            "memory": _level(
                used["memory"]["used_percent"],
                self.memory_warning_threshold,
                self.memory_critical_threshold,
            ),
            "storage": _level(
                used["storage"]["used_percent"],
                self.storage_warning_threshold,
                self.storage_critical_threshold,
            ),
        }
        worst = max(levels.values(), key=("healthy", "warning", "critical").index)
        advice = [_ADVICE[name] for name, level in levels.items() if level != "healthy"]
        return {
            "overall_health": worst,
            **{f"{name}_health": level for name, level in levels.items()},
            "memory_usage_percent": used["memory"]["used_percent"],
            "storage_usage_percent": used["storage"]["used_percent"],
            "immediate_actions_needed": worst == "critical",
            "recommendations": advice,
        }

    def force_cleanup(self, priority: CleanupPriority = CleanupPriority.LOW) -> dict[str, Any]:
        """Everything whose time is over, whatever the pressure."""
        return self._clean(priority, self._ordinary())

    def emergency_cleanup(self) -> dict[str, Any]:
        """The same, and what could be made again; the least valuable first, until it is enough."""
        return self._clean(
            CleanupPriority.CRITICAL, (*self._ordinary(), *self._emergency()), until_enough=True
        )

    # --- what is done -----------------------------------------------------------------

    def _ordinary(self) -> tuple[Callable[[], int], ...]:
        settings = self.services.settings
        hours = timedelta(hours=settings.temp_hours)
        return (
            lambda: _old_files(settings.path("temp"), hours),
            lambda: _old_files(settings.path("store", "tmp"), hours),
            self._idle_sessions,
            self._expired_outputs,
            self._uploads_of_ended,
            Eviction(self.services).evict,
        )

    def _emergency(self) -> tuple[Callable[[], int], ...]:
        settings = self.services.settings
        return (
            lambda: _old_files(settings.path("temp"), _EMERGENCY_AGE),
            lambda: _old_files(settings.path("store", "tmp"), _EMERGENCY_AGE),
            Eviction(self.services).clear,
        )

    def _clean(
        self,
        priority: CleanupPriority,
        steps: tuple[Callable[[], int], ...],
        *,
        until_enough: bool = False,
    ) -> dict[str, Any]:
        began, freed = time.monotonic(), 0
        for step in steps:
            freed += step()
            if until_enough and not self._short_of_disk() and freed:
                break
        return {
            "priority": priority.value,
            "space_freed_mb": round(freed / MEGABYTE, 3),
            "seconds": round(time.monotonic() - began, 3),
            "storage_usage_percent": self._disk_percent(),
        }

    def _idle_sessions(self) -> int:
        """They take nothing new from now on; their files have a time of their own."""
        sessions.expire_idle(self.services.settings.session_hours)
        return 0

    def _expired_outputs(self) -> int:
        """Files of jobs that ended longer ago than files are kept."""
        before = now() - timedelta(days=self.services.settings.keep_days)
        old = select(Job.id).where(
            Job.finished_at < before,
            Job.expired_at.is_(None),
            Job.state.not_in([state.value for state in OPEN_STATES]),
        )
        with reading() as database:
            due = list(database.scalars(old))
        return sum(references.drop_job(self.services, job_id, keep_results=True) for job_id in due)

    def _uploads_of_ended(self) -> int:
        """Uploads of sessions that ended longer ago than files are kept."""
        before = now() - timedelta(days=self.services.settings.keep_days)
        over = select(UserSession.id).where(UserSession.ended_at < before)
        return references.drop_uploads(self.services, Upload.session_id.in_(over))

    def _disk_percent(self) -> float:
        return psutil.disk_usage(str(self.services.settings.state)).percent

    def _short_of_disk(self) -> bool:
        return self._disk_percent() >= self.storage_warning_threshold


_ADVICE: Final = {
    "memory": "Memory is short: fewer workers on this machine, or more memory.",
    "storage": "The disk is filling: shorten KEEP_DAYS, end sessions, or add room.",
}


def _level(percent: float, warning: float, critical: float) -> str:
    if percent >= critical:
        return "critical"
    return "warning" if percent >= warning else "healthy"


def _old_files(directory: Path, age: timedelta) -> int:
    """Delete what was not touched for so long; how many bytes that were."""
    oldest = time.time() - age.total_seconds()
    freed = 0
    for path in _entries(directory):
        try:
            if path.stat().st_mtime >= oldest:
                continue
            freed += _size(path)
        except FileNotFoundError:
            continue  # its owner was faster
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    return freed


def _entries(directory: Path) -> Iterator[Path]:
    if directory.is_dir():
        yield from list(directory.iterdir())


def _size(path: Path) -> int:
    if path.is_dir() and not path.is_symlink():
        return sum(inner.lstat().st_size for inner in path.rglob("*"))
    return path.lstat().st_size


def admit_upload(services: Services) -> None:
    """No new files on a disk that is nearly full; what runs may finish."""
    if _nearly_full(services):
        raise StorageFull


def admit_job(services: Services) -> None:
    """No new jobs either: they would fail half way."""
    if _nearly_full(services):
        raise ServerFull


def _nearly_full(services: Services) -> bool:
    settings = services.settings
    return psutil.disk_usage(str(settings.state)).percent >= settings.disk_full_percent
