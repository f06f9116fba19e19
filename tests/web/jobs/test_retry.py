"""Another round of a job that has failed or was cancelled."""

from __future__ import annotations

from tasks.domain.events import EventType
from tasks.domain.failure import Failure
from tasks.domain.job import JobState
from tests.deployment import Deployment
from tests.services.waiting import until
from tests.web.caller import Caller, problem
from web.db.columns import now
from web.db.engine import writing
from web.jobs import submission, transitions
from web.jobs.models import Job
from web.jobs.queue import LONGEST_PAUSE, retry_delay


def test_a_cancelled_job_goes_on_where_it_stopped(slow_deployment: Deployment) -> None:
    deployment = slow_deployment
    deployment.start_control()
    deployment.start_workers("lite")
    with deployment.listener() as heard:
        _, job_id = deployment.submit(script="One scene only, and it is a slow one to make.")
        deployment.until_running(job_id, "enhance")
        deployment.request_cancel(job_id)
        deployment.until_ended(job_id)
        percent = deployment.job(job_id).percent
        with deployment.app.app_context():
            submission.retry(deployment.services, job_id)
            submission.retry(deployment.services, job_id)  # asking twice is asking once
        assert not JobState(deployment.job(job_id).state).terminal
        job = deployment.until_ended(job_id)
        assert job.state == JobState.SUCCEEDED, (job.state, job.error_code, job.attempt)
        until(lambda: heard[-1].event_type is EventType.PIPELINE_COMPLETED, "the end is heard")
    assert job.state == JobState.SUCCEEDED, job.error_message
    assert (job.rounds, job.failures) == (1, 0)
    kinds = [event.event_type for event in heard]
    assert kinds.count(EventType.PROCESSING_STARTED) == 2
    assert [kind for kind in kinds if kind.terminal] == [
        EventType.PIPELINE_CANCELLED,
        EventType.PIPELINE_COMPLETED,
    ]
    # What was committed in the first round was not computed or reported a second time.
    again = kinds.index(EventType.PIPELINE_CANCELLED)
    assert {e.stage for e in heard[again:] if e.stage} == {"enhance", "assemble"}
    assert all(event.progress_percent >= percent for event in heard[again:])


def test_a_failed_job_is_opened_and_forgets_its_failure(caller: Caller, app: object) -> None:
    job_id = caller.start(caller.ready_session()).json()["job_id"]
    with writing() as db:
        job = db.get_one(Job, job_id)
        job.attempt = 3
        transitions.fail(db, job, Failure("NO_FACE", "None.", retryable=False), now())
    answer = caller.http.post(f"/process/{job_id}/retry")
    assert answer.status_code == 202, answer.text
    opened = answer.json()
    assert (opened["state"], opened["error"], opened["finished_at"]) == ("queued", None, None)
    # A failure of the last round that is heard late is one of an older attempt.
    assert opened["attempt"] == 4


def test_what_has_succeeded_is_not_tried_again(caller: Caller, app: object) -> None:
    job_id = caller.start(caller.ready_session()).json()["job_id"]
    with writing() as db:
        db.get_one(Job, job_id).state = JobState.SUCCEEDED.value
    problem(caller.http.post(f"/process/{job_id}/retry"), 409, "JOB_SUCCEEDED")
    problem(caller.http.post("/process/unknown/retry"), 404, "JOB_NOT_FOUND")


def test_pauses_grow_scatter_and_honour_what_a_provider_asks_for() -> None:
    first, later = ([retry_delay(n) for _ in range(50)] for n in (1, 4))
    assert 0.25 <= min(first) <= max(first) <= 0.5
    assert max(first) < min(later)
    assert len(set(first)) > 40
    assert retry_delay(1, retry_after=7.0) == 7.0
    assert max(retry_delay(30) for _ in range(50)) <= LONGEST_PAUSE
    assert retry_delay(1, retry_after=9999.0) == LONGEST_PAUSE
