"""Emit every event with one id: event stream, session stream and live channel.

One script does all of it. The event stream is written first and its id is used for the others,
because a script does not roll back and a stream rejects ids that do not rise. The script also
updates the job's progress, so that all clients see the same value and it never falls.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

import redis

from tasks.domain.events import Event, id_order
from tasks.domain.wire import Malformed
from tasks.messaging import keys
from tasks.messaging.emission import BEGIN, DAY, EMIT_FUNCTION, Advance, Emission, RedisClock
from tasks.messaging.entries import decode, is_seed, readable
from tasks.messaging.live_channel import Heard, LiveChannel
from tasks.telemetry.dropped import Dropped

ALREADY_EMITTED = "0-0"
"""Replaces the id of an event that was emitted before Redis lost its data."""
_AHEAD = ("equal or smaller", "exhausted the last possible ID")
"""Parts of the answers of a stream that is ahead; the controller repairs it if it is too far."""
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
        self._clock = RedisClock(client)
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
        return emission.numbered(
            self._emit(keys=[emission.key], args=emission.arguments(self._clock.now()))
        )

    def since(self, session_id: str, last_event_id: str, count: int = 10_000) -> SessionEvents:
        """Return the events of a session after this id that are still in Redis."""
        name = keys.session(session_id)
        pipe = self.client.pipeline()  # at once, so that no wipe comes in between
        pipe.xrange(name, "-", "+", 1)
        pipe.xrange(name, f"({last_event_id}", "+", count)
        first, entries = pipe.execute()
        reaches_back = bool(first) and id_order(first[0][0]) <= id_order(last_event_id)
        return SessionEvents(list(readable(entries)), reaches_back)

    def find(self, session_id: str, event_id: str) -> Event | None:
        """Return the event of a session with this id if it is still in Redis."""
        entries: Any = self.client.xrange(keys.session(session_id), event_id, event_id)
        return next(readable(entries), None)

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
                if is_seed(entry):
                    continue
                try:
                    event = decode(event_id, entry)
                except Malformed as error:
                    unreadable.append(Unreadable(event_id, entry, str(error)))
                else:
                    events.append(StreamEntry(event, entry.get("reference", "")))
            after = entries[-1][0]
        return StreamBatch(events, after, wake_id, unreadable)

    def await_decision(self, after: str, wake_id: str, block_ms: int) -> None:
        """Wait until an event after this one asks for a decision, or the controller is woken."""
        self.client.xread({keys.DECISIONS: after, keys.WAKE: wake_id}, count=1, block=block_ms)

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
            args=[
                _beginning(estimate, known, spread),
                json.dumps(emission.arguments(self._clock.now())),
            ],
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
            if not any(reason in str(error) for reason in _AHEAD):
                raise  # anything else is not "the stream is ahead already"

    def note_wipe(self, high_water: str) -> None:
        """Record that events up to an id may be missing in the streams of sessions."""
        if high_water != ALREADY_EMITTED:
            self.client.set(keys.WIPED, high_water, ex=DAY)

    def listen(self) -> Iterator[Heard]:
        """Yield live events for a web process, and None after every second without one."""
        return LiveChannel(self.client, self.dropped).listen()


class SessionEvents(NamedTuple):
    """Events of a session, and whether all that came before them are known to be earlier."""

    events: list[Event]
    reaches_back: bool
    """Whether the stream begins at or before the id after which it was read."""


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


def _next(event_id: str) -> str:
    milliseconds, _, sequence = event_id.partition("-")
    return f"{milliseconds}-{int(sequence or 0) + 1}"
