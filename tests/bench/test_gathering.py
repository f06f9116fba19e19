"""What gathering events saves: two systems in turns, and one controller waits for no more."""

from __future__ import annotations

import time
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest

from tests.bench import costs
from tests.bench.report import Row, at_most, median, write
from tests.bench.small import size
from tests.bench.system import CALM, Caller, Ends, listening, start_workers
from tests.deployment import Deployment
from tests.services.redis_server import RedisServer

ROUNDS = size(4, 1)
AT_ONCE = size(15, 3)
WAYS = {"gathered": "", "each batch at once": "0"}

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]


class System:
    """One system, and what a round of jobs costs it."""

    def __init__(self, stack: ExitStack, place: Path, longest: str) -> None:
        place.mkdir()
        (place / "redis").mkdir()
        server = stack.enter_context(RedisServer(place / "redis"))
        extra = CALM | {"SIMULATION_SPEED": "0", "JOBS_IN_FLIGHT": str(AT_ONCE)}
        self._deployment = stack.enter_context(Deployment(place, server, **extra))
        self._deployment.start(
            "control", "tests.bench.gathering", **({"BENCH_GATHER": longest} if longest else {})
        )
        start_workers(self._deployment, 1)
        self._caller = Caller(self._deployment.start_web())
        self._ends: Ends = stack.enter_context(listening(self._caller))
        self.control: list[float] = []
        self.rates: list[float] = []
        self.alone: list[float] = []

    def round(self) -> None:
        before, began = costs.cpu(self._process()), time.monotonic()
        self._caller.start_many(AT_ONCE)
        self._ends.of(AT_ONCE)
        self.rates.append(AT_ONCE / (time.monotonic() - began))
        self.control.append((costs.cpu(self._process()) - before) * 1000 / AT_ONCE)
        began = time.monotonic()
        self._caller.start()
        self._ends.of(1)
        self.alone.append((time.monotonic() - began) * 1000)

    def _process(self) -> psutil.Process:
        return self._deployment.process("control")


def test_gathering(tmp_path: Path) -> None:
    with ExitStack() as stack:
        systems = {
            way: System(stack, tmp_path / str(number), longest)
            for number, (way, longest) in enumerate(WAYS.items())
        }
        for system in systems.values():  # what is loaded once is not what a job costs
            system.round()
            system.rates.clear()
            system.control.clear()
            system.alone.clear()
        for _ in range(ROUNDS):
            for system in systems.values():
                system.round()
    rows = []
    for way, system in systems.items():
        rows += [
            Row(f"{way}: controller's CPU a job", median(system.control), "ms"),
            Row(f"{way}: jobs a second, {AT_ONCE} at once", median(system.rates), "jobs/s"),
            Row(f"{way}: one job", median(system.alone), "ms"),
        ]
    first, second = systems.values()
    rows += [
        at_most("controller's CPU, with / without", _ratio(first.control, second.control), "", 1.0),
        Row("jobs a second, with / without", _ratio(first.rates, second.rates), ""),
        Row("one job, with / without", _ratio(first.alone, second.alone), ""),
    ]
    write("gathering", rows)


def _ratio(ours: list[float], theirs: list[float]) -> float:
    """Of the pairs: both halves of a pair meet the same load."""
    return median([mine / other for mine, other in zip(ours, theirs, strict=True)])
