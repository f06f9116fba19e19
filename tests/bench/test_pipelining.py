"""Ten jobs through one worker of each environment: the slowest stage sets the pace."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest

from config.environments import ENVIRONMENTS
from tests.bench.report import Row, at_least, write
from tests.bench.small import size
from tests.bench.system import CALM, Caller, listening
from tests.deployment import Deployment
from tests.services.redis_server import RedisServer
from tests.services.waiting import until

JOBS = size(10, 2)
SPEED = size(0.04, 0.005)
SLOWEST = 90 * SPEED
"""`enhance`, which has a worker of its own."""
BEFORE, AFTER = (30 + 30 + 60) * SPEED, 30 * SPEED
"""What the first job needs before that stage and the last one after it."""
LINE = ("script", "xtts", "sadtalker", "realesrgan", "media")

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]


def test_pipelining(tmp_path: Path, redis_server: RedisServer) -> None:
    with Deployment(tmp_path, redis_server, **CALM, SIMULATION_SPEED=str(SPEED)) as deployment:
        deployment.start_control()
        caller = Caller(deployment.start_web())
        for name in LINE:
            deployment.start(name, "tests.bench.worker", name)
        until(lambda: len(deployment.nodes()) == len(LINE), "workers beat", 120)
        with listening(caller) as ends:
            for _ in range(JOBS):
                caller.start(scenes=1)
            moments = sorted(ends.of(JOBS).values())
    between = (moments[-1] - moments[0]) / (JOBS - 1)
    write(
        "pipelining",
        [
            Row("the slowest stage", SLOWEST, "s"),
            Row("between two jobs' ends", between, "s"),
            at_least("of the slowest stage's bound", SLOWEST / between, "", 0.95),
        ],
    )


def test_idle_memory(tmp_path: Path, redis_server: RedisServer) -> None:
    rows: list[Row] = []
    with Deployment(tmp_path, redis_server, **CALM) as deployment:
        for name in ENVIRONMENTS:
            deployment.start(name, "gpu_worker", name)
        until(lambda: len(deployment.nodes()) == len(ENVIRONMENTS), "workers beat", 180)
        for name in ENVIRONMENTS:
            main = deployment.process(name)
            tree = [main, *main.children(recursive=True)]
            rows.append(Row(f"an idle worker of {name}, all its processes", _unique(tree), "MB"))
    write("idle-memory", rows)


def _unique(tree: list[psutil.Process]) -> float:
    """What would be free without them: shared libraries are not counted."""
    return sum(process.memory_full_info().uss for process in tree) / 2**20
