"""From an event's sending in a worker to its arrival in 200 WebSocket clients."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest

from tasks.domain.events import Event, EventType
from tasks.messaging import keys
from tests.bench.report import Row, at_most, median, percentile, write
from tests.bench.small import size
from tests.bench.system import CALM
from tests.deployment import ROOT, Deployment
from tests.services.redis_server import RedisServer
from web.db.columns import new_id
from web.db.engine import writing
from web.sessions.models import UserSession

CLIENTS = size(200, 10)
OWN_EVENTS = size(1000, 20)
PER_SECOND = 100
"""Of own rooms together: what 25 busy workers say, each four times a second; 10 s of it,
which is less than the server lets pass before it asks who is still there."""
COMMON_EVENTS = size(20, 2)
PAUSE = 0.5
ROUND_TRIPS = size(500, 20)

pytestmark = [pytest.mark.bench, pytest.mark.timeout(900)]

Heard = list[list[tuple[int, float]]]


def test_live(tmp_path: Path, redis_server: RedisServer) -> None:
    with Deployment(tmp_path, redis_server, **CALM) as deployment:
        address = deployment.start_web()
        *rooms, shared = _rooms(deployment, CLIENTS + 1)
        with _listeners(address, rooms) as clients:
            bare = _round_trips(deployment)
            for number in range(OWN_EVENTS):
                _say(deployment, rooms[number % CLIENTS], number)
                time.sleep(1 / PER_SECOND)
            own = _heard(clients)
        common = [shared] * CLIENTS
        with _listeners(address, common) as clients:
            for number in range(COMMON_EVENTS):
                _say(deployment, shared, number)
                time.sleep(PAUSE)
            together = _heard(clients)

    astray = sum(
        _astray(heard, list(range(room, OWN_EVENTS, CLIENTS))) for room, heard in enumerate(own)
    ) + sum(_astray(heard, list(range(COMMON_EVENTS))) for heard in together)
    single = [late for heard in own for _, late in heard]
    by_number = [dict(heard) for heard in together]
    rounds = [max(late.get(number, 0.0) for late in by_number) for number in range(COMMON_EVENTS)]
    write(
        "live",
        [
            Row("bare Redis, publish to receipt, median", median(bare), "ms"),
            Row("bare Redis, publish to receipt, p99", percentile(bare, 0.99), "ms"),
            Row(f"own rooms, {CLIENTS} clients, median", median(single), "ms"),
            at_most(f"own rooms, {CLIENTS} clients, p99", percentile(single, 0.99), "ms", 20),
            Row("one common room, until the last client", median(rounds), "ms"),
            at_most("one common room, a client", median(rounds) / CLIENTS, "ms", 0.2),
            at_most("events missed, repeated or out of order", astray, "", 0),
        ],
    )
    assert not astray


def _astray(heard: list[tuple[int, float]], sent: list[int]) -> int:
    """How many of the events that were sent to a client it did not hear, heard again, or
    heard after a later one."""
    numbers = [number for number, _ in heard]
    missed = len(set(sent) - set(numbers))
    repeated = len(numbers) - len(set(numbers))
    early = sum(a > b for a, b in pairwise(numbers))
    return missed + repeated + early


def _rooms(deployment: Deployment, count: int) -> list[str]:
    with deployment.app.app_context(), writing() as db:
        rooms = [UserSession(id=new_id(), user_id="bench") for _ in range(count)]
        db.add_all(rooms)
        db.flush()
        return [room.id for room in rooms]


def _say(deployment: Deployment, room: str, number: int) -> None:
    details = {"number": number, "sent": time.time(), "stage_percent": 50.0}
    deployment.services.bus.emit(
        Event(EventType.PROGRESS_UPDATE, room, None, message="an update", details=details)
    )


@contextmanager
def _listeners(address: str, rooms: list[str]) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.bench.listeners", address, *rooms]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(1)  # what 200 handshakes have left to do is not what is measured
        try:
            yield process
        finally:
            process.kill()


def _heard(clients: subprocess.Popen[str]) -> Heard:
    time.sleep(2)  # for what is still on its way
    said, _ = clients.communicate(timeout=30)
    heard: Heard = json.loads(said)
    return heard


def _round_trips(deployment: Deployment) -> list[float]:
    """The least that can be: one publish, heard by one subscriber of the same Redis."""
    taken: list[float] = []
    ready, channel = threading.Event(), f"{keys.PREFIX}bench"

    def listen() -> None:
        with deployment.services.redis.pubsub() as subscriber:
            subscriber.subscribe(channel)
            for message in subscriber.listen():
                ready.set()
                if message["type"] == "message":
                    taken.append((time.time() - float(message["data"])) * 1000)
                if len(taken) == ROUND_TRIPS:
                    return

    thread = threading.Thread(target=listen)
    thread.start()
    ready.wait(5)
    for _ in range(ROUND_TRIPS):
        deployment.services.redis.publish(channel, repr(time.time()))
        time.sleep(0.002)
    thread.join(10)
    assert len(taken) == ROUND_TRIPS
    return taken
