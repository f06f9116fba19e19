"""Check the sign-ins of streams at live processes, which have no database.

Live processes name them in Redis. One web process at a time checks them, the longest unchecked
first, and names in Redis those that are over.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any, Final

import redis
from flask import Flask

from tasks.messaging import keys
from tasks.messaging.redis_client import reason
from web.access import stream_sign_ins

log = logging.getLogger(__name__)

TURN_SECONDS: Final = 1.0
MOST_A_TURN: Final = 300
"""Sign-ins that are checked in one turn, so that a crowd of them takes little of the database."""
NAMED_SECONDS: Final = 90.0
"""How long a sign-in is checked after a live process has named it."""
ENDED_SECONDS: Final = 3600.0
"""How long one that is over is named: longer than any link that names it is valid."""
_CHECKED_SECONDS: Final = 120


class CrowdSignIns:
    """Checks sign-ins in a thread of a web process."""

    def __init__(self, app: Flask, client: redis.Redis, stopped: Callable[[float], bool]) -> None:
        """Check until `stopped(seconds)` is true."""
        self._app = app
        self._redis = client
        self._stopped = stopped
        self._next = 0

    def start(self) -> None:
        """Start the thread."""
        threading.Thread(target=self._run, name="crowd-sign-ins", daemon=True).start()

    def _run(self) -> None:
        while not self._stopped(TURN_SECONDS):
            try:
                if self._has_turn():
                    self.check()
            except redis.RedisError as error:
                log.warning("sign-ins of live streams not checked", extra=reason(error))
            except Exception:  # the thread checks the others in its next turn
                log.exception("sign-ins of live streams not checked")

    def _has_turn(self) -> bool:
        milliseconds = int(900 * TURN_SECONDS)
        return bool(self._redis.set(keys.SIGN_INS_TURN, "1", nx=True, px=milliseconds))

    def check(self) -> None:
        """Check the next sign-ins, and name those that are over."""
        moment = time.time()
        pipe = self._redis.pipeline(transaction=False)
        pipe.zremrangebyscore(keys.LIVE_SIGN_INS, "-inf", moment - NAMED_SECONDS)
        pipe.zremrangebyscore(keys.ENDED_SIGN_INS, "-inf", moment - ENDED_SECONDS)
        pipe.zcard(keys.LIVE_SIGN_INS)
        pipe.set(keys.SIGN_INS_CHECKED, "1", ex=_CHECKED_SECONDS)
        _, _, count, _ = pipe.execute()
        if not count:
            return
        first = self._next if self._next < count else 0
        self._next = first + MOST_A_TURN
        named: Any = self._redis.zrange(keys.LIVE_SIGN_INS, first, self._next - 1)
        with self._app.app_context():
            over: dict[Any, float] = {one: moment for one in named if _is_over(one)}
        if over:
            self._redis.zadd(keys.ENDED_SIGN_INS, over)
            self._redis.zrem(keys.LIVE_SIGN_INS, *over)


def _is_over(sign_in: str) -> bool:
    try:
        return stream_sign_ins.is_over(sign_in)
    except ValueError:  # of a later version
        return True
