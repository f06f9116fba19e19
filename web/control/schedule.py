"""Run duties that come back after an interval, on one clock."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Duty:
    """Something to do every so many seconds."""

    name: str
    seconds: float
    action: Callable[[], object]


@dataclass(slots=True)
class Schedule:
    """Remembers when each duty was last begun; one that never was is due at once."""

    clock: Callable[[], float] = time.monotonic
    _begun: dict[str, float] = field(default_factory=dict)

    def is_due(self, name: str, seconds: float) -> bool:
        """Return whether a duty was begun at least so many seconds ago."""
        begun = self._begun.get(name)
        return begun is None or self.clock() - begun >= seconds

    def begin(self, name: str) -> None:
        """Start the interval of a duty: it is due again when that has passed."""
        self._begun[name] = self.clock()

    def take(self, name: str, seconds: float) -> bool:
        """Return whether a duty is due, and begin it if so."""
        due = self.is_due(name, seconds)
        if due:
            self.begin(name)
        return due

    def run_due(self, duties: Iterable[Duty], run: Callable[[Duty], object]) -> None:
        """Hand each duty that is due to `run`, in the order in which they are listed."""
        for duty in duties:
            if self.take(duty.name, duty.seconds):
                run(duty)
