"""What the system costs above bare Celery: one job at a time, and fifty at once."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from tests.bench.bare import Bare
from tests.bench.report import Row, at_least, at_most, median, write
from tests.bench.system import CALM, SCENES, STAGES_OF_A_JOB, Caller, Ends, listening, start_workers
from tests.deployment import Deployment
from tests.services.redis_server import RedisServer

ROUNDS = 12
AT_ONCE = 50
WORKERS = 2
LEAST_MS = 1.0
PARTS = {
    "web": "web",
    "control": "control",
    "idle-0": "Celery's side of the workers",
    "idle-1": "Celery's side of the workers",
    "bare-0": "bare Celery",
    "bare-1": "bare Celery",
}

pytestmark = [pytest.mark.bench, pytest.mark.timeout(900)]


def test_orchestration(tmp_path: Path, redis_server: RedisServer) -> None:
    extra = CALM | {"SIMULATION_SPEED": "0", "JOBS_IN_FLIGHT": str(AT_ONCE)}
    beside = redis_server.url.removesuffix("/0") + "/1"
    with Deployment(tmp_path, redis_server, **extra) as deployment:
        deployment.start_control()
        start_workers(deployment, WORKERS)
        for number in range(WORKERS):
            deployment.start(f"bare-{number}", "tests.bench.bare", REDIS_URL=beside)
        caller = Caller(deployment.start_web())
        bare = Bare(replace(deployment.settings, redis_url=beside))
        with listening(caller) as ends:
            _one_of_ours(caller, ends)  # what is loaded once is not what a job costs
            bare.send(SCENES)
            bare.ended()
            ours, theirs = [], []
            for _ in range(ROUNDS):  # in turns, so that both meet the same weather
                ours.append(_one_of_ours(caller, ends))
                theirs.append(_one_of_theirs(bare))
            before = _spent(deployment)
            many = _many_of_ours(caller, ends)
            spent = _since(before, _spent(deployment))
            before = _spent(deployment)
            plenty = _many_of_theirs(bare)
            bare_spent = _since(before, _spent(deployment))
    own = (median(ours) - median(theirs)) / STAGES_OF_A_JOB * 1000
    write(
        "orchestration",
        [
            Row("one job of 15 stages, API to Socket.IO", median(ours) * 1000, "ms"),
            Row("the same chord on bare Celery", median(theirs) * 1000, "ms"),
            at_most("own time a stage", own, "ms", 10),
            at_least(f"jobs a second, {AT_ONCE} at once", many, "jobs/s", 10),
            Row(f"bare chords a second, {AT_ONCE} at once", plenty, "jobs/s"),
            Row("of bare Celery's pace", many / plenty, ""),
            *(Row(f"CPU a job: {part}", cost, "ms") for part, cost in spent.items()),
            Row("CPU a job: together", sum(spent.values()), "ms"),
            Row("CPU a bare chord: together", sum(bare_spent.values()), "ms"),
        ],
    )


def _spent(deployment: Deployment) -> dict[str, float]:
    """CPU seconds so far, by what spends them; where the time goes when all cores are busy."""
    spent = Counter({"Redis": _cpu(psutil.Process(deployment.redis_server.pid))})
    for name, part in PARTS.items():
        parent = deployment.process(name)
        spent[part] += _cpu(parent)
        for child in parent.children():
            spent["stages" if name.startswith("idle") else part] += _cpu(child)
    return spent | {"the measuring client": _cpu(psutil.Process())}


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


def _since(before: dict[str, float], after: dict[str, float]) -> dict[str, float]:
    """Milliseconds a job of what has spent anything to speak of."""
    costs = {part: (after[part] - before[part]) * 1000 / AT_ONCE for part in after}
    return {part: cost for part, cost in costs.items() if cost >= LEAST_MS}


def _one_of_ours(caller: Caller, ends: Ends) -> float:
    began = time.monotonic()
    job_id = caller.start()
    return ends.of(1)[job_id] - began


def _many_of_ours(caller: Caller, ends: Ends) -> float:
    began = time.monotonic()
    caller.start_many(AT_ONCE)
    return AT_ONCE / (max(ends.of(AT_ONCE).values()) - began)


def _one_of_theirs(bare: Bare) -> float:
    began = time.monotonic()
    assert bare.send(SCENES) == bare.ended()
    return time.monotonic() - began


def _many_of_theirs(bare: Bare) -> float:
    began = time.monotonic()
    sent = {bare.send(SCENES) for _ in range(AT_ONCE)}
    assert {bare.ended() for _ in range(AT_ONCE)} == sent
    return AT_ONCE / (time.monotonic() - began)
