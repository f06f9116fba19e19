"""The simulator beside reality: 200 jobs on 1, 2 and 4 workers, and a fleet of 10,000 nodes."""

from __future__ import annotations

import json
import math
import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.bench.report import Row, at_most, percentile, write, write_beside
from tests.bench.small import size
from tests.bench.system import CALM, Caller, start_workers
from tests.deployment import ROOT, Deployment
from tests.services.redis_server import RedisServer
from web.simulator.figures import Figures
from web.simulator.fleet import Pool, parse_pools
from web.simulator.measuring import measure
from web.simulator.recording import EMPTY, Recording
from web.simulator.simulation import Rules, simulate
from web.simulator.timings import Timings
from web.simulator.workload import engines_of, mixed, parse_mix, replayed

JOBS = size(200, 10)
SPEED = 0.004
WORKERS = size((1, 2, 4), (2,))
MANY = size(1_000_000, 1_000)
LARGE = "import tests.bench.test_plan as bench; bench.large()"
FLEET = "script=950,xtts=1900,sadtalker=3150,realesrgan=3400,media=600"

pytestmark = [pytest.mark.bench, pytest.mark.timeout(3600)]


@pytest.mark.parametrize("workers", WORKERS)
def test_replayed_runs_are_like_the_real_ones(
    tmp_path: Path, redis_server: RedisServer, workers: int
) -> None:
    extra = CALM | {"SIMULATION_SPEED": str(SPEED), "USER_JOBS": "1000"}
    with Deployment(tmp_path, redis_server, **extra) as deployment:
        deployment.start_control()
        caller = Caller(deployment.start_web())
        start_workers(deployment, workers)
        for job_id in caller.start_many(JOBS, scenes=1):
            assert deployment.until_ended(job_id, 1500).state == "succeeded"
        with deployment.app.app_context():
            known = measure(deployment.settings, deployment.nodes(), JOBS)
    rows = [
        *_compared(workers, known),
        Row("overhead of a step", known.overheads.step, "s"),
        Row("from a job's last step to the next dispatch", known.overheads.finish, "s"),
    ]
    write(f"plan_{workers}", rows)
    write_beside(f"plan_{workers}_recording.json", json.loads(known.to_json()))


def _compared(workers: int, real: Recording) -> list[Row]:
    figures = _simulated(workers, real)
    seconds = [job.seconds for job in real.jobs]
    rate = JOBS / max(job.at + job.seconds for job in real.jobs)
    p95 = percentile(seconds, 0.95)
    said = f"{workers} workers"
    return [
        Row(f"{said}: real jobs a second", rate, "1/s"),
        at_most(f"{said}: error", abs(figures.jobs_per_hour / 3600 / rate - 1), "", 0.1),
        Row(f"{said}: simulated jobs a second", figures.jobs_per_hour / 3600, "1/s"),
        Row(f"{said}: real p95", p95, "s"),
        at_most(f"{said}: error of p95", abs(figures.percentile(0.95) / p95 - 1), "", 0.1),
    ]


def _simulated(workers: int, real: Recording) -> Figures:
    rules, pools = Rules(jobs_in_flight=real.jobs_in_flight), (Pool("lite", workers),)
    known = Timings(real.history(), real.overheads, real.load_seconds)
    return simulate(replayed(real, pools), pools, known, rules)


def test_ten_thousand_nodes_and_a_million_jobs() -> None:
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", LARGE], cwd=ROOT, check=True, capture_output=True, text=True
    )
    wall = time.monotonic() - began
    cpu, megabytes, per_hour, p95 = map(float, done.stdout.split())
    rows = [
        at_most(f"10,000 nodes, {MANY:,} jobs", cpu, "CPU s", 60),
        Row("wall time beside the load", wall, "s"),
        at_most("memory", megabytes / 1024, "GB", 2),
        Row("simulated jobs an hour", per_hour, "1/h"),
        Row("simulated p95", p95, "s"),
    ]
    write("plan_large", rows)


def large() -> None:
    """Simulate very many jobs, and print CPU seconds, megabytes, and what was found."""
    history, pools = EMPTY.history(), parse_pools(FLEET)
    engines = engines_of(None, [pool.environment for pool in pools])
    kinds = parse_mix("1:60,3:40")
    mix = mixed(kinds, pools, engines, history, jobs=MANY, per_hour=_rate(), owners=1000)
    figures = simulate(mix, pools, Timings(history))
    used = resource.getrusage(resource.RUSAGE_SELF)
    p95 = figures.percentile(0.95)
    found = used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, figures.jobs_per_hour, p95
    assert len(figures.latencies) == MANY
    assert all(map(math.isfinite, found))
    sys.stdout.write(" ".join(map(str, found)))


def _rate() -> float:
    """Jobs per hour that keep the busiest pool of such a fleet full."""
    return 60_000.0
