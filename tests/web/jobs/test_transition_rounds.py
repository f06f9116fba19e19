"""What ends a job, opens it again and gives it to others, one row of a database at a time."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.orm import Session

from tasks.domain.failure import Failure
from tasks.domain.job import JobState
from tests.web.jobs.rows import (
    AT,
    FAILURE,
    OUT_OF_MEMORY,
    SECOND,
    ended,
    in_flight,
    run,
    waiting,
)
from web.jobs import transitions
from web.jobs.models import CLIP, PIPELINE, Job


def test_the_first_request_to_cancel_counts(db: Session) -> None:
    job = in_flight(db)
    assert transitions.request_cancel(job, AT)
    assert not transitions.request_cancel(job, AT + SECOND)
    assert job.cancel_requested_at == AT
    assert not transitions.request_cancel(job := ended(db), AT)
    assert job.cancel_requested_at is None


@pytest.mark.parametrize("job_is_open", [True, False])
def test_consent_is_withdrawn_once_and_cancels_an_open_job(db: Session, job_is_open: bool) -> None:
    job = in_flight(db) if job_is_open else ended(db)
    assert transitions.withdraw_consent(job, AT)
    assert not transitions.withdraw_consent(job, AT + SECOND)
    assert job.consent_withdrawn_at == AT
    assert job.cancel_requested_at == (AT if job_is_open else None)


@pytest.mark.parametrize("state", [JobState.FAILED, JobState.CANCELLED])
def test_another_round_begins_without_the_marks_of_the_last(db: Session, state: JobState) -> None:
    job = ended(
        db,
        state,
        billed=True,
        rounds=2,
        attempt=5,
        failures=3,
        claimed_until=AT,
        retry_at=AT,
        cancel_requested_at=AT,
        waiting_since=AT,
        expired_at=AT,
        error_code="JOB_LOST",
        error_stage="voice",
        error_message="It was lost.",
    )
    failed, done = (
        run(db, job, state="failed", error_code="JOB_LOST"),
        run(db, job, state="done", step="face"),
    )
    assert transitions.reopen(db, job)
    assert (job.state, job.billed, job.published) == ("queued", False, False)
    assert (job.rounds, job.attempt, job.failures) == (3, 6, 0)
    assert (job.claimed_until, job.retry_at, job.waiting_since) == (None, None, None)
    assert (job.cancel_requested_at, job.finished_at, job.expired_at) == (None, None, None)
    assert (job.error_code, job.error_stage, job.error_message) == (None, None, None)
    for row in (failed, done):
        db.refresh(row)
    assert (failed.state, failed.error_code, done.state) == ("waiting", None, "done")


@pytest.mark.parametrize(
    ("columns", "kind", "opens"),
    [
        ({"kind": CLIP}, CLIP, True),
        ({"kind": CLIP}, PIPELINE, False),
        ({}, CLIP, False),
        ({"state": JobState.SUCCEEDED}, PIPELINE, False),
        ({"state": JobState.RUNNING}, PIPELINE, False),
        ({"consent_withdrawn_at": AT}, PIPELINE, False),
    ],
)
def test_what_may_not_run_again_stays_ended(
    db: Session, columns: dict[str, Any], kind: str, opens: bool
) -> None:
    job = ended(db, **columns)
    assert transitions.reopen(db, job, kind) is opens
    assert job.rounds == opens
    assert job.is_in_flight is (opens or columns.get("state") is JobState.RUNNING)


def test_files_of_ended_jobs_expire(db: Session) -> None:
    assert transitions.expire(job := ended(db), AT)
    assert job.expired_at == AT
    assert not transitions.expire(job := waiting(db), AT)
    assert job.expired_at is None


def test_all_jobs_of_an_owner_and_no_others_are_given_to_another(db: Session) -> None:
    mine, theirs = waiting(db), waiting(db, owner="user:bob")
    transitions.change_owner(db, "user:ada", "org:film", "film")
    for job in (mine, theirs):
        db.refresh(job)
    assert (mine.owner, mine.org_id) == ("org:film", "film")
    assert (theirs.owner, theirs.org_id) == ("user:bob", None)


def test_a_job_has_the_title_that_its_owner_gives_it(db: Session) -> None:
    job = waiting(db)
    transitions.rename(job, "A film")
    assert job.title == "A film"


def fail_again(db: Session, job: Job, failure: Failure = FAILURE) -> None:
    assert transitions.retry_or_fail(db, job, failure, 9, AT)


def test_an_engine_is_given_up_once(db: Session) -> None:
    job = in_flight(db, given_up=["voice/other"])
    for _ in range(3):
        fail_again(db, job)
    assert job.given_up == ["voice/other", "voice/one"]


def test_too_little_memory_makes_the_picture_smaller_and_then_changes_the_engine(
    db: Session,
) -> None:
    job = in_flight(db)
    first = transitions.JobOptions(**job.options).height
    fail_again(db, job, OUT_OF_MEMORY)
    assert job.height is None
    heights = []
    for _ in range(7):
        fail_again(db, job, OUT_OF_MEMORY)
        heights.append(job.height)
    assert heights[0] is not None
    assert heights[0] < first
    assert heights == sorted(heights, reverse=True)
    assert heights[-1] == 240
    assert job.given_up == ["voice/one"]


def test_a_clip_has_no_height_to_step_down_from(db: Session) -> None:
    job = in_flight(db, kind=CLIP, failures=1)
    fail_again(db, job, OUT_OF_MEMORY)
    assert (job.height, job.given_up) == (None, ["voice/one"])
