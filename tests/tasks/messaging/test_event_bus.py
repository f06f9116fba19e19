"""The bus on a real Redis: one id for all streams, progress that only rises."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pytest

from tasks.domain.events import Event, EventType, id_order
from tasks.messaging import keys
from tasks.messaging.emission import Advance
from tasks.messaging.event_bus import EventBus, Progress
from tests.services.redis_server import RedisServer


@pytest.fixture
def bus(redis_server: RedisServer) -> Iterator[EventBus]:
    with redis_server.client() as client:
        yield EventBus(client)


def update(stage: str = "voice", scene: int | None = 0) -> Event:
    return Event(EventType.PROGRESS_UPDATE, "session", "job", stage, scene)


def test_event_stream_session_and_listeners_get_one_id(bus: EventBus) -> None:
    live = bus.listen()
    assert next(live) is None  # subscribed
    bus.start_progress("job", 10, Progress())
    said = bus.emit(update(), Advance("voice.0", 12.5))
    assert next(live) == said
    assert bus.since("session", "0-0").events == [said]
    assert [entry.event for entry in bus.read_stream("0-0", "0-0", 10).entries] == [said]
    assert said.progress_percent == 12.5


def test_progress_never_runs_backwards(bus: EventBus) -> None:
    bus.start_progress("job", 10, Progress())
    shares = [("a", 10.0), ("b", 20.0), ("a", 5.0), ("b", 20.0), ("a", 30.0)]
    percents = [bus.emit(update(), Advance(*s)).progress_percent for s in shares]
    assert percents == [10.0, 30.0, 30.0, 30.0, 50.0]


def test_only_a_completed_job_reaches_100_percent(bus: EventBus) -> None:
    bus.start_progress("job", 10, Progress())
    assert bus.emit(update(), Advance("a", 100.0)).progress_percent == 99.5
    end = bus.emit(Event(EventType.PIPELINE_COMPLETED, "session", "job"))
    assert end.progress_percent == 100.0


def test_a_job_emits_no_event_after_its_end(bus: EventBus) -> None:
    bus.start_progress("job", 10, Progress())
    end = bus.emit(Event(EventType.PIPELINE_CANCELLED, "session", "job"))
    assert bus.emit(update(), Advance("a", 50.0)).event_id == ""
    assert bus.since("session", "0-0").events == [end]


def test_a_repeated_reference_returns_the_same_event(bus: EventBus) -> None:
    bus.start_progress("job", 10, Progress())
    first = bus.emit(update(), reference="row")
    assert bus.emit(update(), reference="row").event_id == first.event_id
    assert len(bus.since("session", "0-0").events) == 1


def test_a_forgotten_job_has_no_key_and_emits_nothing(bus: EventBus) -> None:
    bus.start_progress("job", 10, Progress())
    bus.emit(update(), Advance("a", 5.0), reference="row")
    bus.emit(Event(EventType.PIPELINE_COMPLETED, "session", "job"), reference="end")
    bus.forget(["job"])
    assert not bus.client.exists(keys.progress("job"))
    assert bus.emit(update(), Advance("b", 5.0), reference="row").event_id == ""


def test_ids_and_progress_continue_after_a_wipe(bus: EventBus, redis_server: RedisServer) -> None:
    bus.start_progress("job", 10, Progress())
    before = bus.emit(update(), Advance("a", 40.0))
    redis_server.flush()
    # As if the clock had been set back meanwhile: only the seed makes ids rise.
    milliseconds = id_order(before.event_id)[0]
    high_water = f"{milliseconds + 3_600_000}-7"
    assert bus.emit(update(), Advance("a", 1.0)).event_id == "", "unknown: nothing is said"
    bus.seed(high_water)
    bus.start_progress("job", 10, Progress(40.0, {"a": 40.0}, ("done",)))
    after = bus.emit(update(), Advance("b", 5.0))
    assert id_order(after.event_id) > id_order(high_water)
    assert after.progress_percent == 45.0
    assert bus.emit(update(), Advance("b", 9.0), reference="done").event_id == "0-0"


def test_a_listener_misses_nothing_over_a_restart(bus: EventBus, redis_server: RedisServer) -> None:
    live = bus.listen()
    assert next(live) is None
    first = bus.emit(Event(EventType.UPLOAD_SUCCESS, "session"))
    assert next(live) == first
    redis_server.kill()
    redis_server.start()
    second = bus.emit(Event(EventType.UPLOAD_SUCCESS, "session"))
    heard = [event for event in (next(live) for _ in range(12)) if event is not None]
    assert heard == [second]


def test_an_event_that_arrives_twice_is_heard_once(
    bus: EventBus, redis_server: RedisServer
) -> None:
    """As after a reconnection: it is among the missed ones, and is published as well."""
    live = bus.listen()
    assert next(live) is None
    with redis_server.client() as client, client.pubsub() as channel:
        channel.subscribe(keys.LIVE)
        assert channel.get_message(timeout=5)["type"] == "subscribe"
        first = bus.emit(Event(EventType.UPLOAD_SUCCESS, "session"))
        client.publish(keys.LIVE, channel.get_message(timeout=5)["data"])
    second = bus.emit(Event(EventType.UPLOAD_SUCCESS, "session"))
    assert [next(live), next(live)] == [first, second]


def test_an_estimate_follows_the_jobs_own_pace(bus: EventBus) -> None:
    bus.start_progress("job", 100, Progress())
    etas = [bus.emit(update(), Advance("a", float(p))).eta_seconds for p in (0, 10, 50, 90)]
    assert etas[0] == pytest.approx(100, abs=1)
    assert all(a > b for a, b in pairwise(e for e in etas if e is not None))


def test_the_range_of_an_estimate_narrows(bus: EventBus) -> None:
    bus.start_progress("job", 100, Progress(), (60, 200))
    first, last = (bus.emit(update(), Advance("a", p)) for p in (1.0, 95.0))
    assert first.eta_range == pytest.approx((60, 200), rel=0.05)
    assert last.eta_range is not None
    assert last.eta_seconds is not None
    assert last.eta_range[1] - last.eta_range[0] <= 0.1 * last.eta_seconds + 0.2


def test_a_listener_never_receives_falling_progress(
    bus: EventBus, redis_server: RedisServer
) -> None:
    live = bus.listen()
    assert next(live) is None
    bus.start_progress("job", 10, Progress())
    bus.emit(update(), Advance("a", 40.0))
    redis_server.flush()
    # The ledger had not read the last event when the wipe came.
    bus.start_progress("job", 10, Progress(35.0, {"a": 35.0}))
    bus.emit(update(), Advance("b", 1.0))
    heard = [event for event in (next(live), next(live)) if event is not None]
    assert [event.progress_percent for event in heard] == [40.0, 40.0]


def test_keys_of_a_running_job_are_prolonged_once_an_hour_and_at_its_end(bus: EventBus) -> None:
    client = bus.client
    bus.start_progress("job", 10, Progress())
    bus.emit(update())
    stream = keys.session("session")
    for known in (stream, keys.progress("job")):
        client.expire(known, 100)
    bus.emit(update())
    assert client.ttl(stream) <= 100
    client.hset(keys.progress("job"), "prolonged", "1000000000")  # long ago
    bus.emit(update())
    assert client.ttl(stream) > 1000
    assert client.ttl(keys.progress("job")) > 1000
    client.delete(stream)  # its session has ended
    bus.emit(update())
    bus.emit(Event(EventType.PIPELINE_CANCELLED, "session", "job"))
    assert client.ttl(stream) > 1000


def test_a_start_and_its_event_are_one_round_trip_and_continue_what_is_known(bus: EventBus) -> None:
    started = Event(EventType.PROCESSING_STARTED, "session", "job")
    known = Progress(30.0, {"a": 10.0, "b": 20.0}, ("voice",))
    first = bus.start_with(started, "job.started.1", 10, known, (8, 14))
    assert first.progress_percent == 30.0
    assert first.event_id
    assert bus.start_with(started, "job.started.1", 10, known).event_id == first.event_id
    assert bus.since("session", "0-0").events == [first]
    key = keys.progress("job")
    fields = bus.client.hgetall(key)
    assert (fields["a"], fields["b"], fields["said:voice"]) == ("10.0", "20.0", "0-0")
    assert (float(fields["low"]), float(fields["high"])) == (10, 10)
    assert abs(float(fields["started"]) - bus.client.time()[0]) < 5
    assert 0 < bus.client.ttl(key) <= 86_400
    assert bus.emit(update(), Advance("c", 20.0)).progress_percent == 50.0
