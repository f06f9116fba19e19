"""End a worker whose consumer hangs; its process manager starts another.

kombu reads its broadcast channel without a time-out. If the answer never comes, the event loop of
the consumer waits forever, while heartbeats continue and the worker looks healthy. The most common
cause, a broken connection, is handled in `tasks/messaging/broker.py`; this is for the others. A
loop counts as hanging only while Redis answers: a worker that waits for Redis keeps its models.
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
HANG_SECONDS: Final = 30.0


class Watchdog:
    """Receives ticks from the event loop, and checks them in a thread."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._ticked = threading.Event()
        self._expected = False
        self._hung_seconds = 0.0

    def start(self) -> None:
        threading.Thread(target=self._run, name="watchdog", daemon=True).start()

    def begin(self, timer: Any) -> None:
        """Start to expect ticks from the loop of this timer."""
        timer.call_repeatedly(1.0, self._ticked.set)
        self._expected = True

    def pause(self) -> None:
        """Stop expecting ticks while the loop reconnects, which has its own time-outs."""
        self._expected = False

    def hangs(self) -> bool:
        """Check once; return whether the worker must end."""
        if self._ticked.is_set() or not self._expected:
            self._ticked.clear()
            self._hung_seconds = 0.0
        elif self._redis_answers():
            self._hung_seconds += CHECK_SECONDS
        return self._hung_seconds >= HANG_SECONDS

    def _redis_answers(self) -> bool:
        try:
            return bool(self._client.ping())
        except redis.RedisError:
            return False

    def _run(self) -> None:
        pause = threading.Event()
        while not self.hangs():
            pause.wait(CHECK_SECONDS)
        log.error("consumer hangs, ending the worker so that it is restarted")
        logging.shutdown()
        os._exit(1)


def install(app: Celery, client: redis.Redis) -> None:
    """Watch the workers of this application, after every reconnection."""
    watchdog = Watchdog(client)

    class WatchLoop(bootsteps.StartStopStep):  # type: ignore[misc]  # celery has no types
        requires = ("celery.worker.consumer.tasks:Tasks",)

        def start(self, parent: Any) -> None:
            watchdog.begin(parent.timer)

        def stop(self, parent: Any) -> None:  # noqa: ARG002  Celery passes it
            watchdog.pause()

    app.steps["consumer"].add(WatchLoop)
    watchdog.start()
