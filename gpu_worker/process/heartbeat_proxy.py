"""Speaks for a worker while its pool process is replaced: its parent lives, and holds messages.

Found by replacing a process after each stage. Its successor imports for seconds, with torch for
many, and nobody beat meanwhile: the next step's message, taken from the broker and in no
process's hands, counted as lost, or the sweeper found no worker that could go on. Both cost the
job an attempt. So the parent beats for what it holds, and keeps the worker on the list. Not for
ever: a process that does not come up is no worker.
"""

from __future__ import annotations

import logging
import time
from typing import Any, Final

import redis
from celery import Celery, bootsteps, signals
from celery.worker import state

from config.settings import Settings
from tasks.nodes.coordination import Coordination

log = logging.getLogger(__name__)

START_SECONDS: Final = 150.0
"""More than a process gets to say hello (`worker_proc_alive_timeout`)."""
SPEAK_SECONDS: Final = 1.0


class HeartbeatProxy:
    """The parent's voice, in the turns of its own loop."""

    def __init__(self, shared: Coordination, name: str, lease_seconds: float) -> None:
        self._shared = shared
        self._name = name
        self._lease_seconds = lease_seconds
        self._until = 0.0

    def begin(self, **_: Any) -> None:
        """A process is about to be made."""
        self._until = time.monotonic() + START_SECONDS

    def send(self) -> None:
        """What nobody else says: that the worker is there, and what waits in its hands."""
        if time.monotonic() > self._until:
            return
        try:
            self._shared.keep(self._name)
            for request in list(state.reserved_requests - state.active_requests):
                self._shared.hold(request.id, self._name, self._lease_seconds)
        except redis.RedisError as error:
            log.debug("not told: %s", type(error).__name__)


def install(app: Celery, shared: Coordination, name: str, settings: Settings) -> None:
    """Let the parent of this application's pool speak where a process cannot."""
    heartbeat_proxy = HeartbeatProxy(shared, name, settings.lease_seconds)

    class Speaking(bootsteps.StartStopStep):  # type: ignore[misc]  # celery has no types
        requires = ("celery.worker.consumer.tasks:Tasks",)

        def start(self, parent: Any) -> None:
            parent.timer.call_repeatedly(SPEAK_SECONDS, heartbeat_proxy.send)

    signals.worker_before_create_process.connect(heartbeat_proxy.begin, weak=False)
    app.steps["consumer"].add(Speaking)
