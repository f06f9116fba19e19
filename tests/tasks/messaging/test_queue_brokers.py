"""Queues on a Redis of their own: two real servers, and no message on the wrong one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from config.environments import ENVIRONMENTS
from config.settings import ConfigurationError, read
from tasks.messaging.queue_brokers import queues_in_reach
from tasks.messaging.routing import lists_of
from tests.deployment import Deployment
from tests.services.redis_server import RedisServer
from tests.web.fake_nodes import beat, simulated
from web.control.sweeper import queue_contents
from web.jobs.demand import depths


@pytest.fixture
def other(tmp_path: Path) -> Iterator[RedisServer]:
    (tmp_path / "other").mkdir()
    with RedisServer(tmp_path / "other") as server:
        yield server


@pytest.mark.parametrize(
    "text",
    ["moon=redis://a/0", "xtts=http://a/0", "xtts=redis://a xtts=redis://b", "xtts=sentinel://a/0"],
)
def test_unreadable_brokers_are_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="BROKER_URLS must be"):
        read({"BROKER_URLS": text})


def test_a_worker_consumes_the_queues_of_its_own_broker() -> None:
    settings = read({"BROKER_URLS": "xtts=redis://b/0 sadtalker=redis://b/0"})
    assert queues_in_reach(settings, "xtts") == ("xtts",)
    assert queues_in_reach(settings, "lite") == ("lite", "script", "realesrgan", "media", "hosted")


def test_messages_go_to_the_redis_of_their_queue(
    tmp_path: Path, redis_server: RedisServer, other: RedisServer
) -> None:
    with Deployment(tmp_path, redis_server, BROKER_URLS=f"lite={other.url}") as deployment:
        beat(deployment.services.redis, *simulated())
        _, job_id = deployment.submit()
        with other.client() as there, redis_server.client() as here:
            assert sum(map(there.llen, lists_of("lite"))) == 2
            assert not here.exists(*lists_of("lite"))
        assert depths(deployment.services.queues)["lite"] == 2
        queued = queue_contents(deployment.services.queues).queued
        assert queued == {f"{job_id}.1.script.all", f"{job_id}.1.face.all"}
        assert {name for _, of in deployment.services.queues for name in of} == set(ENVIRONMENTS)


@pytest.mark.slow
def test_a_job_runs_through_two_brokers(
    tmp_path: Path, redis_server: RedisServer, other: RedisServer
) -> None:
    """Its assembly is on one server and everything else on the other."""
    brokers = f"lite={other.url} media={other.url}"
    with Deployment(tmp_path, redis_server, BROKER_URLS=brokers) as deployment:
        deployment.start_control()
        deployment.start_workers("lite")
        _, job_id = deployment.submit()
        assert deployment.until_ended(job_id).state == "succeeded"
        deployment.start_workers("media", "lite")
        jobs = [deployment.submit(seed=n)[1] for n in range(3)]
        for each in jobs:
            assert deployment.until_ended(each).state == "succeeded"
        environments = {run.environment for each in jobs for run in deployment.runs(each)}
        assert environments <= {"lite", "media"}
        with redis_server.client() as here:
            assert not here.exists(*lists_of("lite"), *lists_of("media"), "unacked:lite")
