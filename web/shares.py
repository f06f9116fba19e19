"""Count slots of one kind: a total, and a share of it for each address."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable


class Shares:
    """Counts the slots that each address holds; a share of 0 means no limit per address."""

    def __init__(self, most: int, per_address: int = 0) -> None:
        self.most = most
        self.per_address = per_address
        self._held: Counter[str] = Counter()
        self._lock = threading.Lock()

    def take(self, address: str) -> bool:
        """Take a slot for an address; return False when all of them, or its share, are taken."""
        with self._lock:
            if self._held.total() >= self.most:
                return False
            if self.per_address and self._held[address] >= self.per_address:
                return False
            self._held[address] += 1
            return True

    def give_back(self, address: str) -> None:
        """Free a slot that `take` returned."""
        with self._lock:
            self._held[address] -= 1
            if self._held[address] <= 0:
                del self._held[address]

    @property
    def taken(self) -> int:
        """Return how many slots are taken now."""
        with self._lock:
            return self._held.total()


class Once:
    """Calls a function on the first call only."""

    def __init__(self, call: Callable[[], None]) -> None:
        self._call: Callable[[], None] | None = call
        self._lock = threading.Lock()

    def __call__(self) -> None:
        with self._lock:
            call, self._call = self._call, None
        if call is not None:
            call()
