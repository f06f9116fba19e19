"""Send queued mails in a thread of the leader, so that a slow mail server delays nothing else."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from typing import Final

from flask import Flask

from tasks.messaging import redis_client
from web.accounts.mails import COMPOSERS
from web.dead_letters import letters
from web.dead_letters.letters import Letter
from web.dead_letters.outages import is_outage
from web.notifications.delivery import Delivery
from web.notifications.models import QueuedMail
from web.services import Services

log = logging.getLogger(__name__)

POLL_SECONDS: Final = 0.5
OUTAGE_SECONDS: Final = 2.0
MOST_LETTERS: Final = 100


class MailSender:
    """Sends the mails that are due while this process leads."""

    def __init__(
        self,
        app: Flask,
        services: Services,
        is_leader: Callable[[], bool],
        count: Callable[[str], object] = str,
    ) -> None:
        self._app = app
        self._delivery = Delivery(services, COMPOSERS, self._give_up, count)
        self._is_leader = is_leader
        self._letters: deque[Letter] = deque(maxlen=MOST_LETTERS)
        self._stop_event = threading.Event()
        self._thread = threading.Thread(target=self._run, name="mail-sender", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._stop_event.set()
        self._thread.join(timeout=5)

    def given_up(self) -> list[Letter]:
        """Take the mails that were given up since the last call; the controller stores them."""
        return [self._letters.popleft() for _ in range(len(self._letters))]

    def _run(self) -> None:
        with self._app.app_context():
            while not self._stop_event.is_set():
                self._stop_event.wait(self._turn())

    def _turn(self) -> float:
        """Send what is due, and return how long to wait."""
        if not self._is_leader():
            return POLL_SECONDS
        try:
            sent = self._delivery.run_due()
        except Exception as error:
            # The next mails must not wait for whatever this is.
            if is_outage(error):
                log.warning("mails wait", extra=redis_client.reason(error))
            else:
                log.exception("mails not sent")
            return OUTAGE_SECONDS
        return 0.0 if sent else POLL_SECONDS

    def _give_up(self, row: QueuedMail) -> None:
        self._letters.append(
            Letter(letters.MAIL, row.id, row.kind, row.error, "The mail could not be sent.")
        )
