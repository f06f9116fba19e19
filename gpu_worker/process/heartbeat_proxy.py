"""Send heartbeats from the parent process while a pool process is replaced.

A new pool process imports packages for seconds, with torch for many. Without heartbeats in that
time, the next message, which the parent already holds, would count as lost, or the sweeper would
find no worker for the job; either costs the job an attempt. So the parent sends heartbeats for its
messages and keeps the worker registered, but only for a limited time.
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
"""Longer than a process may take to start (`worker_proc_alive_timeout`)."""
BEAT_SECONDS: Final = 1.0


class HeartbeatProxy:
    """Sends heartbeats from the parent's event loop."""

    def __init__(self, shared: Coordination, name: str, lease_seconds: float) -> None:
        self._shared = shared
        self._name = name
        self._lease_seconds = lease_seconds
        self._until = 0.0

    def begin(self, **_: Any) -> None:
        """Note that a process is about to start."""
        self._until = time.monotonic() + START_SECONDS

    def send(self) -> None:
        """Report that the worker is alive, and hold its waiting messages."""
        if time.monotonic() > self._until:
            return
        try:
            self._shared.keep(self._name)
            for request in list(state.reserved_requests - state.active_requests):
                self._shared.hold(request.id, self._name, self._lease_seconds)
        except redis.RedisError as error:
            log.debug("heartbeat not sent", extra={"error": type(error).__name__})


def install(app: Celery, shared: Coordination, name: str, settings: Settings) -> None:
    """Make the parent of this application's pool send heartbeats between processes."""
    heartbeat_proxy = HeartbeatProxy(shared, name, settings.lease_seconds)

    class SendHeartbeats(bootsteps.StartStopStep):  # type: ignore[misc]  # celery has no types
        requires = ("celery.worker.consumer.tasks:Tasks",)

        def start(self, parent: Any) -> None:
            parent.timer.call_repeatedly(BEAT_SECONDS, heartbeat_proxy.send)

    signals.worker_before_create_process.connect(heartbeat_proxy.begin, weak=False)
    app.steps["consumer"].add(SendHeartbeats)
