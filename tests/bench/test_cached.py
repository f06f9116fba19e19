"""Requests that are in the cache, while the only worker and the only slot are busy."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.bench.report import Row, at_most, median, percentile, write
from tests.bench.small import size
from tests.bench.system import CALM, SCENES, Caller, listening, start_workers
from tests.deployment import Deployment
from tests.services.redis_server import RedisServer
from tests.services.waiting import until

SPEED = size(0.01, 0.003)
REPEATS = size(30, 2)
LONG_JOB = 24

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]


def test_cached(tmp_path: Path, redis_server: RedisServer) -> None:
    extra = CALM | {"SIMULATION_SPEED": str(SPEED), "JOBS_IN_FLIGHT": "1"}
    with Deployment(tmp_path, redis_server, **extra) as deployment:
        deployment.start_control()
        start_workers(deployment, 1)
        caller = Caller(deployment.start_web())
        with listening(caller) as ends:
            began = time.monotonic()
            first = caller.start(seed=0)
            computed = ends.of(1)[first] - began
            busy = caller.start(LONG_JOB)
            until(lambda: any(r.state == "running" for r in deployment.runs(busy)), "it runs")
            took: list[float] = []
            for _ in range(REPEATS):
                began = time.monotonic()
                job_id = caller.start(seed=0)
                took.append((ends.of(1)[job_id] - began) * 1000)
                assert all(run.found for run in deployment.runs(job_id))
            assert deployment.job(busy).state == "running", "the worker was busy all the time"
    write(
        "cached",
        [
            Row(f"a job of {SCENES} scenes, computed", computed * 1000, "ms"),
            Row("the same request again, median", median(took), "ms"),
            at_most("the same request again, p99", percentile(took, 0.99), "ms", 300),
        ],
    )
