"""Limit how often streams are opened: by one address in a minute, and by all in a second.

Each process counts by itself, without a round trip: what is protected is its own event loop. After
a restart thousands of clients come back at once; those that must wait are told different seconds,
so that they do not come back together again.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable
from typing import Final

from config.settings import Settings
from web.errors import TooManyRequests

_MINUTE: Final = 60.0


class Handshakes:
    """Counts the requests that open a stream or a Socket.IO connection."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_minute = settings.requests_a_minute
        self._per_second = settings.live.handshakes_a_second
        self._spread = max(2, settings.live.max_clients // max(1, self._per_second))
        self._clock = clock
        self._minute = clock()
        self._by_address: Counter[str] = Counter()
        self._allowed, self._refilled = float(self._per_second), self._minute

    def admit(self, address: str) -> None:
        """Count a handshake; raises `TooManyRequests` with the seconds to wait."""
        moment = self._clock()
        self._count_address(address, moment)
        if not self._per_second:
            return
        elapsed = moment - self._refilled
        self._refilled = moment
        self._allowed = min(
            float(self._per_second), self._allowed + max(0.0, elapsed) * self._per_second
        )
        if self._allowed < 1.0:
            raise _refused(random.randint(1, self._spread))  # noqa: S311  not a secret
        self._allowed -= 1.0

    def _count_address(self, address: str, moment: float) -> None:
        if moment - self._minute >= _MINUTE:
            self._by_address.clear()
            self._minute = moment
        self._by_address[address] += 1
        if 0 < self._per_minute < self._by_address[address]:
            raise _refused(max(1, round(_MINUTE - (moment - self._minute))))


def _refused(seconds: int) -> TooManyRequests:
    return TooManyRequests(headers={"Retry-After": str(seconds)})
