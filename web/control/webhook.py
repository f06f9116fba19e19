"""`ALERT_URL`: where operators want to be told of alerts.

One thread tells it of one alert after the other, so that "healthy" never comes before the
"critical" that it takes back; whoever is away is tried again, for a while.
"""

from __future__ import annotations

import json
import logging
import queue
import threading
import time
import urllib.request
from dataclasses import dataclass, field
from typing import Any, Final

from tasks.circuit_breaker import CircuitBreakers
from tasks.domain.errors import ProviderUnavailable
from tasks.domain.events import Event

log = logging.getLogger(__name__)

CIRCUIT: Final = "alert_url"
POST_SECONDS: Final = 5.0
PAUSE: Final = 1.0
LONGEST_PAUSE: Final = 30.0
PATIENCE: Final = 600.0
"""Who hears of an alert later than this has found it out otherwise."""
MOST_WAITING: Final = 100


@dataclass(slots=True)
class Webhook:
    """An address, and what it has still to be told."""

    outside: CircuitBreakers
    address: str
    patience: float = PATIENCE
    pause: float = PAUSE
    """After the first try that failed; it doubles with each."""
    _waiting: queue.Queue[tuple[float, Event]] = field(
        default_factory=lambda: queue.Queue(MOST_WAITING)
    )
    _teller: threading.Thread | None = None

    def send(self, event: Event) -> None:
        """Soon, and without waiting for it here."""
        try:
            self._waiting.put_nowait((time.monotonic() + self.patience, event))
        except queue.Full:
            log.warning("ALERT_URL is not told: %d alerts wait for it already", MOST_WAITING)
        if self._teller is None:
            self._teller = threading.Thread(target=self._send_all, name="alert-url", daemon=True)
            self._teller.start()

    def _send_all(self) -> None:
        while True:
            until, event = self._waiting.get()
            self._deliver(event, until)

    def _deliver(self, event: Event, until: float) -> None:
        """Try until it is taken or nobody needs it any more."""
        pause, why = self.pause, ""
        while True:
            try:
                self._post(event)
            except ProviderUnavailable as error:
                why = error.details.get("error", why)
                wait = error.details.get("retry_after") or pause
                pause = min(2 * pause, LONGEST_PAUSE)
            else:
                return
            if time.monotonic() + wait > until:
                log.warning("ALERT_URL did not take an alert (%s): %s", why, event.message)
                return
            time.sleep(wait)

    def _post(self, event: Event) -> None:
        told = {"event": event.event_type.value, **event.details, "message": event.message}
        headers = {"Content-Type": "application/json", "User-Agent": "callsheet"}
        with self.outside.guarded_call(CIRCUIT, (OSError, ValueError)):
            asked = urllib.request.Request(self.address, json.dumps(told).encode(), headers)  # noqa: S310  an operator's
            _OPENER.open(asked, timeout=POST_SECONDS).close()


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """An address that sends us elsewhere is not the one that an operator gave us."""

    def redirect_request(self, *_: Any) -> None:
        return None


_OPENER: Final = urllib.request.build_opener(_NoRedirects)
