"""What the life of one job asks of the database and of Redis: statements, commits, round trips."""

from __future__ import annotations

import json
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.bench.report import Row, at_most, write, write_beside
from tests.bench.small import size
from tests.bench.system import CALM, STAGES_OF_A_JOB, Caller, listening
from tests.deployment import Deployment
from tests.services.redis_server import RedisServer
from tests.services.waiting import until

JOBS = size(5, 1)
"""One after the other, so what is batched when many run at once is not."""
IDLE_SECONDS = size(4.0, 0.5)
ROLES = ("web", "control", "worker")
AT_REST = 0.3
"""Seconds until the counts of all processes are written."""

pytestmark = [pytest.mark.bench, pytest.mark.timeout(300)]


def test_life_of_a_job(tmp_path: Path, redis_server: RedisServer) -> None:
    counted = tmp_path / "counts"
    counted.mkdir()
    extra = CALM | {"SIMULATION_SPEED": "0", "BENCH_COUNTS": str(counted)}
    with Deployment(tmp_path, redis_server, **extra) as deployment:
        deployment.start("control", "tests.bench.counted", BENCH_ROLE="control")
        deployment.start("worker", "tests.bench.counted", "lite", BENCH_ROLE="worker")
        until(lambda: len(deployment.nodes()) >= 1, "the worker beats", 90)
        address = deployment.start_web("web", "tests.bench.counted", BENCH_ROLE="web")
        caller = Caller(address)
        with listening(caller) as ends:
            caller.start()
            ends.of(1)
            time.sleep(2 * AT_REST)  # what follows the end, and the counts of it
            before = _counts(counted)
            time.sleep(IDLE_SECONDS)
            idle_end, began = _counts(counted), time.monotonic()
            for _ in range(JOBS):
                caller.start()
                ends.of(1)
            took = time.monotonic() - began
            time.sleep(AT_REST)
            after = _counts(counted)
    idle = {role: _less(idle_end[role], before[role]) for role in ROLES}
    lives = {
        role: {
            name: max(0.0, (count - idle[role][name] * took / IDLE_SECONDS) / JOBS)
            for name, count in _less(after[role], idle_end[role]).items()
        }
        for role in ROLES
    }
    total: Counter[str] = Counter()
    for life in lives.values():
        total.update(life)  # type: ignore[arg-type]  # of fractions
    rows = [
        at_most("SQL statements a job", total["sql statements"], "", 60),
        at_most("SQL commits a job, durable or not", _commits(total), "", 12),
        Row("Redis round trips a job", total["redis trips"], ""),
        at_most("Redis round trips a stage", total["redis trips"] / STAGES_OF_A_JOB, "", 8),
        Row("KB sent to Redis a job", total["redis bytes"] / 1000, "KB"),
    ]
    for role, life in lives.items():
        rows += [
            Row(f"{role}: SQL statements", life.get("sql statements", 0.0), ""),
            Row(f"{role}: writing transactions", _commits(life), ""),
            Row(f"{role}: Redis round trips", life.get("redis trips", 0.0), ""),
            Row(f"{role}: KB sent to Redis", life.get("redis bytes", 0.0) / 1000, "KB"),
        ]
    write("life_of_a_job", rows)
    by_caller = {
        role: dict(sorted(life.items(), key=lambda one: -one[1])) for role, life in lives.items()
    }
    write_beside("life_of_a_job_callers.json", by_caller)


def _commits(counts: dict[str, float] | Counter[str]) -> float:
    """Writing transactions: SQLite says so at their beginning."""
    return float(counts.get("sql BEGIN IMMEDIATE", 0.0))


def _counts(directory: Path) -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = {role: Counter() for role in ROLES}
    for path in directory.glob("*.json"):
        found[path.name.partition("-")[0]].update(json.loads(path.read_text()))
    return found


def _less(after: Counter[str], before: Counter[str]) -> Counter[str]:
    left = Counter(after)
    left.subtract(before)
    return left
