"""End streams whose sign-in is over, as Redis says.

Only the database knows whether a login, a key or a role has ended. A live process names the
sign-ins that its streams depend on; a web process checks them and names those that are over
(`web/access/crowd_sign_ins.py`).
"""

from __future__ import annotations

import logging
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any, Final

import gevent
import redis

from tasks.domain.errors import NotReady
from tasks.messaging import keys
from tasks.messaging.redis_client import reason

log = logging.getLogger(__name__)

CHECK_SECONDS: Final = 1.0
NAME_SECONDS: Final = 20.0
"""How often the sign-ins are named again; those that no process names any more are forgotten."""
UNCHECKED_SECONDS: Final = 300.0
"""How long streams go on while no web process checks their sign-ins."""
SKEW_SECONDS: Final = 60.0
"""How far the clocks of web processes may differ."""
_BATCH: Final = 500


class SignIns:
    """The sign-ins of the streams of this process."""

    def __init__(self, client: redis.Redis) -> None:
        self._redis = client
        self._ends: defaultdict[str, dict[object, Callable[[], None]]] = defaultdict(dict)
        self._since = "-inf"
        self._named_at = 0.0
        self._checked_at = time.monotonic()

    def start(self) -> None:
        """Start the greenlet that checks."""
        gevent.spawn(self._run)

    def is_over(self, sign_in: str) -> bool:
        """Return whether a sign-in is known to be over."""
        try:
            return self._redis.zscore(keys.ENDED_SIGN_INS, sign_in) is not None
        except redis.RedisError:
            raise NotReady from None

    def watch(self, sign_in: str, end: Callable[[], None]) -> Callable[[], None]:
        """Call `end` once the sign-in is over; return a function that stops watching it."""
        key = object()
        if sign_in not in self._ends:
            self._named_at = 0.0  # name it at once
        self._ends[sign_in][key] = end
        return lambda: self._stop(sign_in, key)

    def _stop(self, sign_in: str, key: object) -> None:
        ends = self._ends.get(sign_in)
        if ends is not None:
            ends.pop(key, None)
            if not ends:
                del self._ends[sign_in]

    def _run(self) -> None:
        while True:
            gevent.sleep(CHECK_SECONDS)
            if self._ends:
                try:
                    self._check()
                except redis.RedisError as error:
                    log.warning("sign-ins not checked", extra=reason(error))
            else:
                self._checked_at = time.monotonic()

    def _check(self) -> None:
        now = time.monotonic()
        if now - self._named_at > NAME_SECONDS:
            self._name()
            self._named_at = now
        pipe = self._redis.pipeline(transaction=False)
        pipe.zrangebyscore(keys.ENDED_SIGN_INS, self._since, "+inf", withscores=True)
        pipe.exists(keys.SIGN_INS_CHECKED)
        ended, is_checked = pipe.execute()
        for sign_in, score in ended:
            self._since = repr(score - SKEW_SECONDS)
            self._end(sign_in)
        if is_checked:
            self._checked_at = now
        elif now - self._checked_at > UNCHECKED_SECONDS:
            log.warning("no web process checks sign-ins; their streams end")
            for sign_in in list(self._ends):
                self._end(sign_in)

    def _name(self) -> None:
        moment, names = time.time(), list(self._ends)
        for first in range(0, len(names), _BATCH):
            scores: dict[Any, float] = dict.fromkeys(names[first : first + _BATCH], moment)
            self._redis.zadd(keys.LIVE_SIGN_INS, scores)

    def _end(self, sign_in: str) -> None:
        for end in list(self._ends.get(sign_in, {}).values()):
            end()
