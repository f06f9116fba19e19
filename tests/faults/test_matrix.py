"""Every process killed at every boundary that it crosses: what was accepted ends well, once.

One system under its process manager for all of a database's rows; each row tells one process
to die at one place (`tests/faults/doomed.py`) and then sends a job. The rows are `make faults`;
one of their places is in every run of the tests, in a system of two processes.
"""

from __future__ import annotations

import itertools
import pkgutil
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from tasks.domain.job import JobState
from tests.bench.system import Caller
from tests.deployment import Deployment
from tests.faults import doomed
from tests.faults.doomed import Doom
from tests.faults.estate import Estate, estate
from tests.faults.promise import assert_kept
from tests.services.redis_server import RedisServer
from tests.services.waiting import until
from web.db.engine import reading
from web.jobs.models import Job
from web.sessions.names import name_of

pytestmark = pytest.mark.timeout(240)

WORKER, CONTROL, WEB = "gpu_worker.__main__", "web.control.__main__", "web.wsgi"
COMMANDS = {
    "web": ("tests.faults.doomed", WEB),
    "control": ("tests.faults.doomed", CONTROL),
    "lite": ("tests.faults.doomed", WORKER, "lite"),
}
STAGE_OF = {
    "delivery": "animate",
    "lease": "animate",
    "engine": "animate",
    "commit": "animate",
    "manifest": "animate",
    "event": "animate",
    "link": "animate",  # the last of a chain has no next
    "join": "enhance",  # the last of a chain is what a chord waits for
}
CACHED = ("answer", "manifest")
"""Of control and web: what they do for a job that is in the cache."""


def _dooms() -> Iterator[Doom]:
    for when in ("before", "after"):
        for family in (False, True):
            for point, stage in STAGE_OF.items():
                yield Doom(WORKER, f"{when} {point}", stage, family)
        yield Doom(WORKER, f"{when} ack")
        for point in ("claim", "claimed", "publish", "state", "outbox"):
            yield Doom(CONTROL, f"{when} {point}")
        for point in ("acceptance", "dispatch", "claim", "publish"):
            yield Doom(WEB, f"{when} {point}")
        for role in (CONTROL, WEB):
            for point in CACHED:
                yield Doom(role, f"{when} {point}")


def _rows() -> Iterator[Any]:
    for doom in _dooms():
        names = {WORKER: "machine" if doom.family else "worker", CONTROL: "control", WEB: "web"}
        name = f"{names[doom.role]}-{doom.place.replace(' ', '-')}"
        yield pytest.param(doom, id=name, marks=pytest.mark.faults)


@pytest.mark.parametrize("place", doomed.POINTS.values())
def test_every_place_of_the_matrix_can_be_imported(place: str) -> None:
    """Or its rows would wait for processes that break at their first import."""
    assert callable(pkgutil.resolve_name(place))


def test_a_job_survives_a_worker_that_dies_between_a_commit_and_its_report(
    tmp_path: Path, redis_server: RedisServer
) -> None:
    sentence = tmp_path / "doom"
    with Deployment(tmp_path, redis_server, **{doomed.FILE: str(sentence)}) as deployment:
        deployment.start_control()
        deployment.start("worker", "tests.faults.doomed", WORKER, "lite")
        [before] = until(deployment.nodes, "the worker beats", 60)
        with deployment.listener() as heard:
            Doom(WORKER, "after commit", "animate").pronounce(sentence)
            _, job_id = deployment.submit(script=_script())
            assert_kept(deployment, job_id, heard)
        assert not sentence.exists()
        assert {node.pid for node in deployment.nodes()} != {before.pid}


@dataclass(frozen=True)
class Ground:
    """A system that stands for all rows of a database."""

    place: Estate
    sentence: Path
    caller: Caller
    rows: Iterator[int]


@pytest.fixture(
    scope="module",
    params=[
        "sqlite",
        pytest.param("postgresql", marks=pytest.mark.slow),
    ],
)
def ground(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Ground]:
    directory = tmp_path_factory.mktemp("matrix")
    extra = {"JOB_ATTEMPTS": "20", doomed.FILE: str(directory / "doom")}
    postgres = None
    if request.param == "postgresql":
        postgres = request.getfixturevalue("postgres")
        extra["DATABASE_URL"] = postgres.create()
    (directory / "redis").mkdir()
    with (
        RedisServer(directory / "redis") as server,
        estate(directory, server, postgres, workers=2, commands=COMMANDS, **extra) as place,
    ):
        yield Ground(
            place,
            directory / "doom",
            Caller(place.address, place.deployment.credentials),
            itertools.count(),
        )
        until(lambda: not place.left(), f"nothing is left in temp: {place.left()}", 30)


@pytest.mark.parametrize("doom", list(_rows()))
def test_a_job_survives_a_kill_at_every_place(ground: Ground, doom: Doom) -> None:
    deployment = ground.place.deployment
    ground.caller.upload_face(next(ground.rows) % 256)  # of no other row: workers compute all
    script = _script()
    send = _accepted if doom.role is CONTROL else _sent
    if doom.role is not WORKER and doom.place.split()[1] in CACHED:
        assert deployment.until_ended(send(ground, script), 90).state == JobState.SUCCEEDED
    with deployment.listener() as heard:
        doom.pronounce(ground.sentence)
        job_id = send(ground, script)
        until(lambda: not ground.sentence.exists(), "somebody dies", 60)
        assert_kept(deployment, job_id, heard)


def _accepted(ground: Ground, script: str) -> str:
    """As if web had died right after the job's commit: control has all to do."""
    _, job_id = ground.place.deployment.accept(script=script)
    ground.place.deployment.services.bus.wake_controller()
    return job_id


def _sent(ground: Ground, script: str) -> str:
    """By a client that asks again under the same key until it has an answer."""
    key = uuid.uuid4().hex
    wish = {"session_id": ground.caller.session_id, "script": script, "height": 240}
    wish |= {"mode": "simulation"}

    def answer() -> str | None:
        try:
            sent = ground.caller.http.post(
                "/process/start", json=wish, headers={"Idempotency-Key": key}
            )
        except httpx.TransportError:
            return None
        return sent.json()["job_id"] if sent.status_code == 202 else None

    before = _jobs(ground)
    job_id = until(answer, "the job is taken in", 60)
    assert _jobs(ground) - before == {job_id}, "one job for one wish"
    return job_id


def _script() -> str:
    """Two scenes, which a chord joins; no row finds the voice or the animation of another."""
    number = uuid.uuid4().int % 10**6
    return f"This is the first scene, number {number}. And here is the second one, number {number}."


def _jobs(ground: Ground) -> set[str]:
    mine = select(Job.id).where(Job.session_id == name_of(ground.caller.session_id))
    with ground.place.deployment.app.app_context(), reading() as db:
        return set(db.scalars(mine))
