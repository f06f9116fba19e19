"""What leases and events cost: the same jobs with them and without, in turns."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.bench.report import Row, at_most, median, write
from tests.bench.system import CALM, Caller, Ends, listening
from tests.house import House
from tests.services.redis_server import RedisServer
from tests.services.waiting import until

ROUNDS = 3
ALONE = 4
AT_ONCE = 16
WORKERS = 2
KINDS = {"with": {}, "without": {"BENCH_WITHOUT_PROMISE": "1"}}

pytestmark = [pytest.mark.bench, pytest.mark.timeout(900)]


def test_promise_cost(tmp_path: Path, redis_server: RedisServer) -> None:
    extra = CALM | {"SIMULATION_SPEED": "0", "JOBS_IN_FLIGHT": str(AT_ONCE)}
    extra["SWEEP_SECONDS"] = "600"  # without pulses every stage would soon be taken for lost
    alone: dict[str, list[float]] = {kind: [] for kind in KINDS}
    rates: dict[str, list[float]] = {kind: [] for kind in KINDS}
    with House(tmp_path, redis_server, **extra) as house:
        house.start_control()
        caller = Caller(house.start_web())
        with listening(caller) as ends:
            for _ in range(ROUNDS):
                for kind, told in KINDS.items():
                    _staff(house, told)
                    _one(caller, ends)  # what is loaded once is not what a job costs
                    alone[kind] += [_one(caller, ends) for _ in range(ALONE)]
                    rates[kind].append(_many(caller, ends))
                    _dismiss(house)
    slower = median(alone["with"]) / median(alone["without"]) - 1
    fewer = 1 - median(rates["with"]) / median(rates["without"])
    rows = [Row(f"one job, {kind}", median(took) * 1000, "ms") for kind, took in alone.items()]
    rows += [Row(f"jobs a second, {kind}", median(rate), "") for kind, rate in rates.items()]
    rows += [at_most("a job is later by", 100 * slower, "%", 15)]
    rows += [at_most("fewer jobs a second by", 100 * fewer, "%", 15)]
    write("promise_cost", rows)


def _staff(house: House, told: dict[str, str]) -> None:
    for number in range(WORKERS):
        house.start(f"idle-{number}", "tests.bench.worker", "lite", **told)
    until(lambda: len(house.nodes()) == WORKERS, "workers beat", 90)


def _dismiss(house: House) -> None:
    for number in range(WORKERS):
        house.kill_tree(f"idle-{number}")
    house.services.redis.delete("callsheet:nodes")


def _one(caller: Caller, ends: Ends) -> float:
    began = time.monotonic()
    job_id = caller.start()
    return ends.of(1)[job_id] - began


def _many(caller: Caller, ends: Ends) -> float:
    began = time.monotonic()
    caller.start_many(AT_ONCE)
    return AT_ONCE / (max(ends.of(AT_ONCE).values()) - began)
