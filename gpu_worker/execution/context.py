"""The context of a running stage: its directory and its progress."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from gpu_worker.engine import PartSource
from gpu_worker.execution.derived_cache import DerivedCache
from tasks.domain.errors import Cancelled
from tasks.messaging.stage_events import StageEvents
from tasks.nodes.leases import Lease

SECONDS_BETWEEN_UPDATES = 0.25


class WorkerStatus(Protocol):
    """The name of this worker, and where it reports which task it runs."""

    @property
    def name(self) -> str: ...

    def busy(self, task_id: str) -> None:
        """Report the task that runs now; an empty string for none."""


class StageContext:
    """The `gpu_worker.engine.Context` of a real job."""

    def __init__(
        self,
        workdir: Path,
        events: StageEvents,
        lease: Lease,
        derived_cache: DerivedCache,
        memory_fallbacks: tuple[str, ...] = (),
    ) -> None:
        self._workdir = workdir
        self._events = events
        self._lease = lease
        self._derived_cache = derived_cache
        self._memory_fallbacks = memory_fallbacks
        self._reported_at = time.monotonic()  # when the start was reported
        self._fraction = 0.0

    @property
    def workdir(self) -> Path:
        return self._workdir

    @property
    def memory_fallbacks(self) -> tuple[str, ...]:
        return self._memory_fallbacks

    def cached_part(
        self,
        part: str,
        sources: str | Sequence[PartSource],
        make: Callable[[Path], None],
        params: Mapping[str, Any] | None = None,
    ) -> Path:
        target = self._workdir / part
        self._derived_cache.part(target, sources, make, params)
        return target

    def progress(self, fraction: float, message: str = "") -> None:
        self.check()
        self._fraction = max(self._fraction, min(fraction, 1.0))
        now = time.monotonic()
        if now - self._reported_at >= SECONDS_BETWEEN_UPDATES:
            self._reported_at = now
            self._events.progress(self._fraction, message)

    def check(self) -> None:
        if self._lease.stopped.is_set():
            raise Cancelled
