"""Wipes of Redis: each subscriber hears each end of a job once, whatever the moment."""

from __future__ import annotations

import random
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

import pytest
from flask import Flask

from tasks.domain.events import Event, EventType, id_order
from tasks.messaging.event_bus import EventBus
from tasks.messaging.redis_client import connect
from tests.faults.proxy import Proxy
from tests.services.redis_server import RedisServer
from tests.services.waiting import until
from tests.web.control.test_dead_letters import controlled
from web.db.engine import reading, writing
from web.events.hub import Hub, Message, Slots
from web.events.models import OutboxEvent
from web.events.process_hub import open_hub
from web.services import current_services

SESSION = "session"


class World:
    """A hub behind a proxy of its own, its subscribers, and jobs that end."""

    def __init__(self, app: Flask, hub: Hub, wire: Proxy, server: RedisServer) -> None:
        self.app, self.hub, self.wire, self.server = app, hub, wire, server
        self.heard: list[list[Event]] = []
        self.cut_off: list[int] = []

    def subscribe(self) -> None:
        events: list[Event] = []
        self.heard.append(events)

        def sink(message: Message) -> None:
            events.append(message.event)

        number = len(self.heard)
        cut_off = partial(self.cut_off.append, number)
        self.hub.open(self.hub.subscribe(SESSION, sink, "0-0", cut_off=cut_off))

    def end(self, job: str) -> str:
        """Decide the end of a job, as a transition does; return the name of the row."""
        ended = Event(EventType.PIPELINE_FAILED, SESSION, job, details={"attempt": 1})
        row = OutboxEvent(id=f"row-of-{job}", position=time.time_ns(), payload=ended.to_dict())
        with self.app.app_context(), writing() as db:
            db.add(row)
        return f"row-of-{job}"

    def everybody_heard(self, jobs: list[str]) -> None:
        """Wait until each has heard these ends, each once and in order of their ids."""
        last = f"the last end of {len(jobs)}"
        for events in self.heard:
            until(lambda events=events: len(events) >= len(jobs), last, 20)  # type: ignore[misc]
            assert sorted(str(event.job_id) for event in events) == sorted(jobs)
            order = [id_order(event.event_id) for event in events]
            assert order == sorted(order)
        assert self.cut_off == []

    def flush(self) -> None:
        self.server.flush()

    def restart_empty(self) -> None:
        self.server.kill()
        shutil.rmtree(self.server.directory / "appendonlydir")
        self.server.start()


@pytest.fixture
def world(app: Flask, redis_server: RedisServer) -> Iterator[World]:
    services = current_services()
    with Proxy(redis_server.port) as wire:
        through = replace(services.settings, redis_url=f"redis://127.0.0.1:{wire.port}/0")
        client = connect(through)
        hub = open_hub(app, replace(services, bus=EventBus(client)), Slots(100))
        with controlled(app):
            world = World(app, hub, wire, redis_server)
            world.subscribe()  # when the hub listens
            yield world
        hub.stop()
        wire.thaw()
        hub.thread.join(10)
        client.close()


def is_published(row: str) -> bool:
    with reading() as db:
        return db.get_one(OutboxEvent, row).event_id is not None


@pytest.mark.parametrize("wipe", [World.flush, World.restart_empty])
def test_an_end_that_waited_unread_when_redis_was_wiped_is_heard(
    world: World, wipe: Callable[[World], None]
) -> None:
    world.end("first")
    world.everybody_heard(["first"])
    world.wire.freeze()
    row = world.end("second")
    until(lambda: is_published(row), "it is published")
    wipe(world)
    world.wire.reset()
    world.wire.thaw()
    world.everybody_heard(["first", "second"])
    world.end("third")
    world.everybody_heard(["first", "second", "third"])


@contextmanager
def interrupted(world: World, chance: random.Random) -> Iterator[None]:
    """Let something be in the way of the hub while something else happens."""
    hinder = chance.choice([world.wire.freeze, world.wire.hang_up, world.wire.reset, None])
    if hinder is not None:
        hinder()
    yield
    world.wire.take_up()
    world.wire.reset()
    world.wire.thaw()


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_each_end_is_heard_once_whatever_the_moment_of_the_wipe(world: World, seed: int) -> None:
    chance = random.Random(seed)
    jobs: list[str] = []
    threads: list[threading.Thread] = []
    for turn in range(8):
        with interrupted(world, chance):
            for number in range(chance.randrange(1, 4)):
                jobs.append(f"job-{turn}-{number}")
                threads.append(threading.Timer(chance.random() / 10, world.end, jobs[-1:]))
                threads[-1].start()
            threads.append(threading.Thread(target=world.subscribe))
            threads[-1].start()
            time.sleep(chance.random() / 8)
            chance.choice([world.flush, world.restart_empty])()
            time.sleep(chance.random() / 8)
    for thread in threads:
        thread.join(20)
    world.everybody_heard(jobs)
