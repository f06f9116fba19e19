"""The waiting jobs in the order of their turns (`web/jobs/queue.py`)."""

from __future__ import annotations

import heapq
from collections import defaultdict, deque
from typing import Any, Final, Generic, Protocol, TypeVar

from web.jobs.queue import turn

_STALE: Final = 1000
"""Outdated entries of the heap before it is built again."""


class Waiting(Protocol):
    """What decides about a job's turn."""

    owner: int
    rank: int
    at: float
    number: int


W = TypeVar("W", bound=Waiting)


class WaitingLine(Generic[W]):
    """Finds the next job in logarithmic time.

    Of one owner and rank, the oldest job is always first. So one entry for each of them is in the
    heap; it is replaced when the number of the owner's running jobs changes.
    """

    def __init__(self) -> None:
        self.running: dict[int, int] = defaultdict(int)
        """Jobs in flight of each owner."""
        self._of: dict[int, dict[int, deque[W]]] = defaultdict(dict)
        self._turns: list[tuple[tuple[Any, ...], int, int]] = []
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def add(self, job: W) -> None:
        mine = self._of[job.owner].setdefault(job.rank, deque())
        mine.append(job)
        self._length += 1
        if len(mine) == 1:
            self._enter(job)

    def take(self) -> W:
        """Remove the job whose turn it is; its owner has one more in flight."""
        while True:
            known, owner, rank = heapq.heappop(self._turns)
            mine = self._of[owner].get(rank)
            if mine and known == self._turn(mine[0]):
                break
        job = mine.popleft()
        if not mine:
            del self._of[owner][rank]
        self._length -= 1
        self.started(owner)
        return job

    def started(self, owner: int) -> None:
        """Count a job of an owner as in flight."""
        self._count(owner, 1)

    def ended(self, owner: int) -> None:
        """Count a job of an owner as no longer in flight."""
        self._count(owner, -1)

    def _count(self, owner: int, change: int) -> None:
        self.running[owner] += change
        for mine in self._of[owner].values():
            self._enter(mine[0])

    def _enter(self, job: W) -> None:
        if len(self._turns) > _STALE + 4 * len(self._of):
            firsts = [mine[0] for ranks in self._of.values() for mine in ranks.values()]
            self._turns = [(self._turn(first), first.owner, first.rank) for first in firsts]
            heapq.heapify(self._turns)
        heapq.heappush(self._turns, (self._turn(job), job.owner, job.rank))

    def _turn(self, job: W) -> tuple[Any, ...]:
        return turn(job.rank, 1, self.running[job.owner], job.at, job.number)
