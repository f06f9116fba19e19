"""`MemoryCleanupManager`: the first design's name for the cleanup service."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from web.compat.standalone import ensure_app_context
from web.services import Services, current_services
from web.storage.cleanup import Cleanup, CleanupPriority
from web.storage.retention import Step

__all__ = ["CleanupPriority", "MemoryCleanupManager"]


class _Intervals(dict[CleanupPriority, float]):
    """Seconds by priority; a `timedelta` may be set too."""

    def __setitem__(self, priority: CleanupPriority, interval: float | timedelta) -> None:
        seconds = interval.total_seconds() if isinstance(interval, timedelta) else interval
        super().__setitem__(priority, seconds)


class MemoryCleanupManager(Cleanup):
    """`Cleanup` for Python programs that have no application context of their own.

    Thresholds and intervals may be set; they count for this object. Those of the server are its
    settings.
    """

    def __init__(self, services: Services | None = None) -> None:
        with ensure_app_context():
            super().__init__(services or current_services())
        self.cleanup_intervals = _Intervals(self.cleanup_intervals)

    def clean(self, priority: CleanupPriority, steps: Iterable[Step]) -> dict[str, Any]:
        """Run cleanup steps and report how much space they freed."""
        with ensure_app_context():
            return super().clean(priority, steps)
