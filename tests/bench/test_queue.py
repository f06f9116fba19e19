"""Ten thousand jobs in line: what one more costs, what a sweep costs, and who is next."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

import psutil
import pytest
from sqlalchemy import func, insert, select

from tests.bench.report import Row, at_least, at_most, median, percentile, write
from tests.bench.small import size
from tests.bench.system import CALM, Caller, start_workers
from tests.deployment import Deployment, small_picture
from tests.services.redis_server import RedisServer
from tests.services.waiting import until
from web.control.sweeper import Sweeper
from web.db.engine import reading, writing
from web.jobs.dispatch import Dispatcher
from web.jobs.models import Job
from web.jobs.queue import waiting_jobs
from web.sessions.models import UserSession

USERS = 20
DEPTHS = size((0, 5_000, 10_000), (0, 50, 100))
STARTS = size(40, 2)

pytestmark = [pytest.mark.bench, pytest.mark.timeout(900)]


def test_queue(tmp_path: Path, redis_server: RedisServer) -> None:
    # A stage of this worker lasts for minutes: two jobs run, all others wait.
    extra = CALM | {"SIMULATION_SPEED": "30", "USER_JOBS": "20000"}
    rows: list[Row] = []
    with Deployment(tmp_path, redis_server, **extra) as deployment:
        deployment.start_control()
        start_workers(deployment, 1)
        caller = Caller(deployment.start_web())
        for _ in range(4):
            caller.start()
        until(lambda: _published(deployment) == 2, "two jobs are at work", 30)
        medians = []
        for depth in DEPTHS:
            _fill(deployment, depth)
            took = [_timed(caller.start) for _ in range(STARTS)]
            medians.append(median(took))
            rows.append(Row(f"POST /process/start with {depth} in line", median(took), "ms"))
            rows.append(Row(f"the same, p99, {depth} in line", percentile(took, 0.99), "ms"))
            rows += _memory(deployment, depth)
        rows.append(at_most("submit, 10,000 in line to none", medians[-1] / medians[0], "x", 1.5))
        last = caller.start()
        looks = [_timed(lambda: caller.http.get(f"/process/{last}")) for _ in range(10)]
        rows.append(Row("GET /process/{id}, place and start of the last", median(looks), "ms"))
        with deployment.app.app_context():
            sweeper = Sweeper(deployment.services)
            sweeper.sweep()
            sweep = [_timed(sweeper.sweep) for _ in range(5)]
            rows.append(at_most("a sweep", max(sweep) / 1000, "s", 1))
            with reading() as db:
                due = _timed(Dispatcher(deployment.services).due)
                rows.append(Row("who is due", due, "ms"))
                rows.append(at_least("Jain index, next 400, 20 users", _jain(db), "", 0.95))
    write("queue", rows)


def _published(deployment: Deployment) -> int:
    with deployment.app.app_context(), reading() as db:
        return db.scalar(select(func.count()).select_from(Job).where(Job.published)) or 0


def _fill(deployment: Deployment, depth: int) -> None:
    """So many in line, of users who came one after the other with ever more of them."""
    face = asdict(deployment.services.artifacts.put_bytes(small_picture(), "image/png"))
    with deployment.app.app_context(), writing() as db:
        there = db.scalar(select(func.count()).select_from(Job)) or 0
        rooms = [UserSession(user_id=f"user{number:02d}") for number in range(USERS)]
        db.add_all(rooms)
        db.flush()
        options = {"script": "A short one.", "mode": "simulation", "height": 240}
        # The first users have far more than the last: 1 + 2 + ... + 20 parts.
        shares = [number for number in range(USERS) for _ in range(USERS - number)]
        rows: list[dict[str, Any]] = [
            {
                "session_id": rooms[shares[number % len(shares)]].id,
                "options": options,
                "inputs": {"face": face},
            }
            for number in range(max(depth - there, 0))
        ]
        if rows:
            db.execute(insert(Job), rows)


def _jain(session: Any) -> float:
    owner = dict(
        session.execute(
            select(Job.id, UserSession.user_id)
            .join(UserSession)
            .where(UserSession.user_id != "bench")
        ).all()
    )
    nexts = [job for job in session.scalars(waiting_jobs()) if job in owner][:400]
    served = Counter(owner[job] for job in nexts)
    return sum(served.values()) ** 2 / (USERS * sum(n * n for n in served.values()))


def _memory(deployment: Deployment, depth: int) -> list[Row]:
    return [
        Row(f"memory of {name}, {depth} in line", _megabytes(deployment.process(name)), "MB")
        for name in ("web", "control")
    ]


def _megabytes(process: psutil.Process) -> float:
    return process.memory_info().rss / 2**20


def _timed(call: Any) -> float:
    began = time.monotonic()
    call()
    return (time.monotonic() - began) * 1000
