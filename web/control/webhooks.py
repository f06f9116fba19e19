"""Deliver webhooks in threads of the leader."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Final

from flask import Flask

from tasks.messaging import redis_client
from web.dead_letters.outages import is_outage
from web.services import Services
from web.webhooks.deliverer import Deliverer
from web.webhooks.sending import Outcome

log = logging.getLogger(__name__)

POLL_SECONDS: Final = 0.5
"""How soon a retry is sent after it is due; new messages wake the thread."""
OUTAGE_SECONDS: Final = 2.0


class WebhookSender:
    """Runs the deliverer while this process leads."""

    def __init__(
        self,
        app: Flask,
        services: Services,
        is_leader: Callable[[], bool],
        count: Callable[[Outcome], object] = id,
    ) -> None:
        self._app = app
        self._deliverer = Deliverer(services, count=count)
        self._is_leader = is_leader
        self._leads = False
        self._stop_event = threading.Event()
        self._thread = threading.Thread(target=self._run, name="webhooks", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        """Look for messages now."""
        self._deliverer.wake_event.set()

    def close(self) -> None:
        self._stop_event.set()
        self.wake()
        self._thread.join(timeout=5)
        self._deliverer.close()

    def _run(self) -> None:
        with self._app.app_context():
            while not self._stop_event.is_set():
                pause = self._turn()
                self._deliverer.wake_event.wait(pause)
                self._deliverer.wake_event.clear()

    def _turn(self) -> float:
        """Send what is due, and return how long to wait."""
        try:
            if not self._is_leader():
                self._leads = False
                return POLL_SECONDS
            if not self._leads:
                self._deliverer.take_over()
                self._leads = True
            self._deliverer.turn()
        except Exception as error:
            # The next messages must not wait for whatever this is.
            if is_outage(error):
                log.warning("webhooks wait", extra=redis_client.reason(error))
            else:
                log.exception("webhooks not sent")
            return OUTAGE_SECONDS
        return POLL_SECONDS
