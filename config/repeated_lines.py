"""Log lines that repeat for as long as an outage lasts: one a minute, with their number.

Every part of a process that uses Redis notices that it is unavailable, again and again. Together
they write one warning a minute, with the reason.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Final

SECONDS: Final = 60.0
REDIS: Final = "redis"

_TOPICS: Final = {
    "service unavailable, retrying": REDIS,
    "heartbeat not sent": REDIS,
    "live channel lost, subscribing again": REDIS,
    "requests of nodes wait": REDIS,
    "controller not notified": REDIS,
    "session stream unavailable": REDIS,
    "redis unavailable, engines not checked": REDIS,
    # Celery's own
    "consumer: Cannot connect to %s: %s.\n%s\n": REDIS,
    "mails wait": "mails",
    "webhooks wait": "webhooks",
}
"""What a message that repeats is about."""


class Repeats(logging.Filter):
    """Lets one line a minute through for each topic; the next one says how many were left out."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._lock = threading.Lock()
        self._written_at: dict[str, float] = {}
        self._left_out: dict[str, int] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        topic = _TOPICS.get(str(record.msg)) if record.levelno < logging.CRITICAL else None
        if topic is None or record.exc_info:
            return True
        with self._lock:
            at, now = self._written_at.get(topic), self._clock()
            if at is not None and now - at < SECONDS:
                self._left_out[topic] = self._left_out.get(topic, 0) + 1
                return False
            self._written_at[topic] = now
            left_out = self._left_out.pop(topic, 0)
        if left_out:
            record.left_out = left_out
        return True
