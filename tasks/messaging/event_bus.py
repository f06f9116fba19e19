"""Emit every event with one id: event stream, session stream and live channel.

One script does all of it. The event stream is written first and its id is used for the others,
because a script does not roll back and a stream rejects ids that do not rise. The script also
updates the job's progress, so that all clients see the same value and it never falls.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import redis

from tasks.domain.events import Event, id_order
from tasks.domain.wire import Malformed
from tasks.messaging import keys
from tasks.messaging.emission import BEGIN, DAY, EMIT_FUNCTION, Advance, Emission
from tasks.messaging.redis_client import reason
from tasks.telemetry.dropped import Dropped

log = logging.getLogger(__name__)

ALREADY_EMITTED = "0-0"
"""Replaces the id of an event that was emitted before Redis lost its data."""
AHEAD_SECONDS = 1.0
"""How far the id of a live event may be ahead of our clock before it is checked in the stream."""
_SEED = {"seed"}
Spread = tuple[float, float]
"""The range of an estimate: one job in ten takes less than the first, one in ten more."""


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of a job in the database, from which a new dispatch continues."""

    percent: float = 0.0
    shares: dict[str, float] = field(default_factory=dict)
    """Shares of the finished steps."""
    said: tuple[str, ...] = ()
    """References of events that must not be emitted again, even after a wipe of Redis."""


def _beginning(estimate: float, known: Progress, spread: Spread | None) -> str:
    """Return what `BEGIN` writes, as JSON."""
    begun = {"percent": known.percent, "sum": sum(known.shares.values()), **known.shares}
    low, high = spread or (estimate, estimate)
    return json.dumps(
        {
            "begun": {name: repr(value) for name, value in begun.items()},
            "estimate": {"estimate": repr(estimate), "low": repr(low), "high": repr(high)},
            "said": [f"said:{reference}" for reference in known.said],
            "emitted": ALREADY_EMITTED,
            "seconds": DAY,
        }
    )


class Emitter(Protocol):
    """Something that can emit events."""

    def emit(self, event: Event, advance: Advance | None = None, reference: str = "") -> Event: ...


class EventBus:
    """Events over one Redis."""

    def __init__(self, client: redis.Redis) -> None:
        self.client = client
        self._emit = client.register_script(f"{EMIT_FUNCTION}return emit(KEYS[1], ARGV)")
        self._begin = client.register_script(BEGIN)
        self._begin_and_emit = client.register_script(
            f"{BEGIN}{EMIT_FUNCTION}return emit(KEYS[1], cjson.decode(ARGV[2]))"
        )
        self.dropped = Dropped("a message of the live channel")

    def emit(self, event: Event, advance: Advance | None = None, reference: str = "") -> Event:
        """Emit an event to all clients. With a reference, repeating it emits nothing new.

        References are unique within a job. The returned event has no id if it was not emitted,
        because its job has ended or is unknown.
        """
        emission = Emission(event, advance, reference)
        return emission.numbered(self._emit(keys=[emission.key], args=emission.arguments))

    def since(self, session_id: str, last_event_id: str, count: int = 10_000) -> list[Event]:
        """Return the events of a session after this id that are still in Redis."""
        entries: Any = self.client.xrange(keys.session(session_id), f"({last_event_id}", "+", count)
        return list(_readable(entries))

    def find(self, session_id: str, event_id: str) -> Event | None:
        """Return the event of a session with this id if it is still in Redis."""
        entries: Any = self.client.xrange(keys.session(session_id), event_id, event_id)
        return next(_readable(entries), None)

    def read_stream(self, after: str, wake_id: str, block_ms: int | None) -> StreamBatch:
        """Read the next events for the controller; return early when it is woken.

        Without `block_ms` it returns what there is.
        """
        answer: Any = self.client.xread(
            {keys.EVENT_STREAM: after, keys.WAKE: wake_id}, count=500, block=block_ms
        )
        events: list[StreamEntry] = []
        unreadable: list[Unreadable] = []
        for stream, entries in answer or []:
            if stream == keys.WAKE:
                wake_id = entries[-1][0]
                continue
            for event_id, entry in entries:
                if entry.keys() == _SEED:
                    continue
                try:
                    event = decode(event_id, entry)
                except Malformed as error:
                    unreadable.append(Unreadable(event_id, entry, str(error)))
                else:
                    events.append(StreamEntry(event, entry.get("reference", "")))
            after = entries[-1][0]
        return StreamBatch(events, after, wake_id, unreadable)

    def wake_controller(self) -> None:
        """Make the controller read the database now."""
        self.client.xadd(keys.WAKE, {"at": "now"}, maxlen=1, approximate=False)

    def start_progress(
        self, job_id: str, estimate: float, known: Progress, spread: Spread | None = None
    ) -> None:
        """Start a job's progress, or continue from the value that clients saw last."""
        self._begin(keys=[keys.progress(job_id)], args=[_beginning(estimate, known, spread)])

    def start_with(
        self,
        started: Event,
        reference: str,
        estimate: float,
        known: Progress,
        spread: Spread | None = None,
    ) -> Event:
        """Start a job's progress and emit the event that says so, in one round trip."""
        emission = Emission(started, None, reference)
        answer = self._begin_and_emit(
            keys=[emission.key],
            args=[_beginning(estimate, known, spread), json.dumps(emission.arguments)],
        )
        return emission.numbered(answer)

    def forget(self, job_ids: Iterable[str]) -> None:
        """Delete the progress of these jobs, so that their stages emit nothing more."""
        names = [keys.progress(job_id) for job_id in job_ids]
        if names:
            self.client.delete(*names)

    def seed(self, high_water: str) -> None:
        """After a wipe of Redis, continue with ids above the highest one ever assigned."""
        try:
            self.client.xadd(keys.EVENT_STREAM, {"seed": "1"}, id=_next(high_water))
        except redis.ResponseError as error:
            if "equal or smaller" not in str(error):
                raise  # anything else is not "the stream is ahead already"

    def note_wipe(self, high_water: str) -> None:
        """Record that events up to an id may be missing in the streams of sessions."""
        if high_water != ALREADY_EMITTED:
            self.client.set(keys.WIPED, high_water, ex=DAY)

    def listen(self) -> Iterator[Event | None]:
        """Yield live events for a web process, and None after every second without one.

        Pub/sub loses messages while a subscriber is disconnected, so each new subscription
        first reads the events after the last received one from the event stream.

        After a wipe of Redis the restored progress may be lower than what clients saw; the
        progress that is yielded for a job never falls.
        """
        last = self._newest()
        highest = _Highest()
        while True:
            try:
                with self.client.pubsub() as channel:  # type: ignore[no-untyped-call]
                    channel.subscribe(keys.LIVE)
                    while True:
                        for event in self._listen_after(channel, last):
                            if event is not None and id_order(event.event_id) <= id_order(last):
                                continue
                            last = event.event_id if event is not None else last
                            yield event and highest.lift(event)
            except redis.RedisError as error:
                log.warning("live channel lost, subscribing again", extra=reason(error))
                time.sleep(0.2)
                yield None

    def _listen_after(self, channel: Any, last: str) -> Iterator[Event | None]:
        message = channel.get_message(timeout=1.0)
        if message is None:
            yield None
        elif message["type"] == "message":
            yield self._verified(message["data"])
        else:
            # Subscribed: by us, or by redis-py, which reconnects silently.
            missed: Any = self.client.xrange(keys.EVENT_STREAM, f"({last}", "+")
            yield from _readable(missed)

    def _verified(self, data: str) -> Event | None:
        """Return the event of a live message if its id was assigned by the script.

        The script writes an event to the event stream before it publishes it. An id ahead of
        the clock may come from a seed, or from an attacker who wants later events to look old:
        only the stream can tell.
        """
        try:
            event = decode_live(data)
        except Malformed as error:
            self.dropped.count(str(error))
            return None
        milliseconds, _ = order = id_order(event.event_id)
        if milliseconds > 1000 * (time.time() + AHEAD_SECONDS) and order > id_order(self._newest()):
            self.dropped.count("the id is not in the stream")
            return None
        return event

    def _newest(self) -> str:
        try:
            newest: Any = self.client.xrevrange(keys.EVENT_STREAM, count=1)
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


@dataclass(frozen=True, slots=True)
class StreamEntry:
    """An event of the event stream, and the outbox row that it came from, if any."""

    event: Event
    reference: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An entry of the event stream that is not an event, and why."""

    entry_id: str
    fields: dict[str, str]
    reason: str


@dataclass(frozen=True, slots=True)
class StreamBatch:
    """Events in order, and the id to read on from."""

    entries: list[StreamEntry]
    after: str
    wake_id: str
    unreadable: list[Unreadable] = field(default_factory=list)


def decode(event_id: str, entry: dict[str, str]) -> Event:
    """Parse an entry of a stream; raise `Malformed`."""
    try:
        event, percent, eta = entry["event"], entry["percent"], entry["eta"]
    except KeyError as missing:
        raise Malformed(f"{missing.args[0]} is missing") from None
    return Event.from_json(event).stamped(event_id, percent, eta)


def decode_live(data: Any) -> Event:
    """Parse a message of the live channel; raise `Malformed`."""
    parts = data.split("|", 3) if isinstance(data, str) else []
    if len(parts) != 4:
        raise Malformed("not a live message")
    event_id, percent, eta, event = parts
    return Event.from_json(event).stamped(event_id, percent, eta)


def _readable(entries: Iterable[tuple[str, dict[str, str]]]) -> Iterator[Event]:
    """Yield the entries that are events; the controller quarantines the others."""
    for event_id, entry in entries:
        with suppress(Malformed):
            yield decode(event_id, entry)


def _next(event_id: str) -> str:
    milliseconds, _, sequence = event_id.partition("-")
    return f"{milliseconds}-{int(sequence or 0) + 1}"
