"""Places of one kind: so many in all, and a share of them for each address."""

from __future__ import annotations

import threading
from collections import Counter


class Shares:
    """Counts who holds how many places; a share of 0 is no limit."""

    def __init__(self, most: int, per_address: int = 0) -> None:
        self.most = most
        self.per_address = per_address
        self._held: Counter[str] = Counter()
        self._lock = threading.Lock()

    def take(self, address: str) -> bool:
        """Take a place for an address; False when all, or all of its own, are taken."""
        with self._lock:
            if self._held.total() >= self.most:
                return False
            if self.per_address and self._held[address] >= self.per_address:
                return False
            self._held[address] += 1
            return True

    def give_back(self, address: str) -> None:
        """Free a place that `take` gave."""
        with self._lock:
            self._held[address] -= 1
            if self._held[address] <= 0:
                del self._held[address]

    @property
    def taken(self) -> int:
        """How many places are held now."""
        with self._lock:
            return self._held.total()

    def held_by(self, address: str) -> int:
        """How many places an address holds now."""
        with self._lock:
            return self._held[address]
