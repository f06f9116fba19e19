"""Thousands of clients of a live process: latency, memory, and what a restart loses.

`CROWD=10000 CROWD_EVENTS=20000 pytest -m bench tests/bench/test_crowd.py`: clients, each in a room
of its own, and events in all. Clients and the sender are processes of their own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from tasks.domain.events import Event, EventType
from tasks.messaging.event_bus import EventBus
from tests.bench.report import Row, at_most, median, percentile, write
from tests.bench.small import size
from tests.deployment import ROOT
from tests.services.redis_server import RedisServer
from tests.web.live.standing import LiveProcess, a_session

CLIENTS = int(os.environ.get("CROWD", size(1000, 20)))
EVENTS = int(os.environ.get("CROWD_EVENTS", size(5000, 100)))
PER_SECOND = 1000
EACH = 2500
"""Clients of one process."""

pytestmark = [pytest.mark.bench, pytest.mark.timeout(900)]


def test_crowd(tmp_path: Path, redis_server: RedisServer) -> None:
    rooms = [a_session()[1] for _ in range(CLIENTS)]
    with LiveProcess(redis_server, tmp_path, LIVE_MAX_CLIENTS=str(CLIENTS + 100)) as live:
        process = psutil.Process(live.pid)
        empty = process.memory_info().rss
        links = [live.link(room) for room in rooms]
        opening = _cpu(process), time.monotonic()
        with _clients(f"http://{live.address}", links) as groups:
            opened = _cpu(process) - opening[0], time.monotonic() - opening[1]
            full = process.memory_info().rss
            before, began = _cpu(process), time.monotonic()
            _send(live.bus, rooms, 0, EVENTS // 2)
            took, used = time.monotonic() - began, _cpu(process) - before
            live.stop()
            _send(live.bus, rooms, EVENTS // 2, EVENTS // 2 + CLIENTS)
            live.start()
            process = psutil.Process(live.pid)
            again = time.monotonic()
            while live.health()["streams"] < CLIENTS and time.monotonic() - again < 120:
                time.sleep(0.1)
            returned = time.monotonic() - again
            _send(live.bus, rooms, EVENTS // 2 + CLIENTS, EVENTS + CLIENTS)
            time.sleep(3)  # for what is still on its way
            found = [_answer(group, EVENTS + CLIENTS) for group in groups]
    early = [late for one in found for late in one["first"]]
    astray = sum(one["missed"] + one["repeated"] + one["early"] for one in found)
    write(
        "crowd",
        [
            Row(f"{CLIENTS} clients open their streams", opened[1], "s"),
            Row("CPU of the live process for it", opened[0], "s"),
            at_most("memory a client", (full - empty) / CLIENTS / 1024, "KB", 40),
            Row("events a second", EVENTS // 2 / took, ""),
            Row("CPU of the live process for an event", 1e6 * used / (EVENTS // 2), "us"),
            Row("from sending to receipt, median", median(early), "ms"),
            at_most("from sending to receipt, p99", percentile(early, 0.99), "ms", 200),
            Row("all clients are back after a restart", returned, "s"),
            Row("CPU of the clients in all", sum(one["cpu"] for one in found), "s"),
            at_most("events missed, repeated or out of order over a restart", astray, "", 0),
        ],
    )
    assert not astray


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


def _send(bus: EventBus, rooms: list[str], first: int, last: int) -> None:
    """Send events at a steady rate, each to the room of its number."""
    began = time.monotonic()
    for number in range(first, last):
        details = {"number": number, "sent": time.time(), "stage_percent": 50.0}
        room = rooms[number % len(rooms)]
        bus.emit(Event(EventType.PROGRESS_UPDATE, room, message="an update", details=details))
        ahead = (number - first) / PER_SECOND - (time.monotonic() - began)
        if ahead > 0.002:
            time.sleep(ahead)


@contextmanager
def _clients(address: str, links: list[str]) -> Iterator[list[subprocess.Popen[str]]]:
    pipe, groups = subprocess.PIPE, []
    try:
        for first in range(0, len(links), EACH):
            command = [sys.executable, "-m", "tests.bench.crowd_clients", address, str(first)]
            group = subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True)
            groups.append(group)
            assert group.stdin is not None
            group.stdin.write(json.dumps(links[first : first + EACH]) + "\n")
            group.stdin.flush()
        for group in groups:
            assert group.stdout is not None
            assert group.stdout.readline() == "ready\n"
        yield groups
    finally:
        for group in groups:
            group.kill()
            group.communicate()


def _answer(group: subprocess.Popen[str], sent: int) -> dict[str, Any]:
    assert group.stdin is not None
    assert group.stdout is not None
    group.stdin.write(json.dumps([sent, CLIENTS, EVENTS // 2]) + "\n")
    group.stdin.flush()
    found: dict[str, Any] = json.loads(group.stdout.readline())
    return found
