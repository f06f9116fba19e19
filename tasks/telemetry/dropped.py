"""Count dropped messages, and log them once per interval so that a flood cannot fill the log."""

from __future__ import annotations

import logging
import threading
import time

log = logging.getLogger(__name__)

LOG_SECONDS = 60.0


class Dropped:
    """Messages of one kind that could not be read."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._lock = threading.Lock()
        self._unlogged = 0
        self._logged_at = -LOG_SECONDS
        self.total = 0

    def count(self, reason: str) -> None:
        """Count one message; log its reason unless another was logged recently."""
        with self._lock:
            self.total += 1
            self._unlogged += 1
            moment = time.monotonic()
            if moment - self._logged_at < LOG_SECONDS:
                return
            several, self._unlogged, self._logged_at = self._unlogged, 0, moment
        log.warning(
            "messages dropped",
            extra={"kind": self._what, "since_last_line": several, "reason": reason},
        )
