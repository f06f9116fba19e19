"""What is lost, and what only waits for its turn behind what is found again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from config.environments import ENVIRONMENTS
from tasks.messaging import keys
from tasks.messaging.routing import unacked
from tasks.nodes import leases
from tests.deployment import Deployment
from tests.services.redis_server import RedisServer
from tests.web import fake_nodes
from web.control.sweeper import Sweeper
from web.db.engine import writing
from web.jobs.models import StageRun


@pytest.fixture
def impatient(tmp_path: Path, redis_server: RedisServer) -> Iterator[Deployment]:
    """Make sweeps count at any interval, without workers."""
    with Deployment(tmp_path, redis_server, SWEEP_SECONDS="0") as deployment:
        fake_nodes.beat(deployment.services.redis, *fake_nodes.simulated())
        yield deployment


def _dispatched_again(deployment: Deployment) -> str:
    """A job whose first attempt came as far as its animations."""
    _, job_id = deployment.submit()
    with deployment.app.app_context(), writing() as db:
        for run in db.query(StageRun).filter_by(job_id=job_id):
            if run.stage in ("script", "face", "voice"):
                run.state = "done"
    return job_id


def _sweeps(deployment: Deployment) -> list[str]:
    sweeper = Sweeper(deployment.services)
    with deployment.app.app_context():
        return [*sweeper.sweep(), *sweeper.sweep()]


def test_who_waits_behind_what_is_found_again_is_not_lost(impatient: Deployment) -> None:
    _dispatched_again(impatient)
    assert _sweeps(impatient) == []


def test_who_waits_behind_nothing_is_lost(impatient: Deployment) -> None:
    job_id = _dispatched_again(impatient)
    impatient.services.redis.delete(*ENVIRONMENTS)
    assert _sweeps(impatient) == [job_id]
    assert not impatient.job(job_id).published


def test_who_was_held_a_moment_ago_is_missed_only_from_now_on(impatient: Deployment) -> None:
    """A step whose end is still on its way: its message is gone, its event not yet read."""
    job_id = _dispatched_again(impatient)
    taken = _take_all(impatient)
    sweeper = Sweeper(impatient.services)
    with impatient.app.app_context():
        assert sweeper.sweep() == []
        impatient.services.redis.delete(taken)
        assert sweeper.sweep() == []
        assert sweeper.sweep() == [job_id]


def test_who_was_heard_and_fell_silent_has_had_his_time(impatient: Deployment) -> None:
    """A worker that was killed at work: its message stays in its hands, its pulse does not."""
    job_id = _dispatched_again(impatient)
    client = impatient.services.redis
    _all_pulse(client, _take_all(impatient))
    sweeper = Sweeper(impatient.services)
    with impatient.app.app_context():
        assert sweeper.sweep() == []
        client.delete(*client.keys(keys.step_heartbeat("*")))
        assert sweeper.sweep() == []
        assert sweeper.sweep() == [job_id]


def test_who_comes_back_after_a_pause_has_not_fallen_silent(impatient: Deployment) -> None:
    """It was heard of, and is a message again, in the hands of a worker until its pause is over."""
    _dispatched_again(impatient)
    client = impatient.services.redis
    taken = _take_all(impatient)
    _all_pulse(client, taken)
    sweeper = Sweeper(impatient.services)
    with impatient.app.app_context():
        assert sweeper.sweep() == []
        client.delete(*client.keys(keys.step_heartbeat("*")))
        for name, text in client.hgetall(taken).items():
            message, *where = json.loads(text)
            message["properties"]["delivery_tag"] = "another"
            client.hset(taken, name, json.dumps([message, *where]))
        assert [sweeper.sweep(), sweeper.sweep()] == [[], []]


def _all_pulse(client: redis.Redis, taken: str) -> None:
    for message in client.hvals(taken):
        leases.renew_heartbeat(
            client, keys.step_heartbeat(json.loads(message)[0]["headers"]["id"]), 60
        )


def _take_all(deployment: Deployment) -> str:
    """All messages into the hands of workers that say nothing; the key of those."""
    client = deployment.services.redis
    taken = unacked("lite")["unacked_key"]
    for name in ENVIRONMENTS:
        while message := client.rpop(name):
            client.hset(taken, message, json.dumps([json.loads(message), "", name]))
    return taken
