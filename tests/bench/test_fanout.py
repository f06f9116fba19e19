"""One video of 24 scenes on more and more workers: how much of them is used."""

from __future__ import annotations

import heapq
import time
from pathlib import Path

import pytest

from config.stages import STAGES
from tests.bench.report import Row, at_least, median, write
from tests.bench.small import size
from tests.bench.system import CALM, Caller, listening, start_workers
from tests.deployment import Deployment
from tests.services.redis_server import RedisServer

SPEED = size(0.01, 0.002)
SCENES = size(24, 2)
CREWS = size((1, 2, 4, 8), (1, 2))
PAIRS = size(3, 1)
SLOW = 3
"""Steps of the comparison take so many times as long, so that the order shows beside the load."""
PER_SCENE = ("voice", "animate", "enhance")

pytestmark = [pytest.mark.bench, pytest.mark.timeout(900)]


def test_fanout(tmp_path: Path, redis_server: RedisServer) -> None:
    rows: list[Row] = []
    with Deployment(tmp_path, redis_server, **CALM, SIMULATION_SPEED=str(SPEED)) as deployment:
        deployment.start_control()
        caller = Caller(deployment.start_web())
        with listening(caller) as ends:
            there = 0
            for capacity in CREWS:
                start_workers(deployment, capacity - there, f"crew-{capacity}")
                there = capacity
                began = time.monotonic()
                job_id = caller.start(SCENES)
                took = ends.of(1)[job_id] - began
                rows += [
                    Row(f"{capacity} workers", took, "s"),
                    at_least(f"{capacity} workers: of the bound", bound(capacity) / took, "", 0.95),
                    Row(f"{capacity} workers: of the best schedule", schedule(capacity) / took, ""),
                ]
    write("fanout", rows)


def test_order_of_scenes(tmp_path: Path, redis_server: RedisServer) -> None:
    """The same job on eight workers, in turns: the first scene always first, and as decided."""
    capacity = CREWS[-1]
    took: dict[str, list[float]] = {"always first": [], "as decided": []}
    with Deployment(
        tmp_path, redis_server, **CALM, SIMULATION_SPEED=str(SLOW * SPEED)
    ) as deployment:
        deployment.start_control()
        callers = {
            "always first": Caller(deployment.start_web("always", "tests.bench.overtaking")),
            "as decided": Caller(deployment.start_web()),
        }
        start_workers(deployment, capacity, "crew")
        for turn in range(1 + PAIRS):  # the first pair loads everything
            for how, caller in callers.items():
                with listening(caller) as ends:
                    began = time.monotonic()
                    job_id = caller.start(SCENES)
                    seconds = ends.of(1)[job_id] - began
                if turn:
                    took[how].append(seconds)
    rows = []
    for how, each in took.items():
        share = SLOW * schedule(capacity) / median(each)
        rows += [
            Row(f"{how}: median of {PAIRS}", median(each), "s"),
            Row(f"{how}: fastest", min(each), "s"),
            at_least(f"{how}: of the best schedule", share, "", 0.95),
        ]
    write("order_of_scenes", rows)


def bound(capacity: int) -> float:
    """Return the lower bound for any number of workers: max(critical path, work / n)."""
    scene = sum(_seconds(stage) for stage in PER_SCENE)
    first = max(_seconds("script"), _seconds("face"))
    work = _seconds("script") + _seconds("face") + SCENES * scene + _seconds("assemble")
    return max(first + scene + _seconds("assemble"), work / capacity)


def schedule(capacity: int) -> float:
    """Return the best time that the graph allows: all workers but one are idle while the script
    is written, and while the video is assembled."""
    free = [0.0] * capacity
    ready = max(_on(free, _seconds("script")), _on(free, _seconds("face")))
    free = [max(at, ready) for at in free]
    scenes = [(ready, n, 0) for n in range(SCENES)]
    done = ready
    while scenes:
        since, scene, at = heapq.heappop(scenes)
        begins = max(heapq.heappop(free), since)
        ends = begins + _seconds(PER_SCENE[at])
        heapq.heappush(free, ends)
        if at + 1 < len(PER_SCENE):
            heapq.heappush(scenes, (ends, scene, at + 1))
        done = max(done, ends)
    return done + _seconds("assemble")


def _on(free: list[float], seconds: float) -> float:
    ends = heapq.heappop(free) + seconds
    heapq.heappush(free, ends)
    return ends


def _seconds(stage: str) -> float:
    return STAGES[stage].seconds * SPEED
