"""Jobs whose engine fails everywhere, is gone or is too large: another plan, or an end in time."""

from __future__ import annotations

from pathlib import Path

import pytest

from gpu_worker.speech import kokoro_voices
from tasks.domain.events import EventType
from tasks.domain.job import JobState
from tests.deployment import Deployment
from tests.services.redis_server import RedisServer
from tests.services.waiting import until
from tests.web.jobs.test_pipeline import assert_told_well
from web.db.engine import reading
from web.jobs import report as reports
from web.jobs.models import Job
from web.sessions.models import Output

# The voice is the choice that is left to us.
OURS = {
    "mode": "auto",
    "script": "One short scene.",
    "quality": "fast",
    "engines": dict.fromkeys(("script", "face", "animate", "enhance"), "simulated"),
}


def report(deployment: Deployment, job_id: str) -> dict[str, object]:
    with deployment.app.app_context(), reading() as db:
        return reports.report(db, db.get_one(Job, job_id))


def test_an_engine_that_fails_everywhere_is_replaced(deployment: Deployment) -> None:
    deployment.start_control()
    deployment.start_workers("lite", faults="broken:voice/piper,broken:voice/kokoro")
    with deployment.listener() as heard:
        _, job_id = deployment.submit(**OURS)
        job = deployment.until_ended(job_id)
        until(lambda: heard[-1].event_type.terminal, "the end is heard")
    assert job.state == JobState.SUCCEEDED, job.error_message
    assert_told_well(heard)

    said = report(deployment, job_id)
    # Without its English voices, Kokoro comes after espeak.
    has_english = kokoro_voices.installed() != kokoro_voices.PACKAGED
    engines = ["piper", "kokoro", "espeak"] if has_english else ["piper", "espeak"]
    assert said["revision"] == job.revision == len(engines)
    assert [r["engines"]["voice"] for r in said["revisions"]] == engines
    why = f"voice uses {engines[1]} instead of piper, which failed."
    assert said["revisions"][1]["why"] == why
    assert job.result["engines"]["voice"]["name"] == "espeak"

    changes = [e for e in heard if e.event_type is EventType.PLAN_REVISED]
    assert [e.details["revision"] for e in changes] == list(range(2, len(engines) + 1))
    assert changes[0].details["kept"] == ["face", "script"]
    # Neither computed nor reported again.
    told = [e.stage for e in heard if e.event_type is EventType.STAGE_COMPLETED]
    assert sorted(told) == ["animate", "assemble", "enhance", "face", "script", "voice"]
    artifacts = [{r.artifact for r in deployment.runs(job_id) if r.stage == s} for s in told]
    assert all(len(made - {""}) == 1 for made in artifacts)


@pytest.mark.slow
def test_an_engine_without_a_worker_is_replaced(deployment: Deployment) -> None:
    deployment.start_control()
    deployment.start_workers("lite", faults="stuck:voice:frames")
    _, job_id = deployment.submit(**OURS)
    deployment.until_running(job_id, "voice")
    deployment.kill_tree("worker-0")
    deployment.start_workers("lite", faults="absent:voice/piper,absent:voice/kokoro")
    job = deployment.until_ended(job_id, 90)
    assert job.state == JobState.SUCCEEDED, job.error_message
    assert job.revision == 2
    assert "which no available worker has" in report(deployment, job_id)["revisions"][1]["why"]
    assert job.failures == 0


@pytest.mark.slow
def test_a_job_without_a_capable_worker_waits_and_fails(
    tmp_path: Path, redis_server: RedisServer
) -> None:
    with Deployment(tmp_path, redis_server, ENGINE_WAIT_MINUTES="0.05") as deployment:
        deployment.start_control()
        _, job_id = deployment.submit()
        assert "No available worker" in report(deployment, job_id)["waiting_for"]
        job = deployment.until_ended(job_id)
    assert (job.state, job.error_code) == ("failed", "ENGINE_UNAVAILABLE")
    assert (job.revision, job.attempt) == (0, 0)


@pytest.mark.slow
def test_where_nothing_may_take_its_place_the_job_waits_and_ends(
    tmp_path: Path, redis_server: RedisServer
) -> None:
    with Deployment(tmp_path, redis_server, ENGINE_WAIT_MINUTES="0.25") as deployment:
        deployment.start_control()
        deployment.start_workers("lite", faults="stuck:voice:frames")
        _, job_id = deployment.submit(**OURS | {"engines": OURS["engines"] | {"voice": "piper"}})
        deployment.until_running(job_id, "voice")
        deployment.kill_tree("worker-0")
        until(lambda: report(deployment, job_id)["waiting_for"], "it says what it waits for", 60)
        assert "voice/piper" in report(deployment, job_id)["waiting_for"]
        before = deployment.job(job_id)
        job = deployment.until_ended(job_id)
    assert (job.state, job.error_code) == ("failed", "ENGINE_UNAVAILABLE")
    assert job.revision == 1
    # Waiting is no attempt (a dispatch may have been under way when it was read).
    assert job.attempt <= before.attempt


@pytest.mark.slow
def test_what_is_too_large_is_made_smaller(deployment: Deployment) -> None:
    deployment.start_control()
    deployment.start_workers("lite", faults="high:enhance:640")
    engines = OURS["engines"] | {"voice": "simulated"}
    session_id, job_id = deployment.submit(**OURS | {"engines": engines, "height": 480})
    job = deployment.until_ended(job_id)
    assert job.state == JobState.SUCCEEDED, job.error_message
    assert [r["height"] for r in report(deployment, job_id)["revisions"]] == [854, 640]
    assert job.result["facts"]["height"] == 640
    with deployment.app.app_context(), reading() as db:
        names = [o.filename for o in db.query(Output).filter_by(session_id=session_id)]
    assert len(names) == len(set(names))


@pytest.mark.slow
def test_a_finished_step_needs_no_capable_worker(slow_deployment: Deployment) -> None:
    deployment = slow_deployment
    deployment.start_control()
    deployment.start_workers("script", "xtts", "sadtalker", "realesrgan", "media")
    _, job_id = deployment.submit(script="One short scene.")
    deployment.until_running(job_id, "enhance")
    deployment.kill_tree("worker-0")
    deployment.kill_tree("worker-1")
    deployment.redis_server.flush()  # so that all of it must be sent again
    job = deployment.until_ended(job_id, 90)
    assert job.state == JobState.SUCCEEDED, job.error_message
    assert job.attempt == 2
