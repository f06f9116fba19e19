"""End a worker whose consumer hangs; its process manager starts another.

kombu reads its broadcast channel without a time-out. Where that read waits for an answer that never
comes, the consumer's loop waits for ever, while heartbeats go on and everything looks well. What
the soak found most often, a connection that breaks, is put right in `tasks/messaging/broker.py`;
this is for the rest. Only a loop that stands still while
Redis answers counts: a worker that waits for Redis keeps its warm models.
"""

from __future__ import annotations

import logging
import os
import threading
from typing import Any, Final

import redis
from celery import Celery, bootsteps

log = logging.getLogger(__name__)

CHECK_SECONDS: Final = 5.0
STANDSTILL_SECONDS: Final = 30.0


class Watchdog:
    """Receives ticks from the event loop, and checks them in a thread."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._ticked = threading.Event()
        self._turning = False
        self._stood = 0.0

    def start(self) -> None:
        threading.Thread(target=self._run, name="watchdog", daemon=True).start()

    def begin(self, timer: Any) -> None:
        """Start to expect ticks from the loop of this timer."""
        timer.call_repeatedly(1.0, self._ticked.set)
        self._turning = True

    def rest(self) -> None:
        """Stop to expect ticks: the loop reconnects, which has its own time-outs."""
        self._turning = False

    def standstill(self) -> bool:
        """Check once; return whether the worker must end."""
        if self._ticked.is_set() or not self._turning:
            self._ticked.clear()
            self._stood = 0.0
        elif self._redis_answers():
            self._stood += CHECK_SECONDS
        return self._stood >= STANDSTILL_SECONDS

    def _redis_answers(self) -> bool:
        try:
            return bool(self._client.ping())
        except redis.RedisError:
            return False

    def _run(self) -> None:
        pause = threading.Event()
        while not self.standstill():
            pause.wait(CHECK_SECONDS)
        log.error("the consumer hangs: ending this worker so that it is restarted")
        logging.shutdown()
        os._exit(1)


def install(app: Celery, client: redis.Redis) -> None:
    """Watch the workers of this application, after every reconnection."""
    dog = Watchdog(client)

    class Turning(bootsteps.StartStopStep):  # type: ignore[misc]  # celery has no types
        requires = ("celery.worker.consumer.tasks:Tasks",)

        def start(self, parent: Any) -> None:
            dog.begin(parent.timer)

        def stop(self, parent: Any) -> None:  # noqa: ARG002  celery hands it over
            dog.rest()

    app.steps["consumer"].add(Turning)
    dog.start()
