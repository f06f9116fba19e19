"""A worker that is asked to take nothing new ends what it does, and takes nothing new."""

from __future__ import annotations

import subprocess
import sys

import pytest
from flask.testing import FlaskClient

from tasks.domain.job import JobState
from tests.deployment import ROOT, Deployment
from tests.services.waiting import until
from tests.web import fake_nodes
from web.errors import OperatorsOnly


def drain(deployment: Deployment, seconds: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "gpu_worker.drain", "--seconds", str(seconds)],
        cwd=ROOT,
        env=deployment.environ,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_drained_worker_finishes_its_steps_and_takes_no_new_ones(
    slow_deployment: Deployment,
) -> None:
    deployment = slow_deployment
    deployment.start_control()
    deployment.start_workers("lite")
    _, job_id = deployment.submit(script="One scene only, and it is a slow one to make.")
    running = deployment.until_running(job_id, "animate")

    at_once = drain(deployment, 0)
    assert at_once.returncode == 1
    assert f"Still running: {running.worker}" in at_once.stderr
    assert drain(deployment, 60).returncode == 0

    ended = deployment.until_done(job_id, "animate")
    assert (ended.worker, ended.attempt) == (running.worker, running.attempt)
    assert not JobState(deployment.job(job_id).state).terminal  # the rest waits for a worker
    client = deployment.app.test_client()
    (told,) = client.get("/workers", headers=deployment.operator).json["workers"]
    assert told["draining"]

    resumed = client.post(f"/workers/{running.worker}/resume", headers=deployment.operator)
    assert resumed.status_code == 202
    assert deployment.until_ended(job_id).state == JobState.SUCCEEDED
    until(lambda: not deployment.nodes()[0].draining, "the worker says that it takes work again")


def test_operators_drain_and_resume_a_worker_that_beats(standing: FlaskClient) -> None:
    redis = standing.application.extensions["callsheet"].redis
    fake_nodes.beat(redis, *fake_nodes.simulated())
    for verb in ("drain", "resume"):
        answer = standing.post(f"/workers/lite@here/{verb}")
        assert answer.status_code == 202
        assert [worker["name"] for worker in answer.json["workers"]] == ["lite@here"]


def test_only_operators_drain_existing_workers(deployment: Deployment) -> None:
    client = deployment.app.test_client()
    for verb in ("drain", "resume"):
        missing = client.post(f"/workers/missing/{verb}", headers=deployment.operator)
        assert (missing.status_code, missing.json["error_code"]) == (404, "WORKER_NOT_FOUND")
        other = client.post(f"/workers/missing/{verb}")
        assert (other.status_code, other.json["error_code"]) == (403, OperatorsOnly.code)
