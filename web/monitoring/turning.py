"""Whether the controller turns: it says so in Redis at the end of each loop.

A process that lives decides nothing by that: it may be frozen, stuck in a call, or failing at
the same place again and again. So the leader writes two moments by the clock of Redis: when it
last completed a turn, and when it last began to do anything at all. Health goes by the first,
whoever would restart it by the second, for a new process fails where the old one did.
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
"""Hash: when the leader last completed a turn, when it last moved, and what it fails with."""
LATE_SECONDS: Final = 4.0
"""A controller that has not completed a turn for so long does not turn."""
STUCK_SECONDS: Final = 30.0
"""One that has not even begun one for so long is restarted."""
START_SECONDS: Final = 10.0
"""What a first turn may take after the start of its process."""
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
    """In the controller: says that it turns, and why it does not."""

    def __init__(self, client: redis.Redis, name: str) -> None:
        self._write = client.register_script(_WRITE)
        self._name = name
        self._written_at = -WRITE_SECONDS
        self.failures = 0
        """Turns that failed in a row."""

    def completed(self) -> None:
        """A turn is over and nothing of it failed."""
        recovered, self.failures = self.failures > 0, 0
        self._say("", completed=True, now=recovered)

    def moved(self) -> None:
        """Within a turn that takes long, one piece of it is done."""
        self._say("", completed=not self.failures)

    def failed(self, problem: Exception) -> None:
        """A turn ended early; the next one is on its way."""
        self.failures += 1
        with suppress(redis.RedisError):  # it may be what is away
            self._say(type(problem).__name__, completed=False, now=True)

    def may_take(self, seconds: int) -> None:
        """The next piece is a long one: health tells of it, and it is no reason to restart."""
        self._say("", completed=not self.failures, now=True, grace=seconds)

    def _say(self, failing: str, *, completed: bool, now: bool = False, grace: int = 0) -> None:
        moment = time.monotonic()
        if not now and moment - self._written_at < WRITE_SECONDS:
            return
        args = self._name, failing, "1" if completed else "0", grace
        self._write(keys=[TURN], args=list(args))
        self._written_at = moment


@dataclass(frozen=True, slots=True)
class Turn:
    """What the leader said last."""

    by: str
    completed_ago: float
    """Seconds; infinite where it has not completed one."""
    moved_ago: float
    failing: str
    """The class of what its last turn failed with."""

    @property
    def late(self) -> bool:
        return self.completed_ago > LATE_SECONDS

    @property
    def stuck(self) -> bool:
        return self.moved_ago > STUCK_SECONDS

    def __str__(self) -> str:
        since = f"for {self.completed_ago:.0f} s" if math.isfinite(self.completed_ago) else "yet"
        why = f" ({self.failing})" if self.failing else ""
        return f"the leading control has not completed a turn {since}{why}"


def last_turn(client: redis.Redis) -> Turn | None:
    """None where no controller has led since Redis began; the client may speak bytes."""
    raw: Any = client.hgetall(TURN)
    told = {_text(name): _text(value) for name, value in raw.items()}
    if not told:
        return None
    moment = clock(client)
    completed, moved = (_ago(moment, told.get(name, "")) for name in ("completed", "moved"))
    return Turn(told.get("by", ""), completed, moved, safe_text(told.get("failing", ""), 100))


def why_not_turning(client: redis.Redis) -> str:
    """A sentence where a controller is there, or was, and does not turn; empty otherwise.

    Where none ever was, that is not for this to say: a system is put together in some order.
    """
    turn = last_turn(client)
    if turn is not None:
        return str(turn) if turn.late else ""
    began = [process.started for process in known(client) if process.role in (LEADER, STANDBY)]
    if began and clock(client) - min(began) > START_SECONDS:
        return "no control has completed a turn yet"
    return ""


def _ago(moment: float, told: str) -> float:
    try:
        at = float(told)
    except ValueError:
        return math.inf
    return max(0.0, moment - at) if math.isfinite(at) else math.inf


def _text(value: str | bytes) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
