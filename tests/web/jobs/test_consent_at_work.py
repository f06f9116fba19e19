"""Consent on its way through real workers: in the manifest, and looked at again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tasks.domain.events import EventType
from tasks.domain.job import JobState
from tests.deployment import Deployment
from tests.services.redis_server import RedisServer
from tests.services.waiting import until
from web.db.engine import reading, writing
from web.jobs.dispatch import Dispatcher
from web.jobs.models import Job
from web.jobs.transitions import reopen
from web.sessions.models import Output

ADA = {"subject": "Ada", "statement": "I agree."}
BOB = {"subject": "Bob", "statement": "So do I."}


def accepted(deployment: Deployment, face: dict[str, str] | None) -> str:
    return deployment.accept(consent={"face": face} if face else None)[1]


def dispatched(deployment: Deployment, job_id: str) -> None:
    with deployment.app.app_context():
        dispatcher = Dispatcher(deployment.services)
        dispatcher.dispatch(job_id, dispatcher.capacity())


def final(deployment: Deployment, job_id: str) -> str:
    with deployment.app.app_context(), reading() as db:
        return db.query(Output).filter_by(job_id=job_id, kind="final_output").one().sha256


def test_it_is_in_the_manifest_and_equal_requests_share_one_film(deployment: Deployment) -> None:
    deployment.start_control()
    deployment.start_workers("lite")
    results: dict[str, Any] = {}
    for who in (ADA, BOB):
        job_id = accepted(deployment, who)
        dispatched(deployment, job_id)
        job = deployment.until_ended(job_id)
        assert job.state == JobState.SUCCEEDED, job.error_message
        assert job.result is not None
        assert job.result["consent"] == {"face": {"stated": True, **who}}
        plan = deployment.services.artifacts.plan(job_id, job.revision)
        assert plan is not None
        assert plan.consent == {"face": who}
        results[who["subject"]] = final(deployment, job_id)
    assert results["Ada"] == results["Bob"]
    silent = accepted(deployment, None)
    dispatched(deployment, silent)
    assert (deployment.until_ended(silent).result or {})["consent"] == {"face": {"stated": False}}


def test_a_stage_that_starts_after_a_withdrawal_does_nothing(deployment: Deployment) -> None:
    """Without the controller no job is cancelled: the stage itself checks."""
    deployment.start_workers("lite")
    job_id = accepted(deployment, ADA)
    deployment.services.artifacts.withdraw(job_id)
    with deployment.listener() as heard:
        dispatched(deployment, job_id)
        until(lambda: "consent was withdrawn" in deployment.log, "a stage looked", 60)
        until(lambda: not any(node.doing for node in deployment.nodes()), "nobody works", 30)
    begun = {event.stage for event in heard if event.event_type is EventType.STAGE_STARTED}
    assert "animate" not in begun


@pytest.mark.slow
def test_a_worker_that_requires_it_looks_too(tmp_path: Path, redis_server: RedisServer) -> None:
    with Deployment(tmp_path, redis_server, CONSENT="required") as strict:
        strict.start_control()
        strict.start_workers("lite")
        job_id = accepted(strict, None)
        dispatched(strict, job_id)
        job = strict.until_ended(job_id)
        assert (job.state, job.error_code) == (JobState.FAILED, "CONSENT_REQUIRED")
        assert job.error_stage == "animate"
        with strict.app.app_context(), writing() as db:
            again = db.get_one(Job, job_id)
            reopen(db, again)  # the same plan: it states nothing in another round either
        dispatched(strict, job_id)
        assert strict.until_ended(job_id).error_code == "CONSENT_REQUIRED"
