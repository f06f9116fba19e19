"""Dispatch jobs on both databases: one claim at a time, one plan, one start a round."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from config.settings import Settings
from tasks.domain.errors import JobLost
from tasks.domain.failure import Failure
from tests.web.conftest import close
from tests.web.fake_nodes import beat, simulated
from web.app import create_app
from web.control import outbox, projection
from web.db.columns import now
from web.db.engine import reading, writing
from web.events.models import LedgerEvent
from web.events.position import applied_position
from web.jobs import transitions
from web.jobs.dispatch import Dispatcher
from web.jobs.models import Job, PlanRevision
from web.jobs.planning import Capacity, Claim, prepare
from web.services import Services, current_services
from web.sessions.models import UserSession

LOST = Failure.of_error(JobLost(), "a test")


@pytest.fixture
def app(either: Settings) -> Iterator[Flask]:
    app = create_app(either)
    with app.app_context():
        beat(current_services().redis, *simulated())
        yield app
    close(app)


@pytest.fixture
def job_id(app: Flask) -> str:
    with writing() as db:
        room = UserSession(user_id="ada")
        db.add(room)
        db.flush()
        options = {"script": "A short one.", "mode": "simulation", "height": 240}
        blob = current_services().artifacts.put_bytes(b"face", "image/png")
        face = {"sha256": blob.sha256, "bytes": blob.bytes, "media_type": blob.media_type}
        job = Job(session_id=room.id, options=options, inputs={"face": face})
        db.add(job)
        db.flush()
        return job.id


@pytest.fixture
def dispatcher(app: Flask) -> Dispatcher:
    return Dispatcher(current_services())


def _prepare(dispatcher: Dispatcher, job_id: str) -> tuple[Capacity, Claim]:
    capacity = dispatcher.capacity()
    attempt = dispatcher.next_attempt(job_id)
    assert attempt is not None
    return capacity, prepare(current_services(), attempt, capacity)


def test_only_one_of_many_claims_succeeds(app: Flask, dispatcher: Dispatcher, job_id: str) -> None:
    capacity, claim = _prepare(dispatcher, job_id)

    def claimed(_: int) -> bool:
        with app.app_context():
            return dispatcher.claim(claim, capacity)

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(claimed, range(16))) == 1


def test_a_slow_dispatcher_does_not_claim_a_job_twice(dispatcher: Dispatcher, job_id: str) -> None:
    capacity, slow = _prepare(dispatcher, job_id)
    assert dispatcher.dispatch(job_id, capacity)
    assert not dispatcher.claim(slow, capacity)
    with reading() as db:
        assert db.get_one(PlanRevision, (job_id, 1))
        assert db.get_one(Job, job_id).attempt == 1


def test_a_claimed_job_that_is_not_published_is_due_again(
    dispatcher: Dispatcher, job_id: str
) -> None:
    capacity, claim = _prepare(dispatcher, job_id)
    assert dispatcher.claim(claim, capacity)
    assert not dispatcher.dispatch(job_id, capacity), "its claim has not expired"
    with writing() as db:
        db.get_one(Job, job_id).claimed_until = now() - timedelta(seconds=1)
    assert dispatcher.dispatch(job_id, capacity)
    with reading() as db:
        job = db.get_one(Job, job_id)
        assert (job.attempt, job.revision, job.published) == (2, 1, True)
        assert job.claimed_until is None


@pytest.mark.parametrize("end", ["a failure", "a cancellation"])
def test_a_job_that_fails_before_it_is_marked_published_stays_unpublished(
    app: Flask, job_id: str, end: str
) -> None:
    """The first stage may fail before the dispatcher has marked the attempt as published."""

    class SlowDispatcher(Dispatcher):
        def _send(self, claim: Claim) -> None:
            super()._send(claim)
            with writing() as db:
                job = db.get_one(Job, job_id)
                if end == "a failure":
                    transitions.retry_or_fail(db, job, LOST, 6, now())
                else:
                    transitions.cancel(db, job, now())

    dispatcher = SlowDispatcher(current_services())
    assert dispatcher.dispatch(job_id, dispatcher.capacity())
    with reading() as db:
        job = db.get_one(Job, job_id)
        assert not job.published
        assert job.claimed_until is None
        assert (job.retry_at is None) == (end == "a cancellation")


def test_a_revised_plan_is_marked_published(dispatcher: Dispatcher, job_id: str) -> None:
    """A new revision starts without failures; its claim must still be recognised."""
    assert dispatcher.dispatch(job_id, dispatcher.capacity())
    failure = Failure("STAGE_OUT_OF_MEMORY", "No memory.", True, stage="voice", engine="any")
    with writing() as db:
        job = db.get_one(Job, job_id)
        job.options |= {"mode": "auto"}
        job.failures, job.height = 2, 144
        transitions.retry_or_fail(db, job, failure, 6, now() - timedelta(1))
    assert dispatcher.dispatch(job_id, dispatcher.capacity())
    with reading() as db:
        job = db.get_one(Job, job_id)
        assert (job.revision, job.failures, job.attempt) == (2, 0, 2)
        assert job.is_in_flight


def test_processing_started_is_reported_once_despite_a_wipe(
    dispatcher: Dispatcher, job_id: str
) -> None:
    """A job at 0 % leaves no other trace of its start in Redis."""
    services = dispatcher.services
    assert dispatcher.dispatch(job_id, dispatcher.capacity())
    _read(services)
    services.redis.flushall()
    beat(services.redis, *simulated())
    with writing() as db:
        db.get_one(Job, job_id).published = False
    assert dispatcher.dispatch(job_id, dispatcher.capacity())
    _read(services)
    assert _reported(job_id) == ["processing_started"]


def test_each_round_reports_its_start(dispatcher: Dispatcher, job_id: str) -> None:
    services = dispatcher.services
    assert dispatcher.dispatch(job_id, dispatcher.capacity())
    _read(services)
    for _ in range(2):
        with writing() as db:
            job = db.get_one(Job, job_id)
            transitions.fail(db, job, LOST, now())
        outbox.publish_pending(services)
        with writing() as db:
            transitions.reopen(db, db.get_one(Job, job_id))
        assert dispatcher.dispatch(job_id, dispatcher.capacity())
        _read(services)
    assert _reported(job_id) == [
        "processing_started",
        *["pipeline_failed", "processing_started"] * 2,
    ]


def _read(services: Services) -> None:
    """Apply the events of the stream, as the controller does."""
    batch = services.bus.read_stream(applied_position(), "0-0", 10)
    projection.apply(batch.entries, batch.after, services, 4)


def _reported(job_id: str) -> list[str]:
    mine = select(LedgerEvent.event_type).where(LedgerEvent.job_id == job_id)
    with reading() as db:
        return list(db.scalars(mine.order_by(LedgerEvent.milliseconds, LedgerEvent.sequence)))
