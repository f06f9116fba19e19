"""A job is one dispatcher's at a time, on both databases, and has one plan."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from config.settings import Settings
from tests.web.conftest import close
from tests.web.fake_nodes import beat, simulated
from web.app import create_app
from web.control import outbox, projection
from web.db.columns import now
from web.db.engine import reading, writing
from web.events.models import LedgerEvent
from web.events.position import applied_position
from web.jobs import dispatch, transitions
from web.jobs.models import Job, PlanRevision
from web.jobs.planning import prepare_plan
from web.services import Services, current_services
from web.sessions.models import UserSession


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


def test_of_many_claims_one_is_good(app: Flask, job_id: str) -> None:
    there = dispatch.current_capacity(current_services())
    claim = dispatch._find_claim(current_services(), job_id)
    assert claim is not None
    made = prepare_plan(current_services(), claim, there)

    def claimed(_: int) -> bool:
        with app.app_context():
            return dispatch._try_claim(claim, made, 16)

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(claimed, range(16))) == 1


def test_who_was_held_up_while_planning_steps_back(app: Flask, job_id: str) -> None:
    there = dispatch.current_capacity(current_services())
    slow = dispatch._find_claim(current_services(), job_id)
    assert slow is not None
    made = prepare_plan(current_services(), slow, there)
    assert dispatch.dispatch(current_services(), job_id, there)
    assert not dispatch._try_claim(slow, made, there.slots)
    with reading() as db:
        assert db.get_one(PlanRevision, (job_id, 1))
        assert db.get_one(Job, job_id).attempt == 1


def test_what_was_claimed_and_not_published_is_due_again(app: Flask, job_id: str) -> None:
    there = dispatch.current_capacity(current_services())
    claim = dispatch._find_claim(current_services(), job_id)
    assert claim is not None
    assert dispatch._try_claim(claim, prepare_plan(current_services(), claim, there), there.slots)
    assert not dispatch.dispatch(current_services(), job_id, there)  # its owner may still be at it
    with writing() as db:
        db.get_one(Job, job_id).retry_at = now() - timedelta(seconds=1)
    assert dispatch.dispatch(current_services(), job_id, there)
    with reading() as db:
        job = db.get_one(Job, job_id)
        assert (job.attempt, job.revision, job.published) == (2, 1, True)


@pytest.mark.parametrize("end", ["a failure", "a cancellation"])
def test_a_failure_that_is_heard_before_publishing_is_noted_is_tried_again(
    app: Flask, job_id: str, end: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first stage may fail, and control hear of it, before who sent it has noted that."""
    send = dispatch._publish

    def send_slowly(*what: Any) -> None:
        send(*what)
        with writing() as db:
            job = db.get_one(Job, job_id)
            if end == "a failure":
                transitions.retry_or_fail(db, job, transitions.job_lost("a test"), 6, now())
            else:
                transitions.cancel(db, job, now())

    monkeypatch.setattr(dispatch, "_publish", send_slowly)
    assert dispatch.dispatch(
        current_services(), job_id, dispatch.current_capacity(current_services())
    )
    with reading() as db:
        job = db.get_one(Job, job_id)
        assert not job.published
        assert job.retry_at is not None


def test_a_start_that_was_told_is_not_told_again_after_a_wipe(app: Flask, job_id: str) -> None:
    """Found by the soak: of a job at 0 % nobody knew that its start had been told."""
    held = current_services()
    assert dispatch.dispatch(held, job_id, dispatch.current_capacity(held))
    _read(held)
    held.redis.flushall()
    beat(held.redis, *simulated())
    with writing() as db:
        db.get_one(Job, job_id).published = False
    assert dispatch.dispatch(held, job_id, dispatch.current_capacity(held))
    _read(held)
    assert _told(job_id) == ["processing_started"]


def test_each_round_tells_of_its_start(app: Flask, job_id: str) -> None:
    held = current_services()
    assert dispatch.dispatch(held, job_id, dispatch.current_capacity(held))
    _read(held)
    for _ in range(2):
        with writing() as db:
            job = db.get_one(Job, job_id)
            failure = {"error_code": "JOB_LOST", "user_message": "It was lost."}
            transitions.fail(db, job, failure, now())
        outbox.publish_pending(held)
        with writing() as db:
            transitions.reopen(db, db.get_one(Job, job_id))
        assert dispatch.dispatch(held, job_id, dispatch.current_capacity(held))
        _read(held)
    assert _told(job_id) == ["processing_started", *["pipeline_failed", "processing_started"] * 2]


def _read(held: Services) -> None:
    """What control does with what was said."""
    batch = held.bus.read_stream(applied_position(), "0-0", 10)
    projection.apply(batch.entries, batch.after, held.artifacts, 4)


def _told(job_id: str) -> list[str]:
    mine = select(LedgerEvent.event_type).where(LedgerEvent.job_id == job_id)
    with reading() as db:
        return list(db.scalars(mine.order_by(LedgerEvent.milliseconds, LedgerEvent.sequence)))
