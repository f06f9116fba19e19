"""Many jobs through one system: what has grown after them, in every process and in Redis.

`--bench-jobs 5000`: memory after 5,000 jobs beside that after 1,000.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.bench.report import Row, at_most, write
from tests.bench.small import size
from tests.bench.system import CALM, Caller, listening, start_workers
from tests.deployment import Deployment
from tests.services.redis_server import RedisServer

WARMING = size(20, 10)
JOBS = size(200, 20)
AT_ONCE = size(10, 4)
"""No more than a fifth of the jobs, which fill the pools of connections."""
PROCESSES = ("web", "control", "idle-0", "idle-1")

pytestmark = [pytest.mark.bench, pytest.mark.timeout(3600)]


def test_flat(tmp_path: Path, redis_server: RedisServer, pytestconfig: pytest.Config) -> None:
    jobs: int = pytestconfig.getoption("bench_jobs") or JOBS
    with Deployment(tmp_path, redis_server, **CALM, SIMULATION_SPEED="0") as deployment:
        deployment.start_control()
        start_workers(deployment, 2)
        caller = Caller(deployment.start_web())
        _carry(caller, WARMING)
        before, keys_before = _processes(deployment), _keys(deployment)
        early = jobs // 5
        _carry(caller, early)
        fifth = _processes(deployment)
        _carry(caller, jobs - early)
        after, keys_after = _processes(deployment), _keys(deployment)
        rows = [Row("jobs between before and after", jobs, "")]
        for name, figures in before.items():
            for what, figure in figures.items():
                unit = "MB" if what == "memory" else ""
                rows.append(Row(f"{name}: {what} before", figure, unit))
                rows.append(Row(f"{name}: {what} after a fifth", fifth[name][what], unit))
                rows.append(Row(f"{name}: {what} after", after[name][what], unit))
        for name in sorted(before.keys() - {"redis"}):
            grown = after[name]["memory"] / fifth[name]["memory"]
            rows.append(at_most(f"{name}: memory after all / after a fifth", grown, "", 1.05))
        for kind in sorted(keys_before | keys_after):
            grown = (keys_after[kind] - keys_before[kind]) / jobs
            rows.append(Row(f"Redis keys a job: {kind}", grown, ""))
        lasting = _lasting(deployment)
    write("flat", rows)
    for name, figures in after.items():
        # Pools of connections fill up within the first fifth, to as many as are used at once. One
        # more later is not growth; one for every tenth job is.
        for what in ("threads", "descriptors", "subscriptions"):
            if what in figures:
                assert figures[what] - fifth[name][what] <= 5, (name, what)
    assert not any("session" in k or "progress" in k or "once" in k for k in lasting), lasting


def _carry(caller: Caller, jobs: int) -> None:
    """So many jobs, a few at a time, each heard to its end; the client goes away after it."""
    with listening(caller) as ends:
        for begun in range(0, jobs, AT_ONCE):
            count = min(AT_ONCE, jobs - begun)
            caller.start_many(count)
            ends.of(count)


def _processes(deployment: Deployment) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for name in PROCESSES:
        parent = deployment.process(name)
        for number, process in enumerate([parent, *parent.children()]):
            found[f"{name}{'.pool' if number else ''}"] = _figures(process)
    found["redis"] = _figures(psutil.Process(deployment.redis_server.pid)) | _redis(deployment)
    return found


def _figures(process: psutil.Process) -> dict[str, float]:
    return {
        "memory": process.memory_info().rss / 2**20,
        "descriptors": process.num_fds(),
        "threads": process.num_threads(),
    }


def _redis(deployment: Deployment) -> dict[str, float]:
    information: Any = deployment.services.redis.info()
    channels: Any = deployment.services.redis.pubsub_channels()
    return {"subscriptions": len(channels), "clients": information["connected_clients"]}


def _keys(deployment: Deployment) -> Counter[str]:
    """Keys by kind: what stands before the second colon, or before the first id."""
    return Counter(_kind(key) for key in deployment.services.redis.scan_iter(count=1000))


def _lasting(deployment: Deployment) -> set[str]:
    """Kinds of which a key never expires."""
    client = deployment.services.redis
    return {_kind(key) for key in client.scan_iter(count=1000) if client.ttl(key) == -1}


def _kind(key: str) -> str:
    if key.startswith(("celery-task-meta", "celery-taskset-meta")):
        return "-".join(key.split("-")[:3])
    return ":".join(key.split(":")[:2])
