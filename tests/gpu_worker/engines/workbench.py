"""A stand-in for the worker around an engine: a directory, a progress log, a stop switch."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tasks.domain.errors import Cancelled


class Workbench:
    """A `gpu_worker.engine.Context` for tests."""

    def __init__(
        self, workdir: Path, stop_at: float | None = None, memory_fallbacks: tuple[str, ...] = ()
    ) -> None:
        self._workdir = workdir
        self._stop_at = stop_at
        self._savings = memory_fallbacks
        self.fractions: list[float] = []

    @property
    def workdir(self) -> Path:
        return self._workdir

    @property
    def memory_fallbacks(self) -> tuple[str, ...]:
        return self._savings

    def cached_part(self, part: str, source: str, make: Callable[[Path], None]) -> Path:
        target = self._workdir / part
        make(target)
        return target

    def progress(self, fraction: float, message: str = "") -> None:
        self.fractions.append(fraction)
        self.check()

    def check(self) -> None:
        last = self.fractions[-1] if self.fractions else 0.0
        if self._stop_at is not None and last >= self._stop_at:
            raise Cancelled
