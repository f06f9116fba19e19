"""Several keys of one service: one is used until it is refused, then the next."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from gpu_worker.hosted.refusals import Refused

T = TypeVar("T")


class KeyRing:
    """The keys of a service, and which of them is let in at present."""

    def __init__(self, keys: tuple[str, ...]) -> None:
        self.keys = keys
        self._at = 0
        self._lock = threading.Lock()

    def ask(self, question: Callable[[str], T]) -> T:
        """The answer to the first key that is let in; the last refusal if none is."""
        start = self._at
        for turn in range(len(self.keys)):
            number = (start + turn) % len(self.keys)
            try:
                answer = question(self.keys[number])
            except Refused as error:
                if not error.of_the_key or turn == len(self.keys) - 1:
                    raise
                continue
            with self._lock:
                self._at = number  # stay with the one that works
            return answer
        raise Refused(401, "there is no key")
