"""Decide whether the first scene of a job goes before the others.

It is watched first, so it should be finished first where that costs nothing. That depends on the
lengths of the scenes and the number of workers: scenes of one length fill all workers evenly, and
one that overtakes leaves some of them idle at the end.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import count
from typing import Final

from tasks.domain.plan import Step
from tasks.messaging.routing import queue_of

TOLERANCE: Final = 0.005
"""The share of a job's duration that counts as nothing."""

Rounds = Sequence[Sequence[Sequence[Step]]]
"""Rounds follow each other; their branches run in parallel."""


def first_goes_first(rounds: Rounds, workers: Mapping[str, int]) -> bool:
    """Return whether the job takes no longer if its first scene overtakes the others.

    `workers` serve each queue; without any, nothing is known and nothing is lost.
    """
    if not workers:
        return True
    together = seconds(rounds, workers, overtakes=False)
    return seconds(rounds, workers, overtakes=True) <= together * (1 + TOLERANCE)


def seconds(rounds: Rounds, workers: Mapping[str, int], *, overtakes: bool) -> float:
    """Return when the last round ends, if every worker takes the next step of its queue."""
    return sum(_Round(branches, workers, overtakes=overtakes).seconds() for branches in rounds)


class _Round:
    """Branches on workers that have nothing else to do."""

    def __init__(
        self, branches: Sequence[Sequence[Step]], workers: Mapping[str, int], *, overtakes: bool
    ) -> None:
        self._branches = branches
        self._overtakes = overtakes
        self._free: dict[str, int] = defaultdict(lambda: 1) | dict(workers)
        self._waiting: dict[str, list[tuple[bool, int, int, int]]] = defaultdict(list)
        self._running: list[tuple[float, int, int, int]] = []
        self._numbers = count()
        self._now = 0.0

    def seconds(self) -> float:
        for branch in range(len(self._branches)):
            self._queue(branch, 0)
        self._start()
        while self._running:
            self._now, _, branch, place = heapq.heappop(self._running)
            self._free[queue_of(self._branches[branch][place])] += 1
            if place + 1 < len(self._branches[branch]):
                self._queue(branch, place + 1)
            self._start()
        return self._now

    def _queue(self, branch: int, place: int) -> None:
        step = self._branches[branch][place]
        later = bool(step.scene) if self._overtakes else step.scene is not None
        turn = later, next(self._numbers), branch, place
        heapq.heappush(self._waiting[queue_of(step)], turn)

    def _start(self) -> None:
        for queue, waiting in self._waiting.items():
            while waiting and self._free[queue] > 0:
                self._free[queue] -= 1
                _, number, branch, place = heapq.heappop(waiting)
                ends = self._now + self._branches[branch][place].seconds
                heapq.heappush(self._running, (ends, number, branch, place))
