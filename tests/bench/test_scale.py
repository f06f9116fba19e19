"""Nodes come and go under 200 jobs: throughput follows, and nothing is lost."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import func, select

from config.stages import STAGES
from tasks.messaging.stage_call import StageCall
from tests.bench.report import Row, at_least, write
from tests.bench.small import size
from tests.bench.system import CALM, Caller, start_workers
from tests.deployment import Deployment
from tests.services.redis_server import RedisServer
from tests.services.waiting import until
from web.db.engine import reading
from web.jobs.models import Job, StageRun

JOBS = size(200, 20)
SPEED = 0.012
PINNED_SECONDS = SPEED * sum(stage.seconds for stage in STAGES.values())
"""Of one job of one scene, on one worker."""
PHASE_SECONDS = size(15.0, 1.0)

pytestmark = [pytest.mark.bench, pytest.mark.timeout(900)]


@dataclass
class Watch:
    """The house in phases of a number of workers each."""

    deployment: Deployment
    rows: list[Row] = field(default_factory=list)

    def phase(self, what: str, workers: int) -> None:
        """Work for a while; what was done in it, and how much of it so many workers could do."""
        began, before = time.monotonic(), self.done_seconds()
        time.sleep(PHASE_SECONDS)
        passed = time.monotonic() - began
        share = (self.done_seconds() - before) / passed / workers
        jobs = share * workers / PINNED_SECONDS
        self.rows.append(Row(f"{what}: jobs a second", jobs, "1/s"))
        self.rows.append(at_least(f"{what}: of each worker's time at work", share, "", 0.8))

    def done_seconds(self) -> float:
        """Pinned seconds of work that are committed."""
        with self.deployment.app.app_context(), reading() as db:
            counted = db.execute(
                select(StageRun.stage, func.count())
                .where(StageRun.state == "done")
                .group_by(StageRun.stage)
            )
            return sum(SPEED * STAGES[stage].seconds * number for stage, number in counted)

    def react(self, what: str, change: Callable[[], None], seen: Callable[[], bool]) -> None:
        began = time.monotonic()
        change()
        until(seen, what, 120)
        self.rows.append(Row(what, time.monotonic() - began, "s"))

    def works(self, names: set[str]) -> bool:
        """Whether each of these workers has a stage in hand, or had one done."""
        with self.deployment.app.app_context(), reading() as db:
            seen = set(db.scalars(select(StageRun.worker).distinct()))
        return names <= seen

    def others(self, before: set[str]) -> set[str]:
        return {node.name for node in self.deployment.nodes()} - before


def test_scale(tmp_path: Path, redis_server: RedisServer) -> None:
    extra = CALM | {"SIMULATION_SPEED": str(SPEED), "USER_JOBS": "1000"}
    with Deployment(tmp_path, redis_server, **extra) as deployment:
        deployment.start_control()
        start_workers(deployment, 1, "first")
        caller = Caller(deployment.start_web())
        jobs = caller.start_many(JOBS, scenes=1)
        watch = Watch(deployment)
        watch.phase("1 worker", 1)
        one = {node.name for node in deployment.nodes()}

        def grow() -> None:
            start_workers(deployment, 3, "more")

        watch.react(
            "3 more started: until all of them work",
            grow,
            lambda: watch.works(watch.others(one)) and len(deployment.nodes()) == 4,
        )
        watch.phase("4 workers", 4)

        def leave() -> None:
            for number in (0, 1):
                deployment.process(f"more-{number}").send_signal(signal.SIGTERM)

        watch.react(
            "2 told to go (SIGTERM): until they have", leave, lambda: len(deployment.nodes()) == 2
        )
        watch.phase("2 workers", 2)

        running = deployment.nodes()
        (doing,) = [n.doing for n in running if n.name in one] or [""]
        watch.react(
            "1 killed at work (SIGKILL): until its stage is begun elsewhere",
            lambda: deployment.kill_tree("first-0"),
            lambda: _taken_over(deployment, doing, one),
        )
        watch.phase("1 worker left", 1)
        start_workers(deployment, 4, "last")
        for job_id in jobs:
            assert deployment.until_ended(job_id, 400).state == "succeeded"
        with deployment.app.app_context(), reading() as db:
            every = list(db.scalars(select(Job)))
        assert len(every) == JOBS
        watch.rows.append(Row("jobs that succeeded", JOBS, ""))
        again = sum(job.attempt > 1 for job in every)
        watch.rows.append(Row("of those, jobs with a second attempt", again, ""))
    write("scale", watch.rows)


def _taken_over(deployment: Deployment, task_id: str, dead: set[str]) -> bool:
    """Another worker has the step that the dead one had in hand, or it was done in time."""
    call = StageCall.from_task_id(task_id)
    if call is None:
        return True
    runs = [run for run in deployment.runs(call.job_id) if run.step == call.step]
    return any(run.state == "done" or run.worker not in dead for run in runs)
