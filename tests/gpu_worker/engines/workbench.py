"""A stand-in for the worker around an engine: a directory, a progress log, a stop switch."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from gpu_worker.engine import Inputs, PartSource
from tasks.domain.artifact import digest
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

    def cached_part(
        self,
        part: str,
        sources: str | Sequence[PartSource],
        make: Callable[[Path], None],
        params: Mapping[str, Any] | None = None,
    ) -> Path:
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


class Remembering(Workbench):
    """A context that has the parts of earlier runs, as a worker has."""

    def __init__(self, workdir: Path, known: dict[str, bytes], inputs: Inputs) -> None:
        workdir.mkdir()
        super().__init__(workdir)
        self._known, self._inputs = known, inputs
        self.made: list[str] = []
        """The parts that were not known."""

    def cached_part(
        self,
        part: str,
        sources: str | Sequence[PartSource],
        make: Callable[[Path], None],
        params: Mapping[str, Any] | None = None,
    ) -> Path:
        listed = [sources] if isinstance(sources, str) else sources
        key = digest([params, [self._sha256(source) for source in listed]])
        target = self._workdir / part
        if key in self._known:
            target.write_bytes(self._known[key])
        else:
            make(target)
            self.made.append(part)
            self._known[key] = target.read_bytes()
        return target

    def _sha256(self, source: PartSource) -> str:
        files = self._inputs.files
        scenes = self._inputs.scenes
        path = files[source] if isinstance(source, str) else scenes[source[0]][source[1]]
        return hashlib.sha256(path.read_bytes()).hexdigest()
