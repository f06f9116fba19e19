"""Have a service moderate pictures in a thread of the leader, so that nothing else waits."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Final

from flask import Flask

from web.dead_letters.outages import is_outage
from web.images import rekognition
from web.images.rekognition import Rekognition
from web.services import Services

log = logging.getLogger(__name__)

POLL_SECONDS: Final = 1.0


class Moderator:
    """Moderates the pictures that are due while this process leads, if a service does that."""

    def __init__(self, app: Flask, services: Services, is_leader: Callable[[], bool]) -> None:
        self._app = app
        self._is_on = services.settings.moderation.policy == rekognition.PROVIDER
        self._service = Rekognition(services)
        self._is_leader = is_leader
        self._stop_event = threading.Event()
        self._thread = threading.Thread(target=self._run, name="moderator", daemon=True)

    def start(self) -> None:
        if self._is_on:
            self._thread.start()

    def close(self) -> None:
        self._stop_event.set()
        if self._is_on:
            self._thread.join(timeout=5)

    def _run(self) -> None:
        with self._app.app_context():
            while not self._stop_event.is_set():
                if not self._turn():
                    self._stop_event.wait(POLL_SECONDS)

    def _turn(self) -> bool:
        try:
            return self._is_leader() and self._service.turn()
        except Exception as error:
            # The next pictures must not wait for whatever this is.
            if is_outage(error):
                log.warning("moderation waits", extra={"error": type(error).__name__})
            else:
                log.exception("pictures not moderated")
            return False
