"""What was answered 202 ends well, whoever dies meanwhile: the short list, in every run."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from config.stages import STAGES
from tests.deployment import Deployment
from tests.faults.promise import assert_kept
from tests.services.redis_server import RedisServer
from tests.services.waiting import until

pytestmark = pytest.mark.timeout(180)


@pytest.mark.faults  # as rows of tests/faults/test_matrix.py that are in every run
def test_a_worker_process_is_killed_in_mid_stage(slow_deployment: Deployment) -> None:
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
def test_a_worker_machine_dies_in_mid_stage(slow_deployment: Deployment) -> None:
    deployment = slow_deployment
    deployment.start_control()
    deployment.start_workers("lite", "lite")
    with deployment.listener() as heard:
        _, job_id = deployment.submit()
        deployment.until_running(job_id, "enhance")
        deployment.kill_tree("worker-0")
        assert_kept(deployment, job_id, heard)
    assert deployment.job(job_id).attempt > 1


@pytest.mark.parametrize("how", [pytest.param("stop", marks=pytest.mark.faults), "kill"])
def test_redis_restarts_in_mid_chord(slow_deployment: Deployment, how: str) -> None:
    deployment = slow_deployment
    deployment.start_control()
    deployment.start_workers("lite", "lite")
    with deployment.listener() as heard:
        _, job_id = deployment.submit()
        deployment.until_done(job_id, "voice")
        getattr(deployment.redis_server, how)()
        deployment.redis_server.start()
        assert_kept(deployment, job_id, heard)


def test_redis_is_wiped_in_mid_chord(slow_deployment: Deployment) -> None:
    deployment = slow_deployment
    deployment.start_control()
    deployment.start_workers("lite", "lite")
    with deployment.listener() as heard:
        _, job_id = deployment.submit()
        deployment.until_done(job_id, "voice")
        deployment.redis_server.flush()
        assert_kept(deployment, job_id, heard)


def test_control_is_killed_and_its_standby_takes_over(slow_deployment: Deployment) -> None:
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
def test_control_stands_still_and_its_standby_takes_over(
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
            frozen.resume()  # what it does as it wakes harms nobody
        _, again = deployment.submit(script="Another one, after that.")
        assert_kept(deployment, again, heard)


def test_redis_is_away_when_the_job_is_accepted(slow_deployment: Deployment) -> None:
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
    brief = {name: replace(STAGES[name], seconds=s) for name, s in (("script", 1), ("voice", 5))}
    monkeypatch.setattr("tasks.domain.planner.STAGES", STAGES | brief)


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
def test_trouble_while_voices_are_spoken_beside_the_portrait(
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
