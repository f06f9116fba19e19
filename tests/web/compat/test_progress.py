"""`RealtimeProgressManager`: to hear progress in Python, and to tell one's own."""

from __future__ import annotations

import queue
import threading
from typing import Any

import pytest

from tasks.domain.errors import JobNotFound, SessionNotFoundError, ValidationFailed
from tests.deployment import Deployment
from tests.services.waiting import until
from web.compat.progress import RealtimeProgressManager
from web.db.engine import reading
from web.errors import JobNotOurs
from web.jobs import report as reports
from web.sessions import lifecycle
from web.sessions.limits import SessionLimits


@pytest.fixture
def manager(deployment: Deployment) -> RealtimeProgressManager:
    deployment.start_control()
    return RealtimeProgressManager(deployment.app)


@pytest.fixture
def session_id(deployment: Deployment) -> str:
    with deployment.app.app_context():
        return lifecycle.create("ada", SessionLimits.of(deployment.services.settings)).id


def stop(deployment: Deployment) -> None:
    hub = deployment.app.extensions["hub"]
    hub.stop()
    hub.thread.join(3)


def test_reported_progress_reaches_subscribers(
    deployment: Deployment, manager: RealtimeProgressManager, session_id: str
) -> None:
    heard: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    subscription = manager.subscribe_to_session(session_id, heard.put)
    job_id = manager.start_stage(session_id, "script_generation", 5.0)
    manager.update_stage_progress(session_id, "script_generation", 50, "half written")
    manager.complete_stage(session_id, "script_generation", success=True, message="written")
    assert manager.start_stage(session_id, "final_assembly", 2.0) == job_id
    manager.complete_stage(session_id, "final_assembly", True, "joined", job_id=job_id)

    events = [heard.get(timeout=20) for _ in range(7)]
    assert [event["event_type"] for event in events] == [
        "processing_started",
        "stage_started",
        "progress_update",
        "stage_completed",
        "stage_started",
        "stage_completed",
        "pipeline_completed",
    ]
    assert {event["job_id"] for event in events} == {job_id}
    assert [event["stage"] for event in events[1:6]] == ["script"] * 3 + ["assemble"] * 2
    percents = [event["progress_percent"] for event in events]
    assert percents == sorted(percents)
    assert percents[2] > 0
    assert percents[-1] == 100.0

    with deployment.app.app_context(), reading() as db:
        report = reports.report(db, reports.find(db, job_id))
    assert report["state"] == "succeeded"
    assert [(run["stage"], run["state"]) for run in report["stages"]] == [
        ("script", "done"),
        ("assemble", "done"),
    ]
    assert manager.unsubscribe(subscription) is True
    assert manager.unsubscribe(subscription) is False
    stop(deployment)


def test_a_stage_that_failed_fails_the_job(
    deployment: Deployment, manager: RealtimeProgressManager, session_id: str
) -> None:
    job_id = manager.start_stage(session_id, "voice", 5.0)
    manager.complete_stage(session_id, "voice", success=False, message="The voice is hoarse.")
    job = deployment.until_ended(job_id)
    assert (job.state, job.error_stage) == ("failed", "voice")
    assert job.error_message == "The voice is hoarse."
    with pytest.raises(JobNotFound):
        manager.update_stage_progress(session_id, "voice", 10)
    # The next stage opens the next job.
    assert manager.start_stage(session_id, "voice", 5.0) != job_id


def test_progress_of_a_session(
    deployment: Deployment, manager: RealtimeProgressManager, session_id: str
) -> None:
    manager.start_stage(session_id, "voice", 5.0)
    manager.update_stage_progress(session_id, "voice", 100)

    def progress() -> list[dict[str, Any]]:
        jobs: list[dict[str, Any]] = manager.get_session_progress(session_id)["jobs"]
        return jobs

    found = until(
        lambda: (
            [j for j in manager.get_session_progress(session_id)["jobs"] if j["percent"]] or None
        ),
        "control has written it down",
    )
    assert found[0]["state"] == "running"


def test_a_wipe_of_redis_forgets_nothing(
    deployment: Deployment, manager: RealtimeProgressManager, session_id: str
) -> None:
    job_id = manager.start_stage(session_id, "voice", 5.0)
    manager.update_stage_progress(session_id, "voice", 100)
    until(lambda: deployment.job(job_id).percent > 0, "control has written it down")
    before = deployment.job(job_id).percent
    deployment.redis_server.flush()
    manager.complete_stage(session_id, "voice")
    manager.start_stage(session_id, "assemble", 1.0)
    manager.complete_stage(session_id, "assemble")
    job = deployment.until_ended(job_id)
    assert job.state == "succeeded"
    percents = [event.progress_percent for event in deployment.ledger(job_id)]
    assert percents == sorted(percents)
    assert percents[-1] >= before


def test_jobs_of_workers_accept_no_external_progress(
    deployment: Deployment, manager: RealtimeProgressManager
) -> None:
    session_id, job_id = deployment.accept()
    for wanted in (None, job_id):
        with pytest.raises(JobNotOurs):
            manager.start_stage(session_id, "voice", 1.0, job_id=wanted)


def test_invalid_requests_are_refused(manager: RealtimeProgressManager, session_id: str) -> None:
    with pytest.raises(SessionNotFoundError):
        manager.start_stage("0" * 32, "voice", 1.0)
    with pytest.raises(SessionNotFoundError):
        manager.subscribe_to_session("0" * 32, print)
    with pytest.raises(ValidationFailed):
        manager.start_stage(session_id, "catering", 1.0)
    with pytest.raises(JobNotFound):
        manager.complete_stage(session_id, "voice")
    manager.start_stage(session_id, "voice", 1.0)
    with pytest.raises(ValidationFailed):
        manager.complete_stage(session_id, "face")
    with pytest.raises(ValidationFailed):
        manager.update_stage_progress(session_id, "voice", 101)


def test_a_callback_that_fails_is_called_again(
    deployment: Deployment,
    manager: RealtimeProgressManager,
    session_id: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    called = threading.Semaphore(0)

    def broken(_: dict[str, Any]) -> None:
        called.release()
        raise ValueError

    subscription = manager.subscribe_to_session(session_id, broken)
    manager.start_stage(session_id, "voice", 1.0)
    for _ in range(2):
        assert called.acquire(timeout=10)
    manager.unsubscribe(subscription)
    assert "progress callback failed" in caplog.text
    stop(deployment)
