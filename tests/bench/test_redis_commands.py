"""What Redis is asked for one job of 15 stages that do nothing: commands and bytes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.monitor import counting
from tests.bench.report import at_most, write, write_beside
from tests.bench.system import CALM, STAGES_OF_A_JOB, Caller, listening, start_workers
from tests.deployment import Deployment
from tests.services.redis_server import RedisServer

JOBS = 5
MOST_COMMANDS, MOST_KB = 34, 95
"""What a busy machine adds is in them: heartbeats, and more reads of the controller."""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


def test_a_stage_costs_few_commands(tmp_path: Path, redis_server: RedisServer) -> None:
    extra = CALM | {"SIMULATION_SPEED": "0"}
    with Deployment(tmp_path, redis_server, **extra) as deployment:
        deployment.start_control()
        start_workers(deployment, 2)
        caller = Caller(deployment.start_web())
        with listening(caller) as ends:
            caller.start()
            ends.of(1)  # what is loaded once is not what a job costs
            with counting(redis_server) as counted:
                for _ in range(JOBS):
                    caller.start()
                    ends.of(1)
    ours = counted.of(0)
    commands = ours.by_name.total() / JOBS / STAGES_OF_A_JOB
    size = ours.bytes / JOBS / 1000
    write(
        "redis_commands",
        [
            at_most("Redis commands a stage", commands, "", 25),
            at_most("Redis, KB a job", size, "KB", 100),
        ],
    )
    kinds = {
        kind: {"commands": count / JOBS, "bytes": ours.sizes[kind] / JOBS}
        for kind, count in ours.keys.most_common()
    }
    write_beside("redis_commands_by_key.json", kinds)
    assert commands <= MOST_COMMANDS
    assert size <= MOST_KB
