"""Which events wait for others, on a real event stream."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Timer

import pytest

from tasks.domain.events import Event, EventType
from tasks.messaging.event_bus import EventBus, Progress
from tests.services.redis_server import RedisServer
from web.control import gathering


@pytest.fixture
def bus(redis_server: RedisServer) -> Iterator[EventBus]:
    with redis_server.client() as client:
        bus = EventBus(client)
        bus.start_progress("job", 10, Progress())
        yield bus


def event(kind: EventType, stage: str | None = None) -> Event:
    return Event(kind, "session", "job", stage)


def gathered(bus: EventBus, wake_id: str = "0-0") -> list[str | None]:
    batch = gathering.read(bus, "0-0", wake_id, 1000)
    return [entry.event.stage for entry in batch.entries]


def test_reports_that_follow_soon_share_a_batch(
    bus: EventBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gathering, "LONGEST_SECONDS", 5.0)
    bus.emit(event(EventType.STAGE_STARTED, "voice"))
    later = Timer(0.05, lambda: bus.emit(event(EventType.STAGE_COMPLETED, "assemble")))
    later.start()
    # The end of the last stage ends the wait of five seconds.
    assert gathered(bus) == ["voice", "assemble"]
    later.join()


def test_no_report_wakes_a_controller_that_gathers(bus: EventBus) -> None:
    bus.emit(event(EventType.STAGE_STARTED, "voice"))
    later = Timer(0.05, lambda: bus.emit(event(EventType.STAGE_STARTED, "face")))
    later.start()
    before = _reads(bus)
    assert gathered(bus) == ["voice", "face"]
    assert _reads(bus) - before == 3, "the first event, the wait, and what has come meanwhile"
    later.join()


def _reads(bus: EventBus) -> int:
    statistics: dict[str, dict[str, int]] = bus.client.info("commandstats")
    return statistics.get("cmdstat_xread", {"calls": 0})["calls"]


def test_a_batch_ends_after_a_while(bus: EventBus) -> None:
    bus.emit(event(EventType.STAGE_STARTED, "voice"))
    bus.emit(event(EventType.STAGE_COMPLETED, "voice"))
    assert gathered(bus) == ["voice", "voice"]


@pytest.mark.parametrize(
    "urgent",
    [
        event(EventType.STAGE_FAILED, "voice"),
        event(EventType.STAGE_COMPLETED, "assemble"),
        event(EventType.STAGE_COMPLETED, "clip"),
        Event(EventType.UPLOAD_SUCCESS, "session"),
    ],
    ids=["failure", "last stage", "clip", "upload"],
)
def test_what_asks_for_a_decision_does_not_wait(bus: EventBus, urgent: Event) -> None:
    bus.emit(event(EventType.STAGE_STARTED, "voice"))
    bus.emit(urgent)
    batch = bus.read_stream("0-0", "0-0", None)
    assert len(batch.entries) == 2
    assert not gathering.can_wait(batch, "0-0")


def test_a_request_to_wake_ends_the_wait(bus: EventBus) -> None:
    bus.emit(event(EventType.STAGE_STARTED, "voice"))
    bus.wake_controller()
    batch = bus.read_stream("0-0", "0-0", None)
    assert len(batch.entries) == 1
    assert not gathering.can_wait(batch, "0-0")
    assert gathering.can_wait(batch, batch.wake_id)


def test_nothing_is_read_again_after_a_batch(bus: EventBus) -> None:
    first = bus.emit(event(EventType.STAGE_STARTED, "voice"))
    batch = gathering.read(bus, "0-0", "0-0", 10)
    assert batch.after == first.event_id
    assert bus.read_stream(batch.after, batch.wake_id, None).entries == []
