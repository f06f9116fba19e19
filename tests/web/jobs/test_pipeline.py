"""One job through real workers, real Redis and control: the way of a request below the API."""

from __future__ import annotations

import subprocess
from itertools import pairwise

import pytest

from config.environments import ENVIRONMENTS
from tasks.domain.events import Event, EventType, id_order
from tasks.domain.fingerprint import compare
from tasks.domain.job import JobState
from tasks.messaging import keys
from tests.deployment import Deployment
from tests.services.s3 import S3Server
from tests.services.waiting import until
from web.db.engine import reading
from web.fingerprints.blocklist import unpack
from web.sessions.models import Output
from web.trust.models import KnownVideo


@pytest.mark.slow
def test_a_worker_for_each_environment_does_its_own_stages(deployment: Deployment) -> None:
    deployment.start_control()
    alone = [name for name in ENVIRONMENTS if name != "lite"]
    deployment.start_workers(*alone)
    _, job_id = deployment.submit()
    job = deployment.until_ended(job_id)
    assert job.state == JobState.SUCCEEDED, job.error_message
    for run in deployment.runs(job_id):
        environment = run.worker.partition("@")[0]
        assert run.stage in ENVIRONMENTS[environment].stages
        assert environment == run.environment


def test_a_failing_scene_fails_the_job_and_its_siblings_stop(slow_deployment: Deployment) -> None:
    deployment = slow_deployment
    deployment.start_control()
    deployment.start_workers("lite", "lite", faults="refused:animate.1")
    _, job_id = deployment.submit()
    job = deployment.until_ended(job_id)
    assert (job.state, job.error_code) == ("failed", "INPUT_REFUSED")
    end = until(lambda: _end(deployment, job_id), "the end is in the ledger")
    assert (end.details["stage"], end.details["scene"]) == ("animate", 1)
    until(lambda: all(not node.doing for node in deployment.nodes()), "the siblings stop")
    runs = {run.step: run.state for run in deployment.runs(job_id)}
    assert runs["animate.1"] == "failed"
    assert runs["assemble"] != "done"
    assert "running" not in runs.values()


def test_cancelling_stops_the_work_and_is_told_once(slow_deployment: Deployment) -> None:
    deployment = slow_deployment
    deployment.start_control()
    deployment.start_workers("lite")
    with deployment.listener() as heard:
        _, job_id = deployment.submit(script="One scene only, and it is a slow one to make.")
        deployment.until_running(job_id, "enhance")
        deployment.request_cancel(job_id)
        job = deployment.until_ended(job_id, 5)
        until(lambda: all(not node.doing for node in deployment.nodes()), "the worker is idle", 2)
        until(lambda: heard[-1].event_type.terminal, "the end is heard")
    assert job.state == JobState.CANCELLED
    assert [e.event_type for e in heard if e.event_type.terminal] == [EventType.PIPELINE_CANCELLED]
    assert not list(deployment.settings.path("temp").glob(f"{job_id}.*"))


def test_a_job_waits_for_a_worker_that_can_do_it(deployment: Deployment) -> None:
    deployment.start_control()
    _, job_id = deployment.submit()
    assert deployment.job(job_id).revision == 0
    deployment.start_workers("lite")
    assert deployment.until_ended(job_id).state == JobState.SUCCEEDED


@pytest.mark.slow
def test_the_store_may_be_s3(tmp_path, redis_server, s3: S3Server, monkeypatch) -> None:
    for name, value in s3.environment.items():
        monkeypatch.setenv(name, value)
    with Deployment(tmp_path, redis_server, ARTIFACTS_URL=s3.bucket()) as deployment:
        deployment.start_control()
        deployment.start_workers("lite")
        _, job_id = deployment.submit(script="A short one.")
        assert deployment.until_ended(job_id).state == JobState.SUCCEEDED


def _known(deployment: Deployment, job_id: str) -> KnownVideo | None:
    with deployment.app.app_context(), reading() as db:
        mine = KnownVideo.job_id == job_id, KnownVideo.fingerprint.is_not(None)
        return db.query(KnownVideo).filter(*mine).one_or_none()


def test_a_job_runs_to_its_video(shared_deployment: Deployment) -> None:
    deployment = shared_deployment
    with deployment.listener() as heard:
        session_id, job_id = deployment.submit()
        job = deployment.until_ended(job_id)
        until(lambda: heard and heard[-1].event_type.terminal, "the end is heard")

    assert job.state == JobState.SUCCEEDED, job.error_message
    assert job.result is not None
    assert job.result["simulated"] == ["animate", "enhance", "face", "script", "voice"]
    assert_told_well(heard)
    assert [e.event_type for e in heard].count(EventType.PIPELINE_COMPLETED) == 1
    assert heard[-1].details["final_output"]["url"].startswith(f"/download/{session_id}/")

    # The video is in the registry, and what its worker saw and heard of it too.
    known = until(lambda: _known(deployment, job_id), "its fingerprint is read")
    assert known.source is None
    assert {engine["stage"] for engine in known.engines} == {
        run.stage for run in deployment.runs(job_id)
    }
    assert compare(*[unpack(known.fingerprint or b"")] * 2).has_same_picture

    # Three scenes on two workers ran beside each other, and each step was computed once.
    runs = deployment.runs(job_id)
    assert len(runs) == 1 + 1 + 3 * 3 + 1
    assert all(run.state == "done" and not run.found for run in runs)
    assert len({run.worker for run in runs}) == 2
    assert deployment.ledger(job_id) == heard
    assert heard[0].eta_range is not None
    assert heard[0].eta_range[0] < heard[0].eta_range[1]
    assert all(run.device == "cpu" and run.expected_high for run in runs if run.stage != "face")
    _assert_video(deployment, job_id)


def _assert_video(deployment: Deployment, job_id: str) -> None:
    from gpu_worker.media.ffmpeg import executable

    with deployment.app.app_context(), reading() as db:
        final = db.query(Output).filter_by(job_id=job_id, kind="final_output").one()
        path = deployment.settings.path("final.mp4")
        path.write_bytes(b"".join(deployment.services.artifacts.read(final.blob)))
    shown = subprocess.run([executable(), "-i", path], capture_output=True, text=True, check=False)
    assert "Video: h264" in shown.stderr
    assert "Audio: aac" in shown.stderr
    # The ratio that was asked for, the shorter side as asked.
    assert "240x426" in shown.stderr


def assert_told_well(events: list[Event]) -> None:
    """Ids rise, progress never runs backwards, everything begins before it ends."""
    ids = [id_order(event.event_id) for event in events]
    assert all(a < b for a, b in pairwise(ids))
    percents = [event.progress_percent for event in events]
    assert all(a <= b for a, b in pairwise(percents)), percents
    assert events[0].event_type is EventType.PROCESSING_STARTED
    assert percents[-1] == 100.0
    begun: set[tuple[str | None, int | None]] = set()
    for event in events:
        if event.event_type is EventType.STAGE_STARTED:
            begun.add((event.stage, event.scene))
        if event.event_type in (EventType.STAGE_COMPLETED, EventType.PROGRESS_UPDATE):
            assert (event.stage, event.scene) in begun


def test_the_same_request_again_finds_everything(shared_deployment: Deployment) -> None:
    deployment = shared_deployment
    _, first = deployment.submit()
    deployment.until_ended(first)
    _, second = deployment.submit()
    job = deployment.until_ended(second)
    assert job.state == JobState.SUCCEEDED
    assert all(run.found for run in deployment.runs(second))


def test_jobs_that_differ_in_captions_share_all_but_the_last_stage(
    shared_deployment: Deployment,
) -> None:
    deployment = shared_deployment
    _, first = deployment.submit(captions=True)
    deployment.until_ended(first)
    _, second = deployment.submit(captions=False)
    deployment.until_ended(second)
    computed = [run.stage for run in deployment.runs(second) if not run.found]
    assert computed == ["assemble"]


def test_an_upload_that_is_not_there_fails_the_job_at_once(shared_deployment: Deployment) -> None:
    deployment = shared_deployment
    _, job_id = deployment.accept(inputs={})
    job = deployment.until_ended(job_id)
    assert (job.error_code, job.error_stage, job.failures) == ("INPUT_REFUSED", "face", 0)
    assert "face" in job.error_message


def test_a_failing_face_fails_the_job(shared_deployment: Deployment) -> None:
    deployment = shared_deployment
    refused = deployment.services.artifacts.put_bytes(b"not a picture", "image/png")
    _, job_id = deployment.accept(refused, mode="auto", engines={"animate": "simulated"})
    job = deployment.until_ended(job_id)
    assert job.state == JobState.FAILED
    assert job.error_stage == "face"
    assert job.error_code
    assert job.error_message
    end = until(lambda: _end(deployment, job_id), "the end is in the ledger")
    assert end.event_type is EventType.PIPELINE_FAILED
    assert end.details["stage"] == "face"
    assert end.details["error_code"] == job.error_code
    assert deployment.services.redis.exists(keys.stop(job_id))
    assert not any(
        run.stage == "assemble" and run.state == "done" for run in deployment.runs(job_id)
    )


def _end(deployment: Deployment, job_id: str) -> Event | None:
    return next((e for e in deployment.ledger(job_id) if e.event_type.terminal), None)
