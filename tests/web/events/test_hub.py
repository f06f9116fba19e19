"""The hub: each event once, in order, whatever the moment of joining."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from queue import SimpleQueue

import pytest

from tasks.domain.events import Event, EventType
from tasks.messaging.live_channel import Heard, Notice
from web.errors import TooManyClients
from web.events.hub import Hub, Message, Sink, Slots, Subscription


def event(number: int, session_id: str = "mine") -> Event:
    return Event(EventType.PROGRESS_UPDATE, session_id, message=str(number), event_id=f"{number}-0")


class World:
    """A bus of our own: what is said is kept and handed to the hub."""

    def __init__(self) -> None:
        self.said: SimpleQueue[Event | None] = SimpleQueue()
        self.kept: list[Event] = []
        self.cut_off: list[str] = []
        self.done = threading.Semaphore(0)
        self.hub = Hub(self._listen, self._missed, Slots(2))
        self.hub.start()
        self.said.put(None)

    def say(self, *events: Event) -> None:
        for one in events:
            self.kept.append(one)
            self.said.put(one)
        for _ in events:
            assert self.done.acquire(timeout=5)

    def subscribe(self, session_id: str, sink: Sink, after: str) -> Subscription:
        return self.hub.subscribe(
            session_id, sink, after, cut_off=lambda: self.cut_off.append(after)
        )

    def _listen(self) -> Iterator[Event | None]:
        while True:
            heard = self.said.get()
            yield heard
            if heard is not None:
                self.done.release()

    def _missed(self, session_id: str, after: str) -> list[Event]:
        mine = [one for one in self.kept if one.session_id == session_id]
        return [one for one in mine if Message(one).order > Message(event(int(after[:-2]))).order]


@pytest.fixture
def world() -> Iterator[World]:
    world = World()
    yield world
    world.hub.stop()
    world.said.put(None)
    world.hub.thread.join(5)


def test_subscription_ended_before_opening_receives_nothing(world: World) -> None:
    """A client that subscribes twice: the second takes the first one's place."""
    heard: list[str] = []
    subscription = world.subscribe("mine", lambda one: heard.append(one.event.message), "0-0")
    world.hub.unsubscribe(subscription)
    world.say(event(1))
    world.hub.open(subscription)
    assert heard == []


def test_missed_and_new_events_are_delivered_in_order(world: World) -> None:
    world.say(event(1), event(2))
    heard: list[str] = []
    subscription = world.subscribe("mine", lambda m: heard.append(m.event.message), "1-0")
    world.say(event(3))
    assert heard == []
    world.hub.open(subscription)
    assert heard == ["2", "3"]  # 3 was both missed and heard
    world.say(event(4), event(5, "theirs"), event(6))
    assert heard == ["2", "3", "4", "6"]


def test_ids_rise_by_number(world: World) -> None:
    heard: list[str] = []
    world.hub.open(world.subscribe("mine", lambda m: heard.append(m.event.message), "9-0"))
    world.say(event(8), event(10), event(9), event(100))
    assert heard == ["10", "100"]


def test_ended_subscription_receives_nothing(world: World) -> None:
    heard: list[str] = []
    subscription = world.subscribe("mine", lambda m: heard.append(m.event.message), "0-0")
    world.hub.open(subscription)
    for _ in range(2):
        world.hub.unsubscribe(subscription)
    world.say(event(1))
    assert heard == []
    assert world.hub.listeners == 0


def test_failing_subscriber_does_not_affect_others(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_: Message) -> None:
        raise OSError("gone")

    heard: list[str] = []
    world.hub.open(world.subscribe("mine", broken, "0-0"))
    world.hub.open(world.subscribe("mine", lambda m: heard.append(m.event.message), "0-0"))
    world.say(event(1))
    assert heard == ["1"]
    assert "subscriber failed" in caplog.text


def test_slots_are_counted() -> None:
    slots = Slots(1)
    give_back = slots.take()
    with pytest.raises(TooManyClients):
        slots.take()
    give_back()
    slots.take()
    give_back()  # giving back twice frees nothing of another's
    with pytest.raises(TooManyClients):
        slots.take()


def test_an_address_has_its_share_of_the_slots() -> None:
    slots = Slots(4, per_address=2)
    one, _ = slots.take("192.0.2.1"), slots.take("192.0.2.1")
    with pytest.raises(TooManyClients):
        slots.take("192.0.2.1")
    slots.take("192.0.2.2")
    one()
    slots.take("192.0.2.1")
    assert slots.taken == 3
    slots.take("192.0.2.3")
    with pytest.raises(TooManyClients):
        slots.take("192.0.2.4")


def test_subscriptions_of_a_session_are_limited(world: World) -> None:
    world.hub.slots.per_session = 2
    first = world.subscribe("mine", lambda _: None, "0-0")
    world.subscribe("mine", lambda _: None, "0-0")
    with pytest.raises(TooManyClients):
        world.subscribe("mine", lambda _: None, "0-0")
    world.subscribe("another", lambda _: None, "0-0")
    world.hub.unsubscribe(first)
    world.subscribe("mine", lambda _: None, "0-0")


def completed(number: int) -> Event:
    return Event(
        EventType.STAGE_COMPLETED,
        "mine",
        job_id="job",
        stage="voice",
        scene=0,
        details={"revision": 1},
        event_id=f"{number}-0",
    )


def test_event_emitted_again_under_another_id_is_delivered_once(world: World) -> None:
    heard: list[str] = []
    world.hub.open(world.subscribe("mine", lambda m: heard.append(m.event.event_id), "0-0"))
    world.say(completed(1), completed(2), replace(completed(3), scene=1))
    assert heard == ["1-0", "3-0"]


def test_late_subscriber_receives_earlier_events(world: World) -> None:
    world.say(completed(1))
    heard: list[str] = []
    world.hub.open(world.subscribe("mine", lambda m: heard.append(m.event.event_id), "1-0"))
    world.say(completed(2))
    assert heard == ["2-0"]


def test_retried_job_delivers_its_milestones_again(world: World) -> None:
    heard: list[str] = []
    world.hub.open(world.subscribe("mine", lambda m: heard.append(m.event.event_id), "0-0"))
    failed = Event(EventType.PIPELINE_FAILED, "mine", job_id="job", event_id="2-0")
    world.say(completed(1), failed, completed(3))
    assert heard == ["1-0", "2-0", "3-0"]


def test_a_hub_that_stops_cuts_off_its_subscribers(world: World) -> None:
    """They wait for events that do not come any more."""
    for session_id, after in [("mine", "1-0"), ("other", "2-0")]:
        world.hub.open(world.subscribe(session_id, lambda _: None, after))
    ended = world.subscribe("mine", lambda _: None, "3-0")
    world.hub.unsubscribe(ended)
    world.hub.stop()
    world.said.put(None)
    world.hub.thread.join(20)
    assert sorted(world.cut_off) == ["1-0", "2-0"]


def test_what_was_read_before_a_recovery_opens_no_subscription() -> None:
    """It may lack an event that is older than those which the subscription has buffered."""
    heard: list[str] = []
    is_holding, is_reading, is_recovering = (threading.Event() for _ in range(3))
    hub: Hub

    def listen() -> Iterator[Heard]:
        yield from (None, Notice.GAP)
        is_holding.set()
        assert is_reading.wait(5)
        yield event(2)  # the first reached no listener, and is stored during the recovery
        yield Notice.RECOVERED
        hub.stop()
        yield None

    def missed(_session_id: str, _after: str) -> list[Event]:
        if threading.current_thread() is early:
            is_reading.set()
            assert is_recovering.wait(5)
            return []
        is_recovering.set()
        early.join(5)
        return [event(1), event(2)]

    hub = Hub(listen, missed, Slots(2))
    hub.start()
    assert is_holding.wait(5)
    subscription = hub.subscribe(
        "mine", lambda m: heard.append(m.event.message), "0-0", cut_off=lambda: None
    )
    early = threading.Thread(target=hub.open, args=(subscription,))
    early.start()
    hub.thread.join(5)
    assert heard == ["1", "2"]
