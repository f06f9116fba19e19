"""What the event bus keeps in Redis: bounded, for a day, and with errors that are not hidden."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import redis

from tasks.domain.events import Event, EventType
from tasks.messaging import emission, keys
from tasks.messaging.emission import DAY, Advance
from tasks.messaging.event_bus import EventBus, Progress
from tests.services.redis_server import RedisServer


@pytest.fixture
def bus(redis_server: RedisServer) -> Iterator[EventBus]:
    with redis_server.client() as client:
        yield EventBus(client)


def update(percent: float = 0.0) -> Event:
    return Event(EventType.PROGRESS_UPDATE, "session", "job", "voice", 0, progress_percent=percent)


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
    assert bus.since("session", "0-0") == [said]


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
