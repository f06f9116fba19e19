"""The live channel: the events of all sessions as a web process hears them.

Pub/sub loses messages while a subscriber is disconnected, so each new subscription first reads the
events after the last received one from the event stream. If the stream does not contain that one
any more, because Redis was wiped meanwhile, events may be missing that are not published again. The
database has the ends of jobs; other events are emitted again when their steps are found again.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from enum import Enum
from typing import Any, Final

import redis

from tasks.domain.events import Event, id_order
from tasks.domain.wire import Malformed
from tasks.messaging import keys
from tasks.messaging.entries import decode_live, is_seed, readable
from tasks.messaging.redis_client import reason
from tasks.telemetry.dropped import Dropped

log = logging.getLogger(__name__)

AHEAD_SECONDS: Final = 1.0
"""How far the id of a live event may be ahead of our clock before it is checked in the stream."""
IDLE_SECONDS: Final = 1.0
"""How long to wait for a message before saying that there is none."""
CHECK_SECONDS: Final = 0.05
"""The same while the database may not have all events that were published before a wipe."""
PATIENCE_SECONDS: Final = 5.0
"""How long events are held back for that; the controller may be down as well."""


class Notice(Enum):
    """What a listener hears besides events."""

    GAP = "events may be missing; hold back what follows"
    RECOVERED = "the database has the ends that were published before the gap"


Heard = Event | Notice | None
"""What a listener hears; None after a while without anything."""


class LiveChannel:
    """One listener to the live channel."""

    def __init__(self, client: redis.Redis, dropped: Dropped) -> None:
        self._client = client
        self._dropped = dropped
        self._highest = _Highest()
        self._last = "0-0"
        self._has_subscribed = False
        self._gap_since: float | None = None
        """When a gap was noticed, until the controller has noticed the wipe too."""
        self._is_holding = False

    def listen(self) -> Iterator[Heard]:
        """Yield what is heard, for ever.

        After a wipe of Redis the restored progress may be lower than what clients saw; the
        progress that is yielded for a job never falls.
        """
        self._last = self._newest()
        while True:
            try:
                with self._client.pubsub() as channel:  # type: ignore[no-untyped-call]
                    channel.subscribe(keys.LIVE)
                    while True:
                        yield from self._next(channel)
            except redis.RedisError as error:
                log.warning("live channel lost, subscribing again", extra=reason(error))
                time.sleep(0.2)
                yield None

    def _next(self, channel: Any) -> Iterator[Heard]:
        idle = IDLE_SECONDS if self._gap_since is None else CHECK_SECONDS
        message = channel.get_message(timeout=idle)
        # First, because what jobs report after a wipe follows what is recovered.
        yield from self._recovered()
        if message is None:
            yield None
        elif message["type"] == "message":
            yield from self._new([self._verified(message["data"])])
        else:
            # Subscribed: by us, or by redis-py, which reconnects silently.
            yield from self._missed()

    def _missed(self) -> Iterator[Heard]:
        """Yield what the event stream has after the last event, and whether it reaches back."""
        pipe = self._client.pipeline()
        pipe.xrange(keys.EVENT_STREAM, self._last, self._last)
        pipe.xrange(keys.EVENT_STREAM, f"({self._last}", "+")
        found, missed = pipe.execute()
        reaches_back = any(not is_seed(entry) for _, entry in found)
        if self._has_subscribed and not reaches_back:
            log.warning("the event stream does not reach back", extra={"after": self._last})
            self._gap_since = time.monotonic()
            yield self._hold()
        self._has_subscribed = True
        yield from self._new(readable(missed))

    def _recovered(self) -> Iterator[Heard]:
        """Yield a notice once the controller has begun a turn since the wipe.

        Before that it may not have committed what it published before the wipe.
        """
        if self._gap_since is None:
            return
        is_recovered = bool(self._client.exists(keys.MARKER))
        if is_recovered:
            self._gap_since = None
            if not self._is_holding:  # it came late
                yield self._hold()
        elif time.monotonic() - self._gap_since < PATIENCE_SECONDS:
            return
        if self._is_holding:
            self._is_holding = False
            yield Notice.RECOVERED

    def _hold(self) -> Notice:
        self._is_holding = True
        return Notice.GAP

    def _new(self, events: Iterable[Event | None]) -> Iterator[Event | None]:
        """Yield the events that were not heard before."""
        for event in events:
            if event is None:
                yield None
            elif id_order(event.event_id) > id_order(self._last):
                self._last = event.event_id
                yield self._highest.lift(event)

    def _verified(self, data: str) -> Event | None:
        """Return the event of a live message if its id was assigned by the script.

        The script writes an event to the event stream before it publishes it. An id ahead of
        the clock may come from a seed, or from an attacker who wants later events to look old:
        only the stream can tell.
        """
        try:
            event = decode_live(data)
        except Malformed as error:
            self._dropped.count(str(error))
            return None
        milliseconds, _ = order = id_order(event.event_id)
        if milliseconds > 1000 * (time.time() + AHEAD_SECONDS) and order > id_order(self._newest()):
            self._dropped.count("the id is not in the stream")
            return None
        return event

    def _newest(self) -> str:
        try:
            newest: Any = self._client.xrevrange(keys.EVENT_STREAM, count=1)
        except redis.RedisError:
            return "0-0"
        return newest[0][0] if newest else "0-0"


class _Highest:
    """The highest progress of each running job that one subscriber has received."""

    MOST = 10_000
    """Jobs that are tracked at most."""

    def __init__(self) -> None:
        self._percents: dict[str, float] = {}

    def lift(self, event: Event) -> Event:
        if event.job_id is None:
            return event
        percent = max(event.progress_percent, self._percents.get(event.job_id, 0.0))
        if event.event_type.terminal:
            self._percents.pop(event.job_id, None)
        else:
            self._percents[event.job_id] = percent
            if len(self._percents) > self.MOST:
                del self._percents[next(iter(self._percents))]
        return replace(event, progress_percent=percent)
