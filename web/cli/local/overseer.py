"""End a controller that makes no progress, so that the process manager restarts it.

The process manager notices processes that end, but not ones that hang. Health reports a hanging
controller within seconds; the overseer acts on it. Each restart that does not help doubles the
time until the next one.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

import redis

from config.process_names import process_number
from config.settings import Settings
from tasks.messaging.redis_client import connect_fail_fast
from web.cli.local.process_manager import Manager
from web.monitoring.turning import LATE_SECONDS, STUCK_SECONDS, Turn, last_turn

CHECK_SECONDS: Final = 1.0
LONGEST_PAUSE: Final = 600.0
WELL_SECONDS: Final = 300.0
"""After this long without a restart, the delay is reset."""
CONTROL: Final = "control"

Report = Callable[[str], None]


@dataclass(slots=True)
class Overseer:
    """The state of one system's controller."""

    pid: Callable[[], int]
    """The controller's process id; 0 if there is none."""
    last_turn: Callable[[], Turn | None]
    report: Report
    end: Callable[[int], None]
    clock: Callable[[], float] = time.monotonic
    _reported: bool = False
    _restarts: int = 0
    _restarted_at: float = field(default=-LONGEST_PAUSE - WELL_SECONDS)

    def check(self) -> None:
        """Check the controller; call this every second."""
        turn, pid = self.last_turn(), self.pid()
        if turn is None or not pid or turn.by.rpartition(".")[2] != process_number(pid):
            return  # no leader yet, or still starting
        if not turn.late:
            if self._reported:
                self.report("controller makes progress again")
            self._reported = False
            return
        if not self._reported:
            self._reported = True
            self.report(f"controller makes no progress: {turn}")
        moment = self.clock()
        since = moment - self._restarted_at
        if since > LONGEST_PAUSE + WELL_SECONDS:
            self._restarts = 0
        if turn.moved_ago > STUCK_SECONDS and since >= self._pause():
            self._restarts += 1
            self._restarted_at = moment
            self.report(
                f"controller has made no progress for {turn.moved_ago:.0f} s and is restarted"
            )
            self.end(pid)

    def _pause(self) -> float:
        return 0.0 if not self._restarts else min(STUCK_SECONDS * 2**self._restarts, LONGEST_PAUSE)


class OverseerThread:
    """A thread that oversees the controller while the system runs."""

    def __init__(self, settings: Settings, manager: Manager, report: Report) -> None:
        client = connect_fail_fast(settings)
        self._stop_eventseer = Overseer(
            lambda: next((p.pid for p in manager.processes() if p.name == CONTROL), 0),
            lambda: last_turn(client),
            report,
            _kill,
        )
        self._stop_event = threading.Event()
        self._thread = threading.Thread(target=self._run, name="overseer", daemon=True)

    def __enter__(self) -> OverseerThread:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop_event.set()
        self._thread.join(2 * LATE_SECONDS)

    def _run(self) -> None:
        while not self._stop_event.wait(CHECK_SECONDS):
            with suppress(redis.RedisError, OSError):  # unknown while Redis is unavailable
                self._stop_eventseer.check()


def _kill(pid: int) -> None:
    """Kill the process, which would not handle a signal."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
