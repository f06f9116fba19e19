"""Workers whose clock is wrong by two days: nothing of a job is decided by it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tasks.domain.events import id_order
from tests.deployment import Deployment
from tests.faults.promise import assert_kept
from tests.services.binaries import require
from tests.services.waiting import until

pytestmark = [pytest.mark.faults, pytest.mark.timeout(240)]

LIBRARIES = "usr/lib/*/faketime/libfaketime.so.1"

both_ways = pytest.mark.parametrize("skew", ["-2d", "+2d"])


def start_skewed(deployment: Deployment, skew: str, faults: str = "") -> str:
    """The name of a worker that takes every clock of the wall to be so far off."""
    require("faketime", "faketime")
    before = {node.name for node in deployment.nodes()}
    deployment.start(
        "skewed",
        "tests.faults.skewed",
        "lite",
        LD_PRELOAD=str(next(Path("/").glob(LIBRARIES))),
        FAKETIME=skew,
        FAKETIME_DONT_FAKE_MONOTONIC="1",
        CALLSHEET_TEST_FAULTS=faults,
    )
    return until(
        lambda: next((n.name for n in deployment.nodes() if n.name not in before), None),
        "it beats",
        60,
    )


@both_ways
def test_a_worker_with_a_wrong_clock_works_beside_others(
    slow_deployment: Deployment, skew: str
) -> None:
    deployment = slow_deployment
    deployment.start_control()
    deployment.start_workers("lite")
    skewed = start_skewed(deployment, skew)
    began = time.time()
    with deployment.listener() as heard:
        _, job_id = deployment.submit()
        assert_kept(deployment, job_id, heard)
    assert deployment.job(job_id).attempt == 1
    runs = deployment.runs(job_id)
    assert skewed in {run.worker for run in runs}
    for event in deployment.ledger(job_id):
        assert began - 1 <= id_order(event.event_id)[0] / 1000 <= time.time() + 1
    for run in runs:
        assert run.seconds is not None
        assert 0 <= run.seconds < time.time() - began


@both_ways
def test_a_worker_with_a_wrong_clock_dies_during_a_stage(
    slow_deployment: Deployment, skew: str
) -> None:
    """Its lease and its pulse end by the clock of Redis."""
    deployment = slow_deployment
    deployment.start_control()
    skewed = start_skewed(deployment, skew)
    with deployment.listener() as heard:
        _, job_id = deployment.submit()
        assert deployment.until_running(job_id, "animate").worker == skewed
        deployment.kill_tree("skewed")
        deployment.start_workers("lite")
        assert_kept(deployment, job_id, heard)


@both_ways
def test_a_message_requeued_by_a_wrong_clock_is_taken_soon(
    deployment: Deployment, skew: str
) -> None:
    """A message that comes back names the moment by the clock of who sent it."""
    deployment.start_control()
    skewed = start_skewed(deployment, skew, faults="broken:enhance")
    deployment.start_workers("lite")
    with deployment.listener() as heard:
        _, job_id = deployment.submit()
        assert_kept(deployment, job_id, heard)
    job = deployment.job(job_id)
    assert (job.attempt, job.failures) == (1, 0)
    assert skewed not in {run.worker for run in deployment.runs(job_id) if run.stage == "enhance"}
