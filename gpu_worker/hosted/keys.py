"""Use several keys of one service: one until it is rejected, then the next."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from gpu_worker.hosted.refusals import Refused

T = TypeVar("T")


class KeyRing:
    """The keys of a service, and which of them worked last."""

    def __init__(self, keys: tuple[str, ...]) -> None:
        self.keys = keys
        self._at = 0
        self._lock = threading.Lock()

    def ask(self, question: Callable[[str], T]) -> T:
        """Return the answer for the first accepted key; raise the last refusal if there is none."""
        start = self._at
        for turn in range(len(self.keys)):
            index = (start + turn) % len(self.keys)
            try:
                answer = question(self.keys[index])
            except Refused as error:
                if not error.of_the_key or turn == len(self.keys) - 1:
                    raise
                continue
            with self._lock:
                self._at = index  # stay with the one that works
            return answer
        raise Refused(401, "there is no key")
