"""A fail-over of Redis by Sentinel under load: no accepted job is lost."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from config.redis_urls import sentinel_address
from tasks.messaging.redis_client import connect_to
from tests.deployment import Deployment
from tests.services.sentinels import SentinelGroup
from tests.services.waiting import until

JOBS = 12

pytestmark = [pytest.mark.faults, pytest.mark.timeout(400)]


@pytest.fixture
def group(tmp_path: Path) -> Iterator[SentinelGroup]:
    made = SentinelGroup(tmp_path / "sentinel")
    try:
        made.start()
        yield made
    finally:
        made.kill_all()


def test_no_job_is_lost_when_the_master_dies(tmp_path: Path, group: SentinelGroup) -> None:
    with Deployment(tmp_path, group, SIMULATION_SPEED="0.02") as deployment:
        deployment.start_control()
        deployment.start_workers("lite", "lite")
        before = [deployment.submit(seed=n)[1] for n in range(JOBS // 2)]
        deployment.until_running(before[0], "animate")
        group.fail_over()
        # Submitted while processes still find out: accepted is accepted.
        after = [deployment.submit(seed=100 + n)[1] for n in range(JOBS // 2)]
        for job_id in (*before, *after):
            assert deployment.until_ended(job_id, 240).state == "succeeded"
        assert len(deployment.nodes()) == 2


def test_clients_follow_the_master(group: SentinelGroup) -> None:
    with closing(connect_to(group.url, patient=True)) as client:
        until(lambda: client.set("seen", 1) and client.wait(1, 1000), "the replica has it")
        group.fail_over()
        until(lambda: client.get("seen") == "1", "the new master answers")
        client.set("seen", 2)
        assert group.client().get("seen") == "2"


def test_the_master_has_the_named_database(group: SentinelGroup) -> None:
    other = group.url.replace("/0?", "/3?")
    assert sentinel_address(other).database == 3
    with closing(connect_to(other)) as client:
        client.set("here", 1)
    with group.client() as zero:
        assert not zero.exists("here")
