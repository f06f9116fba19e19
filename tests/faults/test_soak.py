"""Many jobs, and a fault every few seconds: none is lost, none is done twice, none is stuck.

make soak ARGS="--soak-jobs 500 --soak-seconds 600 --soak-seed 7"

`-k sqlite` or `-k postgresql` runs one of both.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from tasks.domain.job import JobState
from tests.faults import accounts
from tests.faults.cells import Cells
from tests.faults.clients import Client, Feeder
from tests.faults.estate import Estate, estate
from tests.services.redis_server import RedisServer
from tests.services.waiting import until
from web.db.engine import reading
from web.jobs.models import Job

CLIENTS = 3
WORKERS = 8
OPEN_AT_ONCE = 24
WHOLE_SECONDS = 600
"""From here on every fault has to hit every stage."""
LONGER = 3.0
"""A slow machine gets so many times the seconds for its jobs, and faults go on striking."""
END_SECONDS = 240
SETTINGS = {"SIMULATION_SPEED": "0.006", "JOB_ATTEMPTS": "60", "LOG_LEVEL": "INFO"}

pytestmark = [pytest.mark.soak, pytest.mark.timeout(3600)]


@pytest.mark.parametrize("database", ["postgresql", "sqlite"])
def test_soak(
    tmp_path: Path,
    redis_server: RedisServer,
    database: str,
    request: pytest.FixtureRequest,
    pytestconfig: pytest.Config,
) -> None:
    jobs, seconds = (pytestconfig.getoption(f"soak_{name}") for name in ("jobs", "seconds"))
    seed = pytestconfig.getoption("soak_seed") or random.randrange(10**6)
    print(f"\nsoak: {jobs} jobs, {seconds} s, --soak-seed {seed}")
    random.seed(seed)
    settings, postgres = SETTINGS, None
    if database == "postgresql":
        postgres = request.getfixturevalue("postgres")
        settings = SETTINGS | {"DATABASE_URL": request.getfixturevalue("postgres_url")}
    with estate(tmp_path, redis_server, postgres, workers=WORKERS, **settings) as place:
        clients = [Client(place.address, place.deployment.credentials) for _ in range(CLIENTS)]
        feeder, cells = Feeder(clients, OPEN_AT_ONCE), Cells(place)
        began = time.monotonic()

        def more() -> bool:
            passed = time.monotonic() - began
            wanting = (seconds >= WHOLE_SECONDS and cells.empty) or len(feeder.accepted) < jobs
            return passed < (LONGER * seconds if wanting else seconds)

        try:
            with _feeding(feeder):
                cells.strike_while(more)
            _until_ended(place, feeder)
        finally:
            print(accounts.table(place, cells, len(feeder.accepted)))
        again = accounts.assert_kept(place, clients)
        for client in clients:
            client.close()
        until(lambda: not place.left(), f"nothing is left in temp: {place.left()}", 30)
    print(f"{len(again)} events said anew after a wipe, to a client that had come anew")
    print(f"{len(cells.empty)} cells of fault and stage were not hit")
    assert len(feeder.accepted) >= jobs, "the jobs were not taken in"
    assert seconds < WHOLE_SECONDS or not cells.empty, f"cells that no fault has hit: {cells.empty}"


@contextmanager
def _feeding(feeder: Feeder) -> Iterator[None]:
    thread = threading.Thread(target=feeder.run)
    thread.start()
    try:
        yield
    finally:
        feeder.over.set()
        thread.join()


def _until_ended(place: Estate, feeder: Feeder) -> None:
    def open_jobs() -> int | None:
        try:
            with place.deployment.app.app_context(), reading() as db:
                states = db.execute(select(Job.id, Job.state)).all()
        except (SQLAlchemyError, redis.RedisError):
            return None
        assert set(feeder.accepted) <= {job_id for job_id, _ in states}, "a job is not there"
        return sum(not JobState(state).terminal for _, state in states)

    until(lambda: open_jobs() == 0, "every job ends", END_SECONDS)
    for client in feeder.clients:
        try:
            until(lambda: not client.missing, "every end is heard", 60)  # noqa: B023
        except TimeoutError as error:
            raise AssertionError(str(client)) from error
