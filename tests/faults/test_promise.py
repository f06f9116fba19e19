"""A job answered with 202 succeeds, whatever process dies: the short list, in every run."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from config.stages import ALL_STAGES
from tests.deployment import Deployment
from tests.faults.promise import assert_kept
from tests.services.redis_server import RedisServer
from tests.services.waiting import until

pytestmark = pytest.mark.timeout(180)


@pytest.mark.faults  # as rows of tests/faults/test_matrix.py that are in every run
def test_a_job_survives_a_killed_worker_process(slow_deployment: Deployment) -> None:
    deployment = slow_deployment
    deployment.start_control()
    deployment.start_workers("lite", "lite")
    with deployment.listener() as heard:
        _, job_id = deployment.submit()
        deployment.until_running(job_id, "animate")
        victim = until(
            lambda: next((n for n in deployment.nodes() if ".animate." in n.doing), None),
            "a heartbeat says who animates",
        )
        os.kill(victim.pid, signal.SIGKILL)
        assert_kept(deployment, job_id, heard)


@pytest.mark.faults
def test_a_job_survives_a_dead_worker_machine(slow_deployment: Deployment) -> None:
    deployment = slow_deployment
    deployment.start_control()
    deployment.start_workers("lite", "lite")
    with deployment.listener() as heard:
        _, job_id = deployment.submit()
        deployment.until_running(job_id, "enhance")
        deployment.kill_tree("worker-0")
        assert_kept(deployment, job_id, heard)
    assert deployment.job(job_id).attempt > 1


@pytest.mark.faults
@pytest.mark.parametrize("how", ["stop", "kill"])
def test_a_job_survives_a_restart_of_redis(slow_deployment: Deployment, how: str) -> None:
    deployment = slow_deployment
    deployment.start_control()
    deployment.start_workers("lite", "lite")
    with deployment.listener() as heard:
        _, job_id = deployment.submit()
        deployment.until_done(job_id, "voice")
        getattr(deployment.redis_server, how)()
        deployment.redis_server.start()
        assert_kept(deployment, job_id, heard)


@pytest.mark.faults
def test_a_job_survives_a_wipe_of_redis(slow_deployment: Deployment) -> None:
    deployment = slow_deployment
    deployment.start_control()
    deployment.start_workers("lite", "lite")
    with deployment.listener() as heard:
        _, job_id = deployment.submit()
        deployment.until_done(job_id, "voice")
        deployment.redis_server.flush()
        assert_kept(deployment, job_id, heard)


def test_a_standby_takes_over_from_a_killed_controller(slow_deployment: Deployment) -> None:
    deployment = slow_deployment
    deployment.start_control()
    deployment.start_workers("lite", "lite")
    with deployment.listener() as heard:
        _, job_id = deployment.submit()
        deployment.until_done(job_id, "voice")
        deployment.start_control("standby")
        deployment.kill("control")
        assert_kept(deployment, job_id, heard)


@pytest.mark.faults
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_a_standby_takes_over_from_a_frozen_controller(
    tmp_path: Path, redis_server: RedisServer, database: str, request: pytest.FixtureRequest
) -> None:
    extra = {"SIMULATION_SPEED": "0.02"}
    if database == "postgresql":
        extra["DATABASE_URL"] = request.getfixturevalue("postgres_url")
    with Deployment(tmp_path, redis_server, **extra) as deployment, deployment.listener() as heard:
        deployment.start_control()
        deployment.start_workers("lite", "lite")
        _, job_id = deployment.submit()
        deployment.until_done(job_id, "voice")
        deployment.start_control("standby")
        frozen = deployment.process("control")
        frozen.suspend()
        assert_kept(deployment, job_id, heard)
        with suppress(psutil.NoSuchProcess):
            frozen.resume()  # it does no harm when it wakes up
        _, again = deployment.submit(script="Another one, after that.")
        assert_kept(deployment, again, heard)


@pytest.mark.faults
def test_a_job_is_accepted_while_redis_is_unavailable(slow_deployment: Deployment) -> None:
    deployment = slow_deployment
    deployment.start_control()
    deployment.start_workers("lite", "lite")
    deployment.redis_server.kill()
    _, job_id = deployment.submit()
    assert not deployment.job(job_id).published
    deployment.redis_server.start()
    with deployment.listener() as heard:
        assert_kept(deployment, job_id, heard)


def expect_short_voices(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other canvas: the plan expects less of script and voices than of the face."""
    brief = {
        name: replace(ALL_STAGES[name], seconds=s) for name, s in (("script", 1), ("voice", 5))
    }
    monkeypatch.setattr("tasks.domain.planner.ALL_STAGES", ALL_STAGES | brief)


@pytest.mark.faults
def test_voices_beside_the_portrait_need_no_second_attempt(
    slow_deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A chord that begins its body too early, or never, would be mended without a word."""
    expect_short_voices(monkeypatch)
    deployment = slow_deployment
    deployment.start_control()
    deployment.start_workers("lite")
    with deployment.listener() as heard:
        _, job_id = deployment.submit()
        assert_kept(deployment, job_id, heard)
    assert deployment.job(job_id).attempt == 1
    _, again = deployment.submit()  # finds it all
    assert deployment.until_ended(again).attempt == 1


@pytest.mark.slow
@pytest.mark.parametrize("how", ["kill", "wipe"])
def test_faults_while_voices_run_beside_the_portrait(
    slow_deployment: Deployment, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    expect_short_voices(monkeypatch)
    deployment = slow_deployment
    deployment.start_control()
    deployment.start_workers("lite", "lite")
    with deployment.listener() as heard:
        _, job_id = deployment.submit()
        deployment.until_running(job_id, "voice")
        if how == "kill":
            deployment.kill_tree("worker-0")
        else:
            deployment.redis_server.flush()
        assert_kept(deployment, job_id, heard)
