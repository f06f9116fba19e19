"""What each transition writes and what refuses it, one row of a database at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tasks.domain.estimate import Estimate
from tasks.domain.job import JobState
from tests.tasks.domain.plans import simple_plan
from tests.web.jobs.rows import (
    AT,
    FAILURE,
    SECOND,
    claimed,
    ended,
    in_flight,
    last_event,
    opened,
    run,
    waiting,
)
from web.events.models import OutboxEvent
from web.jobs import transitions
from web.jobs.forecast import Forecast
from web.jobs.models import CLIP, PIPELINE, PROJECT, Job, PlanRevision, StageRun
from web.jobs.queue import WORKER_PAUSE

LIMIT: Final = timedelta(seconds=20)


@pytest.mark.parametrize(
    ("consent", "kept"), [(None, None), ({}, None), ({"face": "mine"}, {"face": "mine"})]
)
def test_a_new_job_waits_with_what_was_asked(
    db: Session, consent: dict[str, Any] | None, kept: dict[str, Any] | None
) -> None:
    job = opened(db, consent)
    assert (job.consent, job.request_id, job.rank) == (kept, "request", 2)
    assert job.inputs == {"face": {"sha256": "f"}}
    assert job.options["script"] == "One."
    db.flush()
    assert (job.state, job.published, job.owner) == ("queued", False, "user:ada")


def test_a_clip_is_in_flight_unless_it_is_said_otherwise(db: Session) -> None:
    described: dict[str, Any] = {"options": {}, "inputs": {}}
    assert transitions.open_clip(db, "session", **described).is_in_flight
    waits = transitions.open_clip(db, "session", kind=PROJECT, published=False, **described)
    assert waits.is_waiting
    assert waits.kind == PROJECT


@pytest.mark.parametrize(
    ("columns", "released"),
    [
        ({}, True),
        ({"kind": CLIP}, False),
        ({"kind": PIPELINE}, False),
        ({"attempt": 1}, False),
        ({"published": False}, False),
        ({"state": "failed"}, False),
    ],
)
def test_a_project_is_released_once(db: Session, columns: dict[str, Any], released: bool) -> None:
    job = in_flight(db, **{"kind": PROJECT, "attempt": 0} | columns)
    assert transitions.release_project(job, {"made": 1}) is released
    assert (job.inputs == {"made": 1}) is released
    assert job.is_waiting is (released or columns.get("published") is False)


def test_an_open_job_is_billed(db: Session) -> None:
    assert transitions.bill(job := waiting(db))
    assert job.billed
    assert not transitions.bill(job := ended(db))
    assert not job.billed


@pytest.mark.parametrize(
    ("columns", "attempt", "happens"),
    [
        ({}, 1, True),
        ({}, 2, False),
        ({}, 0, False),
        ({"retry_at": AT}, 1, True),
        ({"retry_at": AT + SECOND}, 1, False),
        ({"claimed_until": AT + SECOND}, 1, False),
        ({"published": True}, 1, False),
        ({"cancel_requested_at": AT}, 1, False),
    ],
)
def test_a_due_job_is_claimed_for_its_next_attempt(
    db: Session, columns: dict[str, Any], attempt: int, happens: bool
) -> None:
    job = waiting(db, **columns)
    assert transitions.claim(job, attempt, AT) is happens
    assert job.attempt == happens
    if happens:
        assert (job.claimed_until, job.retry_at) == (AT + transitions.CLAIM_TIMEOUT, None)


def adopt(db: Session, job: Job, revision: int, at: datetime = AT) -> dict[str, str] | None:
    plan = replace(simple_plan(), job_id=job.id, revision=revision)
    before = replace(plan, revision=job.revision) if job.revision else None
    forecast = Forecast(7.0, Estimate(1.0, 2.0, 3.0))
    return transitions.adopt_plan(db, job, plan, at, forecast=forecast, before=before)


def test_the_first_plan_of_a_claimed_job_keeps_its_failures(db: Session) -> None:
    job = claimed(db, failures=2)
    assert adopt(db, job, 1) == {}
    assert (job.revision, job.dispatched_at, job.failures) == (1, AT, 2)
    assert (job.size, job.expected_low) == (7.0, 1.0)
    assert (job.expected_seconds, job.expected_high) == (2.0, 3.0)
    assert db.get_one(PlanRevision, (job.id, 1)).why == ""
    assert not list(db.scalars(select(OutboxEvent)))


def test_another_plan_counts_failures_from_the_start_and_is_reported(db: Session) -> None:
    job = claimed(db)
    adopt(db, job, 1)
    done = db.scalars(select(StageRun).where(StageRun.job_id == job.id)).first()
    assert done is not None
    done.state, done.artifact = "done", "made"
    job.failures = 2
    db.flush()
    assert adopt(db, job, 2, AT + SECOND / 2) == {done.step: "made"}
    assert (job.revision, job.dispatched_at, job.failures) == (2, AT, 0)
    assert db.get_one(PlanRevision, (job.id, 2)).why
    assert last_event(db)["details"]["kept"] == [done.step]


@pytest.mark.parametrize(
    ("columns", "revision"),
    [({}, 2), ({}, 0), ({"claimed_until": AT}, 1), ({"published": True}, 1)],
)
def test_a_plan_is_refused_without_a_claim_or_out_of_order(
    db: Session, columns: dict[str, Any], revision: int
) -> None:
    job = claimed(db, **columns)
    assert adopt(db, job, revision) is None
    assert job.revision == 0


@pytest.mark.parametrize(
    ("columns", "attempt", "happens"),
    [
        ({}, 1, True),
        ({}, 2, False),
        ({"claimed_until": None}, 1, False),
        ({"state": "failed"}, 1, False),
    ],
)
def test_a_claimed_job_is_marked_as_published(
    db: Session, columns: dict[str, Any], attempt: int, happens: bool
) -> None:
    job = claimed(db, waiting_since=AT, waiting_for="a worker", retry_at=AT, **columns)
    assert transitions.mark_published(db, job.id, attempt) is happens
    db.refresh(job)
    assert job.is_in_flight is happens
    left = (job.waiting_since, job.waiting_for, job.retry_at)
    assert left == ((None, None, None) if happens else (AT, "a worker", AT))


def wait(db: Session, job: Job, at: datetime, attempt: int = 1) -> bool:
    return transitions.wait_for_worker(db, job, attempt, at, reason="No worker.", limit=LIMIT)


def test_a_job_waits_for_a_worker_and_fails_at_the_limit(db: Session) -> None:
    job = waiting(db, attempt=1)
    assert wait(db, job, AT)
    assert (job.waiting_since, job.waiting_for) == (AT, "No worker.")
    assert (job.retry_at, job.claimed_until) == (AT + WORKER_PAUSE, None)
    assert wait(db, job, AT + LIMIT - SECOND)
    assert (job.waiting_since, job.is_open) == (AT, True)
    assert wait(db, job, AT + LIMIT)
    assert (job.state, job.error_code) == ("failed", "ENGINE_UNAVAILABLE")


def test_only_the_waiting_attempt_waits_for_a_worker(db: Session) -> None:
    assert not wait(db, waiting(db, attempt=1), AT, attempt=2)
    assert not wait(db, claimed(db), AT)
    assert not wait(db, in_flight(db), AT)


@pytest.mark.parametrize(
    ("columns", "attempt", "happens"),
    [({}, 1, True), ({}, 2, False), ({"published": False}, 1, False), ({"state": "failed"}, 1, 0)],
)
def test_a_job_in_flight_is_withdrawn(
    db: Session, columns: dict[str, Any], attempt: int, happens: bool
) -> None:
    job = in_flight(db, **columns)
    assert transitions.withdraw(job, attempt, AT) is bool(happens)
    assert job.waiting_since == (AT if happens else None)
    if happens:
        assert job.is_due(AT)


def test_the_first_stage_is_the_start_of_a_job(db: Session) -> None:
    job = in_flight(db)
    assert transitions.start_running(job, AT)
    assert transitions.start_running(job, AT + SECOND)
    assert (job.state, job.started_at) == ("running", AT)
    assert not transitions.start_running(job := ended(db), AT)
    assert (job.state, job.started_at) == ("failed", None)


def test_progress_rises_and_an_estimate_stays_until_the_next_one(db: Session) -> None:
    job = in_flight(db)
    for percent, seconds, spread in [(40.0, 9.0, (5.0, 12.0)), (30.0, None, None)]:
        assert transitions.note_progress(job, percent, seconds, spread)
        assert (job.percent, job.eta_seconds, job.eta_low, job.eta_high) == (40.0, 9.0, 5.0, 12.0)
    assert transitions.note_progress(job, 50.0, 4.0, None)
    assert (job.percent, job.eta_seconds, job.eta_low, job.eta_high) == (50.0, 4.0, None, None)
    assert not transitions.note_progress(job := ended(db), 50.0, 4.0, None)
    assert (job.percent, job.eta_seconds) == (0.0, None)


def test_a_failure_is_followed_by_another_attempt_until_the_last_one(db: Session) -> None:
    job = in_flight(db, claimed_until=AT)
    asked = replace(FAILURE, retry_after=30.0)
    assert transitions.retry_or_fail(db, job, asked, 2, AT)
    assert (job.failures, job.is_waiting, job.claimed_until) == (1, True, None)
    assert job.retry_at == AT + 30 * SECOND
    assert transitions.retry_or_fail(db, job, asked, 2, AT)
    assert (job.failures, job.state) == (2, "failed")
    assert not transitions.retry_or_fail(db, job, asked, 2, AT)
    assert job.failures == 2


def test_a_lost_attempt_is_followed_by_another_one(db: Session) -> None:
    def lose(job: Job, attempt: int, cap: int = 3) -> bool:
        return transitions.retry_lost(db, job, attempt, AT, reason="its worker died", cap=cap)

    job = in_flight(db)
    assert not lose(job, 2)
    assert lose(job, 1)
    assert (job.failures, job.is_waiting) == (1, True)
    assert not lose(job, 1), "it is not in flight"
    assert lose(job := in_flight(db), 1, cap=1)
    assert (job.state, job.error_code) == ("failed", "JOB_LOST")
    assert last_event(db)["details"]["reason"] == "its worker died"


ENDS: Final[dict[str, Callable[[Session, Job], bool]]] = {
    "succeeded": lambda db, job: transitions.succeed(db, job, AT + 2 * SECOND),
    "failed": lambda db, job: transitions.fail(db, job, FAILURE, AT + 2 * SECOND),
    "cancelled": lambda db, job: transitions.cancel(db, job, AT + 2 * SECOND),
}


@pytest.mark.parametrize("state", ENDS)
@pytest.mark.parametrize("billed", [True, False])
def test_an_end_is_written_charged_and_reported_once(
    db: Session, charged: list[tuple[int, JobState]], state: str, billed: bool
) -> None:
    job = in_flight(db, claimed_until=AT, billed=billed, rounds=3, percent=40.0, attempt=5)
    assert ENDS[state](db, job)
    assert (job.state, job.finished_at, job.claimed_until) == (state, AT + 2 * SECOND, None)
    assert charged == ([(3, JobState(state))] if billed else [])
    event = last_event(db)
    assert (event["session_id"], event["job_id"]) == ("session", job.id)
    assert event["progress_percent"] == (100.0 if state == "succeeded" else 40.0)
    assert event["details"].get("attempt", 5) == 5
    for end in ENDS.values():
        assert not end(db, job)
    assert (job.state, len(list(db.scalars(select(OutboxEvent))))) == (state, 1)


def test_success_says_how_long_it_took_and_leaves_no_time(db: Session) -> None:
    job = in_flight(db, percent=40.0, eta_seconds=3.0, eta_low=2.0, eta_high=4.0)
    transitions.succeed(db, job, AT + 2.256 * SECOND)
    assert (job.percent, job.eta_seconds, job.eta_low, job.eta_high) == (100.0, 0.0, 0.0, 0.0)
    details = last_event(db)["details"]
    assert details["seconds"] == 2.26
    assert details == job.result | {"seconds": 2.26}  # type: ignore[operator]


def test_a_failure_names_its_stage_and_the_project(db: Session) -> None:
    job = in_flight(db, project_id="film", attempt=2)
    transitions.fail(db, job, FAILURE, AT)
    written = (job.error_code, job.error_stage, job.error_message)
    assert written == ("ENGINE_BROKEN", "voice", "It broke.")
    event = last_event(db)
    assert event["message"] == "It broke."
    assert event["details"] == FAILURE.of_job() | {
        "attempt": 2,
        "project_id": "film",
        "kind": PIPELINE,
    }


@pytest.mark.parametrize(("percent", "shown"), [(40.0, 40.0), (-3.0, 0.0), (300.0, 100.0)])
@pytest.mark.parametrize("billed", [True, False])
def test_a_job_that_cannot_be_read_fails(
    db: Session, charged: list[tuple[int, JobState]], billed: bool, percent: float, shown: float
) -> None:
    job = in_flight(db, percent=percent, attempt=2, billed=billed, rounds=1, claimed_until=AT)
    step = run(db, job, state="running")
    assert transitions.fail_unread(db, job.id, AT)
    db.refresh(job)
    db.refresh(step)
    assert (job.state, job.finished_at, job.claimed_until) == ("failed", AT, None)
    assert (job.error_code, step.state) == ("INTERNAL_ERROR", "dropped")
    assert charged == ([(1, JobState.FAILED)] if billed else [])
    event = last_event(db)
    assert (event["progress_percent"], event["details"]["attempt"]) == (shown, 2)
    assert not transitions.fail_unread(db, job.id, AT)
