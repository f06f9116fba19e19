"""What the event bus keeps in Redis: bounded, for a day, and with errors that are not hidden."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import redis

from tasks.domain.events import Event, EventType
from tasks.messaging import emission, keys
from tasks.messaging.emission import DAY, Advance
from tasks.messaging.event_bus import ALREADY_EMITTED, EventBus, Progress
from tests.services.redis_server import RedisServer


@pytest.fixture
def bus(redis_server: RedisServer) -> Iterator[EventBus]:
    with redis_server.client() as client:
        yield EventBus(client)


def update(percent: float = 0.0) -> Event:
    return Event(EventType.PROGRESS_UPDATE, "session", "job", "voice", 0, progress_percent=percent)


def test_the_time_of_redis_is_read_rarely(bus: EventBus, monkeypatch: pytest.MonkeyPatch) -> None:
    clock, moment = emission.RedisClock(bus.client), 100.0
    monkeypatch.setattr("tasks.messaging.emission.time.monotonic", lambda: moment)
    first = clock.now()
    assert abs(first - bus.client.time()[0]) < 10
    bus.client.config_resetstat()
    moment += emission.CLOCK_SECONDS
    assert clock.now() == pytest.approx(first + emission.CLOCK_SECONDS)
    assert "cmdstat_time" not in bus.client.info("commandstats")
    moment += 1
    assert abs(clock.now() - first) < 10, "what Redis says now"
    assert bus.client.info("commandstats")["cmdstat_time"]["calls"] == 1


def test_the_stream_of_a_session_is_bounded(bus: EventBus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(emission, "SESSION_STREAM_LENGTH", 100)
    for _ in range(400):
        bus.emit(Event(EventType.UPLOAD_SUCCESS, "session"))
    # Redis cuts whole nodes of a hundred entries.
    assert 100 <= bus.client.xlen(keys.session("session")) <= 200


def test_the_stream_of_a_session_expires_after_a_day(bus: EventBus) -> None:
    bus.start_progress("job", 10, Progress())
    assert DAY - 60 <= bus.client.ttl(keys.progress("job")) <= DAY
    bus.client.persist(keys.progress("job"))
    bus.emit(update(), Advance("voice.0", 1.0))
    for key in (keys.progress("job"), keys.session("session")):
        assert DAY - 60 <= bus.client.ttl(key) <= DAY


def test_an_event_lifts_progress_to_its_own_percentage(bus: EventBus) -> None:
    bus.start_progress("job", 10, Progress())
    assert bus.emit(update(40.0), Advance("voice.0", 1.0)).progress_percent == 40.0
    assert bus.emit(Event(EventType.UPLOAD_SUCCESS, "session")).progress_percent == 0.0


def test_a_session_key_of_another_type_is_replaced(bus: EventBus) -> None:
    bus.client.set(keys.session("session"), "no stream")
    said = bus.emit(Event(EventType.UPLOAD_SUCCESS, "session"))
    assert bus.since("session", "0-0").events == [said]


def test_a_seed_below_the_stream_changes_nothing(bus: EventBus) -> None:
    said = bus.emit(Event(EventType.UPLOAD_SUCCESS, "session"))
    bus.seed("1-0")
    assert [entry.event for entry in bus.read_stream("0-0", "0-0", 10).entries] == [said]


def test_any_other_error_of_a_seed_is_raised(bus: EventBus) -> None:
    bus.client.set(keys.EVENT_STREAM, "no stream")
    with pytest.raises(redis.ResponseError, match="WRONGTYPE"):
        bus.seed("1-0")


def test_an_event_that_the_event_stream_rejects_is_an_error(bus: EventBus) -> None:
    bus.client.set(keys.EVENT_STREAM, "no stream")
    with pytest.raises(redis.ResponseError):
        bus.emit(Event(EventType.UPLOAD_SUCCESS, "session"))


def test_progress_resumes_at_the_value_of_the_database(bus: EventBus) -> None:
    bus.start_progress("job", 10, Progress(30.0, {"a": 10.0, "b": 20.0}))
    assert bus.emit(update(), Advance("b", 20.0)).progress_percent == 30.0
    assert bus.emit(update(), Advance("c", 5.0)).progress_percent == 35.0


def test_a_woken_controller_reads_on_where_it_was(bus: EventBus) -> None:
    said = bus.emit(Event(EventType.UPLOAD_SUCCESS, "session"))
    for _ in range(2):
        bus.wake_controller()
    first = bus.read_stream("0-0", "0-0", None)
    assert [entry.event for entry in first.entries] == [said]
    assert (first.after, first.unreadable) == (said.event_id, [])
    assert bus.client.xlen(keys.WAKE) == 1, "the last one is enough"
    second = bus.read_stream(first.after, first.wake_id, None)
    assert (second.entries, second.after, second.wake_id) == ([], first.after, first.wake_id)
    bus.wake_controller()
    third = bus.read_stream(first.after, first.wake_id, 60_000)
    assert (third.entries, third.after, third.unreadable) == ([], first.after, [])
    assert third.wake_id != first.wake_id


def test_the_last_event_that_asks_for_a_decision_is_noted(bus: EventBus) -> None:
    bus.start_progress("job", 10, Progress())
    bus.client.set(keys.DECISIONS, "no stream")
    bus.emit(Event(EventType.STAGE_FAILED, "session", "job", "voice", 0))
    asked = bus.emit(Event(EventType.STAGE_COMPLETED, "session", "job", "assemble"))
    bus.emit(Event(EventType.STAGE_COMPLETED, "session", "job", "voice", 0))
    noted: Any = bus.client.xrange(keys.DECISIONS)
    assert [entry_id for entry_id, _ in noted] == [asked.event_id]


def test_a_controller_reads_five_hundred_events_at_once(bus: EventBus) -> None:
    for _ in range(501):
        bus.emit(Event(EventType.UPLOAD_SUCCESS, "session"))
    batch = bus.read_stream("0-0", "0-0", None)
    assert len(batch.entries) == 500
    assert len(bus.read_stream(batch.after, "0-0", None).entries) == 1


def test_what_is_no_event_is_set_apart_and_a_seed_is_passed_over(bus: EventBus) -> None:
    bus.seed("5-0")
    bus.client.xadd(keys.EVENT_STREAM, {"no": "event"}, id="6-0")
    said = bus.emit(Event(EventType.UPLOAD_SUCCESS, "session"))
    batch = bus.read_stream("0-0", "0-0", None)
    assert [entry.event for entry in batch.entries] == [said]
    assert [(one.entry_id, one.fields) for one in batch.unreadable] == [("6-0", {"no": "event"})]
    assert batch.unreadable[0].reason


@pytest.mark.parametrize(
    ("highest", "seed"), [("1000-5", "1000-6"), ("1000", "1000-1"), ("1000-0", "1000-1")]
)
def test_a_seed_is_the_next_id(bus: EventBus, highest: str, seed: str) -> None:
    bus.seed(highest)
    assert bus.read_stream("0-0", "0-0", None).after == seed


def test_an_event_is_found_by_its_id(bus: EventBus) -> None:
    first, second = (bus.emit(Event(EventType.UPLOAD_SUCCESS, "session")) for _ in range(2))
    assert bus.find("session", first.event_id) == first
    assert bus.find("session", "1-1") is None
    assert bus.since("session", first.event_id).events == [second]
    assert bus.since("session", "0-0", count=1).events == [first]


def test_a_forgotten_job_emits_nothing(bus: EventBus) -> None:
    bus.start_progress("job", 10, Progress())
    bus.forget([])
    assert bus.emit(update()).event_id
    bus.forget(["job"])
    assert not bus.emit(update()).event_id


def test_a_wipe_is_remembered_for_a_day_unless_nothing_was_emitted(bus: EventBus) -> None:
    bus.note_wipe(ALREADY_EMITTED)
    assert not bus.client.exists(keys.WIPED)
    bus.note_wipe("1000-5")
    assert bus.client.get(keys.WIPED) == "1000-5"
    assert DAY - 60 <= bus.client.ttl(keys.WIPED) <= DAY
