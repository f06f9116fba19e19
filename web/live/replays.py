"""Events that a subscriber missed, from the streams of sessions in Redis.

Thousands of clients may come back at once, after a restart. Their requests are read together: one
round trip for each batch.
"""

from __future__ import annotations

import logging
from collections import deque
from contextlib import suppress
from typing import Any, Final

import gevent
import redis
from gevent.event import AsyncResult, Event

from tasks.domain import events
from tasks.domain.errors import NotReady
from tasks.domain.wire import Malformed
from tasks.messaging import keys
from tasks.messaging.emission import SESSION_STREAM_LENGTH
from tasks.messaging.event_bus import decode
from tasks.messaging.redis_client import reason
from web.errors import EventsGone

log = logging.getLogger(__name__)

BATCH: Final = 100
WAIT_SECONDS: Final = 30.0
BEGINNING: Final = "0-0"
_MOST: Final = 10_000


class Replays:
    """Reads what subscribers missed."""

    def __init__(self, client: redis.Redis) -> None:
        self._redis = client
        self._waiting: deque[tuple[str, str, AsyncResult[list[events.Event]]]] = deque()
        self._wanted = Event()

    def start(self) -> None:
        """Start the greenlet that reads."""
        gevent.spawn(self._run)

    def missed(self, session: str, after: str) -> list[events.Event]:
        """Return the events of a session after an id.

        Raises `EventsGone` if Redis may have lost some of them, and `NotReady` during an outage.
        """
        result: AsyncResult[list[events.Event]] = AsyncResult()
        self._waiting.append((session, after, result))
        self._wanted.set()
        try:
            found: list[events.Event] = result.get(timeout=WAIT_SECONDS)
        except gevent.Timeout:
            raise NotReady from None
        return found

    def newest(self, session: str) -> str:
        """Return the id of the last event of a session that is still in Redis."""
        try:
            found: Any = self._redis.xrevrange(keys.session(session), count=1)
        except redis.RedisError:
            raise NotReady from None
        return found[0][0] if found else BEGINNING

    def find(self, session: str, known: str) -> events.Event | None:
        """Return the event of a session with this id if it is still in Redis."""
        try:
            found: Any = self._redis.xrange(keys.session(session), known, known)
        except redis.RedisError:
            raise NotReady from None
        return next(iter(_read(found)), None)

    def _run(self) -> None:
        while True:
            self._wanted.wait()
            self._wanted.clear()
            while self._waiting:
                count = min(BATCH, len(self._waiting))
                self._answer([self._waiting.popleft() for _ in range(count)])

    def _answer(self, batch: list[tuple[str, str, AsyncResult[list[events.Event]]]]) -> None:
        pipe = self._redis.pipeline(transaction=False)
        pipe.get(keys.WIPED)
        for session, after, _ in batch:
            name = keys.session(session)
            pipe.xrange(name, "-", "+", 1)
            pipe.xlen(name)
            pipe.xrange(name, f"({after}", "+", _MOST)
        try:
            wiped, *answers = pipe.execute(raise_on_error=False)
        except redis.RedisError as error:
            log.warning("streams of sessions unavailable", extra=reason(error))
            for *_, result in batch:
                result.set_exception(NotReady())
            return
        for number, (_, after, result) in enumerate(batch):
            first, length, entries = answers[3 * number : 3 * number + 3]
            if any(isinstance(one, Exception) for one in (wiped, first, length, entries)):
                result.set_exception(NotReady())
            elif _may_miss(after, first, length, wiped):
                result.set_exception(EventsGone())
            else:
                result.set(_read(entries))


def _may_miss(after: str, first: Any, length: int, wiped: str | None) -> bool:
    """Return whether a stream may have lost events after an id."""
    if events.id_order(after) == (0, 0):
        return length >= SESSION_STREAM_LENGTH or wiped is not None
    return not first or events.id_order(first[0][0]) > events.id_order(after)


def _read(entries: Any) -> list[events.Event]:
    found = []
    for event_id, entry in entries:
        with suppress(Malformed):
            found.append(decode(event_id, entry))
    return found
