"""Run periodic duties, all by one clock."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Duty:
    """An action to run every so many seconds."""

    name: str
    seconds: float
    action: Callable[[], object]


@dataclass(slots=True)
class Schedule:
    """Remembers when each duty last began; a duty that never did is due at once."""

    clock: Callable[[], float] = time.monotonic
    _begun: dict[str, float] = field(default_factory=dict)

    def is_due(self, name: str, seconds: float) -> bool:
        """Return whether a duty last began at least so many seconds ago."""
        begun = self._begun.get(name)
        return begun is None or self.clock() - begun >= seconds

    def begin(self, name: str) -> None:
        """Note that a duty begins now; it is due again after its interval."""
        self._begun[name] = self.clock()

    def take(self, name: str, seconds: float) -> bool:
        """Return whether a duty is due, and begin it if so."""
        due = self.is_due(name, seconds)
        if due:
            self.begin(name)
        return due

    def run_due(self, duties: Iterable[Duty], run: Callable[[Duty], object]) -> None:
        """Call `run` with each duty that is due, in the given order."""
        for duty in duties:
            if self.take(duty.name, duty.seconds):
                run(duty)
