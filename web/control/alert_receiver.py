"""Send alerts to the receiver that the operator has set, `ALERT_URL`.

One thread sends them in order, so that "healthy" never arrives before the "critical" that it
ends. An alert that is not accepted is sent again for a while.
"""

from __future__ import annotations

import json
import logging
import queue
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from tasks.circuit_breaker import CircuitBreakers
from tasks.domain.errors import ProviderUnavailable
from tasks.domain.events import Event
from tasks.outbound.addresses import OPERATOR
from tasks.outbound.client import GuardedClient, RequestFailed
from tasks.outbound.destinations import DestinationRefused

log = logging.getLogger(__name__)

CIRCUIT: Final = "alert_url"
POST_SECONDS: Final = 5.0
PAUSE: Final = 1.0
LONGEST_PAUSE: Final = 30.0
GIVE_UP_SECONDS: Final = 600.0
"""An older alert is no longer useful."""
MOST_WAITING: Final = 100


@dataclass(slots=True)
class AlertReceiver:
    """The receiver's address and the alerts that wait for it."""

    circuit_breakers: CircuitBreakers
    address: str
    give_up_seconds: float = GIVE_UP_SECONDS
    pause: float = PAUSE
    """After the first failed attempt; it doubles with each."""
    _waiting: queue.Queue[tuple[float, Event] | None] = field(
        default_factory=lambda: queue.Queue(MOST_WAITING)
    )
    _client: GuardedClient = field(default_factory=lambda: GuardedClient(OPERATOR))
    _sender: threading.Thread | None = None
    _closed: threading.Event = field(default_factory=threading.Event)

    def send(self, event: Event) -> None:
        """Queue an alert, and start the sending thread if needed."""
        try:
            self._waiting.put_nowait((time.monotonic() + self.give_up_seconds, event))
        except queue.Full:
            log.warning("alert not sent to ALERT_URL", extra={"alerts_waiting": MOST_WAITING})
        if self._sender is None:
            self._sender = threading.Thread(target=self._send_all, name="alert-url", daemon=True)
            self._sender.start()

    def close(self) -> None:
        """End the sending thread; alerts that wait are dropped."""
        self._closed.set()
        if self._sender is not None:
            with suppress(queue.Full):  # then the thread takes another one, and looks
                self._waiting.put_nowait(None)
            self._sender.join(POST_SECONDS)

    def _send_all(self) -> None:
        while (waiting := self._waiting.get()) is not None and not self._closed.is_set():
            until, event = waiting
            self._deliver(event, until)

    def _deliver(self, event: Event, until: float) -> None:
        """Send an alert until it is accepted or too old."""
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
                what = {"error": why, "alert": event.message}
                log.warning("alert not accepted by ALERT_URL", extra=what)
                return
            if self._closed.wait(wait):
                return

    def _post(self, event: Event) -> None:
        alert = {"event": event.event_type.value, **event.details, "message": event.message}
        headers = {"Content-Type": "application/json"}
        failures = RequestFailed, DestinationRefused, _NotAccepted
        with self.circuit_breakers.guarded_call(CIRCUIT, failures):
            answer = self._client.request(
                "POST",
                self.address,
                content=json.dumps(alert).encode(),
                headers=headers,
                seconds=POST_SECONDS,
            )
            if not 200 <= answer.status < 300:
                raise _NotAccepted(answer.status)


class _NotAccepted(Exception):
    """The receiver answered with an error or a redirect."""
