"""Whether the controller makes progress, which it records in Redis after each loop.

That a process lives says little: it may be frozen, stuck in a call, or failing at the same place
again and again. So the leader writes two times by the clock of Redis: when it last completed a
turn of its loop, and when it last began any piece of work. Health uses the first. The overseer
restarts by the second only, because a new process would fail where the old one did.
"""

from __future__ import annotations

import math
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

import redis

from tasks.domain.wire import safe_text
from tasks.messaging import keys
from tasks.nodes.registry import clock
from web.monitoring.heartbeats import LEADER, STANDBY, known

TURN: Final = f"{keys.CONTROL}:turn"
"""Redis hash: when the leader last completed a turn, last moved, and its last error."""
LATE_SECONDS: Final = 4.0
"""A controller without a completed turn for this long makes no progress."""
STUCK_SECONDS: Final = 30.0
"""A controller that has not begun any work for this long is restarted."""
START_SECONDS: Final = 10.0
"""The time allowed for the first turn after the start."""
WRITE_SECONDS: Final = 0.25

_WRITE: Final = """
local now = redis.call('TIME')
local seconds, micros = tonumber(now[1]), string.format('%06d', tonumber(now[2]))
local at = string.format('%d.', seconds) .. micros
local moved = string.format('%d.', seconds + tonumber(ARGV[4])) .. micros
redis.call('HSET', KEYS[1], 'by', ARGV[1], 'moved', moved, 'failing', ARGV[2])
if ARGV[3] == '1' then redis.call('HSET', KEYS[1], 'completed', at) end
"""


class Turning:
    """Records the controller's progress, or its last error."""

    def __init__(self, client: redis.Redis, name: str) -> None:
        self._write = client.register_script(_WRITE)
        self._name = name
        self._written_at = -WRITE_SECONDS
        self.failures = 0
        """Consecutive failed turns."""

    def completed(self) -> None:
        """Record a completed turn."""
        recovered, self.failures = self.failures > 0, 0
        self._record("", completed=True, now=recovered)

    def moved(self) -> None:
        """Record progress within a long turn."""
        self._record("", completed=not self.failures)

    def failed(self, error: Exception) -> None:
        """Record a failed turn."""
        self.failures += 1
        with suppress(redis.RedisError):  # Redis may be what failed
            self._record(type(error).__name__, completed=False, now=True)

    def may_take(self, seconds: int) -> None:
        """Announce a long piece of work, which is no reason for a restart."""
        self._record("", completed=not self.failures, now=True, grace=seconds)

    def _record(self, failing: str, *, completed: bool, now: bool = False, grace: int = 0) -> None:
        moment = time.monotonic()
        if not now and moment - self._written_at < WRITE_SECONDS:
            return
        args = self._name, failing, "1" if completed else "0", grace
        self._write(keys=[TURN], args=list(args))
        self._written_at = moment


@dataclass(frozen=True, slots=True)
class Turn:
    """The progress that the leader recorded last."""

    by: str
    completed_ago: float
    """Seconds since the last completed turn; infinite if there is none."""
    moved_ago: float
    failing: str
    """The class of the last turn's error."""

    @property
    def late(self) -> bool:
        return self.completed_ago > LATE_SECONDS

    @property
    def stuck(self) -> bool:
        return self.moved_ago > STUCK_SECONDS

    def __str__(self) -> str:
        since = f"for {self.completed_ago:.0f} s" if math.isfinite(self.completed_ago) else "yet"
        why = f" ({self.failing})" if self.failing else ""
        return f"the leading controller has not completed a turn {since}{why}"


def last_turn(client: redis.Redis) -> Turn | None:
    """Read the progress; None if no controller has led since Redis started."""
    raw: Any = client.hgetall(TURN)
    recorded = {_text(name): _text(value) for name, value in raw.items()}
    if not recorded:
        return None
    moment = clock(client)
    completed, moved = (_ago(moment, recorded.get(name, "")) for name in ("completed", "moved"))
    return Turn(
        recorded.get("by", ""), completed, moved, safe_text(recorded.get("failing", ""), 100)
    )


def why_not_turning(client: redis.Redis) -> str:
    """Return why a controller that has led makes no progress; "" if it does or none has led."""
    turn = last_turn(client)
    if turn is not None:
        return str(turn) if turn.late else ""
    began = [process.started for process in known(client) if process.role in (LEADER, STANDBY)]
    if began and clock(client) - min(began) > START_SECONDS:
        return "no controller has completed a turn yet"
    return ""


def _ago(moment: float, recorded: str) -> float:
    try:
        at = float(recorded)
    except ValueError:
        return math.inf
    return max(0.0, moment - at) if math.isfinite(at) else math.inf


def _text(value: str | bytes) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
