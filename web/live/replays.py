"""Events that a subscriber missed, from the streams of sessions in Redis.

Thousands of clients may come back at once, after a restart. Their requests are read together: one
round trip for each batch.
"""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections import deque
from dataclasses import dataclass
from itertools import islice
from typing import Any, ClassVar, Final

import gevent
import redis
from gevent.event import AsyncResult, Event
from redis.client import Pipeline

from tasks.domain import events
from tasks.domain.errors import NotReady
from tasks.messaging import keys
from tasks.messaging.emission import SESSION_STREAM_LENGTH
from tasks.messaging.entries import readable
from tasks.messaging.redis_client import reason
from web.errors import EventsGone

log = logging.getLogger(__name__)

BATCH: Final = 100
WAIT_SECONDS: Final = 30.0
BEGINNING: Final = "0-0"
_MOST: Final = 10_000
_RECENT: Final = 20
"""Events in which one of a job is looked for; others are of uploads."""


@dataclass(frozen=True, slots=True)
class Position:
    """Where a subscriber begins: an event's id, and the newest event of a job up to it."""

    last_event_id: str
    event: events.Event | None = None


class _Query(ABC):
    """A question about the stream of a session, which is read together with others."""

    commands: ClassVar[int]

    def __init__(self, session: str) -> None:
        self.stream = keys.session(session)
        self.result: AsyncResult[Any] = AsyncResult()

    @abstractmethod
    def ask(self, pipe: Pipeline) -> None:
        """Add the commands of this question."""

    @abstractmethod
    def settle(self, answers: list[Any]) -> None:
        """Set the result from the answers to them."""


class _Missed(_Query):
    """What came after an event."""

    commands = 4

    def __init__(self, session: str, after: str) -> None:
        super().__init__(session)
        self._after = after

    def ask(self, pipe: Pipeline) -> None:
        pipe.get(keys.WIPED)
        pipe.xrange(self.stream, "-", "+", 1)
        pipe.xlen(self.stream)
        pipe.xrange(self.stream, f"({self._after}", "+", _MOST)

    def settle(self, answers: list[Any]) -> None:
        wiped, first, length, entries = answers
        if _may_miss(self._after, first, length, wiped):
            self.result.set_exception(EventsGone())
        else:
            self.result.set(list(readable(entries)))


class _Newest(_Query):
    """The last events, up to a known one or of all."""

    commands = 1

    def __init__(self, session: str, known: str | None) -> None:
        super().__init__(session)
        self._known = known

    def ask(self, pipe: Pipeline) -> None:
        pipe.xrevrange(self.stream, self._known or "+", "-", _RECENT)

    def settle(self, answers: list[Any]) -> None:
        [entries] = answers
        last = self._known or (entries[0][0] if entries else BEGINNING)
        of_jobs = (event for event in readable(entries) if event.job_id is not None)
        self.result.set(Position(last, next(of_jobs, None)))


class Replays:
    """Reads what subscribers missed."""

    def __init__(self, client: redis.Redis) -> None:
        self._redis = client
        self._waiting: deque[_Query] = deque()
        self._wanted = Event()

    def start(self) -> None:
        """Start the greenlet that reads."""
        gevent.spawn(self._run)

    def missed(self, session: str, after: str) -> list[events.Event]:
        """Return the events of a session after an id.

        Raises `EventsGone` if Redis may have lost some of them, and `NotReady` during an outage.
        """
        found: list[events.Event] = self._answered(_Missed(session, after))
        return found

    def position(self, session: str, known: str | None) -> Position:
        """Return where a subscriber begins: after an event that it knows, or at the newest one."""
        found: Position = self._answered(_Newest(session, known))
        return found

    def find(self, session: str, known: str) -> events.Event | None:
        """Return the event of a session with this id if it is still in Redis."""
        try:
            found: Any = self._redis.xrange(keys.session(session), known, known)
        except redis.RedisError:
            raise NotReady from None
        return next(readable(found), None)

    def _answered(self, query: _Query) -> Any:
        self._waiting.append(query)
        self._wanted.set()
        try:
            return query.result.get(timeout=WAIT_SECONDS)
        except gevent.Timeout:
            raise NotReady from None

    def _run(self) -> None:
        while True:
            self._wanted.wait()
            self._wanted.clear()
            while self._waiting:
                count = min(BATCH, len(self._waiting))
                self._answer([self._waiting.popleft() for _ in range(count)])

    def _answer(self, batch: list[_Query]) -> None:
        pipe = self._redis.pipeline(transaction=False)
        for query in batch:
            query.ask(pipe)
        try:
            answers = pipe.execute(raise_on_error=False)
        except redis.RedisError as error:
            log.warning("streams of sessions unavailable", extra=reason(error))
            for query in batch:
                query.result.set_exception(NotReady())
            return
        rest = iter(answers)
        for query in batch:
            own = list(islice(rest, query.commands))
            if any(isinstance(one, Exception) for one in own):
                query.result.set_exception(NotReady())
            else:
                query.settle(own)


def _may_miss(after: str, first: Any, length: int, wiped: str | None) -> bool:
    """Return whether a stream may have lost events after an id."""
    if events.id_order(after) == (0, 0):
        return length >= SESSION_STREAM_LENGTH or wiped is not None
    return not first or events.id_order(first[0][0]) > events.id_order(after)
