"""Whatever is sent or stored, the controller goes on; what cannot be applied is set aside."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text, update

from config.settings import Settings
from tasks.domain.events import Event, EventType, id_order
from tasks.domain.job import JobOptions, JobState
from tasks.messaging import keys
from tasks.messaging.emission import SESSION_STREAM_LENGTH
from tests.services.waiting import until
from tests.web.conftest import close
from web.app import create_app
from web.control.loop import Controller
from web.db.columns import now
from web.db.engine import reading, writing
from web.dead_letters import letters
from web.dead_letters.models import DeadLetter
from web.events.models import OutboxEvent
from web.events.position import applied_position
from web.jobs import external
from web.jobs.models import Job, PlanRevision, StageRun
from web.services import current_services
from web.sessions.models import UserSession


@pytest.fixture
def app(either: Settings) -> Iterator[Flask]:
    app = create_app(either)
    with app.app_context():
        yield app
    close(app)


@contextmanager
def controlled(app: Flask) -> Iterator[Controller]:
    """A controller at work, which must neither end nor stumble."""
    control = Controller(current_services())

    def run() -> None:
        with app.app_context():
            control.run()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield control
        assert thread.is_alive(), "the controller has ended"
    finally:
        control.stop_event.set()
        thread.join(20)


def a_job(**columns: Any) -> str:
    """A job that waits for its dispatch, unless it is said otherwise."""
    with writing() as db:
        owner = UserSession(user_id="tester")
        db.add(owner)
        db.flush()
        job = Job(
            **{
                "session_id": owner.id,
                "options": JobOptions(script="Hello.").to_dict(),
                "inputs": {},
                **columns,
            }
        )
        db.add(job)
        db.flush()
        return job.id


def state(job_id: str) -> tuple[str, str | None]:
    with reading() as db:
        return tuple(  # type: ignore[return-value]
            db.execute(select(Job.state, Job.error_code).where(Job.id == job_id)).one()
        )


def has_applied(event_id: str) -> bool:
    """Whether the controller has read this far, or further: it may report something itself."""
    return id_order(applied_position()) >= id_order(event_id)


def kept() -> list[DeadLetter]:
    with reading() as db:
        return list(db.scalars(select(DeadLetter).order_by(DeadLetter.id)))


def until_a_cancel_is_decided() -> None:
    """The controller still decides: what is asked of it from now on is done."""
    witness = a_job(cancel_requested_at=now())
    current_services().bus.wake_controller()
    until(lambda: state(witness)[0] == JobState.CANCELLED, "another job is decided", 20)


FAILED = (JobState.FAILED, "INTERNAL_ERROR")


def test_an_external_job_may_complete_any_stage_first(app: Flask) -> None:
    """The program of docs/api.md: its first stage is not the last of a pipeline."""
    held = current_services()
    with controlled(app):
        with writing() as db:
            owner = UserSession(user_id="tester")
            db.add(owner)
            db.flush()
            session_id = owner.id
        for stage in ("voice_cloning", "assemble"):
            step = external.begin(held, session_id, stage, None)
            external.started(held, step, 10.0)
            external.progressed(held, step, 0.5, "half")
            external.succeeded(held, step, "")
        until(lambda: state(step.job_id)[0] == JobState.SUCCEEDED, "the job ends", 20)
    assert kept() == []


HOSTILE_ENTRIES = [
    {"event": "not JSON", "percent": "1", "eta": ""},
    {"event": "[]", "percent": "1", "eta": ""},
    {"event": "{}", "percent": "1", "eta": ""},
    {"event": "[" * 5000, "percent": "1", "eta": ""},
    {"event": '{"version": ' + "9" * 5000 + "}", "percent": "1", "eta": ""},
    {"event": Event(EventType.UPLOAD_SUCCESS, "s").to_json(), "percent": "nan", "eta": ""},
    {"event": Event(EventType.UPLOAD_SUCCESS, "s").to_json(), "percent": "1", "eta": "a b"},
    {"event": Event(EventType.UPLOAD_SUCCESS, "s").to_json()},
    {"event": '{"event_type": "upload_success", "session_id": {"a": 1}}', "percent": "1"},
    {"anything": "else"},
    {"event": b"\xff\xfe\xfa", "percent": "1", "eta": ""},
    {"event": "", "percent": "", "eta": ""},
]


def test_what_is_no_event_is_set_aside_and_reading_goes_on(app: Flask) -> None:
    client = current_services().redis
    with controlled(app):
        for entry in HOSTILE_ENTRIES * 2:
            last = client.xadd(keys.EVENT_STREAM, entry)
        until(lambda: has_applied(last), "the mark is behind them", 20)
        until_a_cancel_is_decided()
    found = kept()
    assert {letter.kind for letter in found} == {letters.MESSAGE}
    assert len(found) == len(HOSTILE_ENTRIES), "equal ones share a letter"
    assert {letter.count for letter in found} == {2}
    assert all(letter.reason and letter.error for letter in found)


STAGES = (EventType.STAGE_STARTED, EventType.STAGE_COMPLETED, EventType.STAGE_FAILED)
WRONG_DETAILS: list[dict[str, Any]] = [
    {},
    {"attempt": "1", "worker": "w"},
    {"attempt": 2**40, "worker": "w"},
    {"attempt": True, "worker": "w"},
    {"attempt": 1, "worker": ["w"]},
    {"attempt": 1, "worker": None, "artifact": {}, "found": 1},
]


def test_an_event_that_cannot_be_applied_fails_its_job_alone(app: Flask) -> None:
    client = current_services().redis

    def add(job_id: str, kind: EventType, details: dict[str, Any]) -> Any:
        told = {"revision": 0, **details}
        event = Event(kind, "s", job_id, "script", None, "", told)
        return client.xadd(keys.EVENT_STREAM, {"event": event.to_json(), "percent": "7", "eta": ""})

    good, bad = a_running_job(), []
    add(good, EventType.STAGE_STARTED, {"attempt": 1, "worker": "w"})
    for kind in STAGES:
        for details in WRONG_DETAILS:
            bad.append(a_running_job())
            add(bad[-1], kind, details)
    last = add(good, EventType.PROGRESS_UPDATE, {})
    with controlled(app):
        until(lambda: has_applied(last), "all of it is read", 20)
        until_a_cancel_is_decided()
    with reading() as db:
        [run] = db.scalars(select(StageRun).where(StageRun.job_id == good))
        assert run.state == "running"
        assert db.get_one(Job, good).percent == 7
        reported = [row["job_id"] for row in db.scalars(select(OutboxEvent.payload))]
    assert [state(job_id) for job_id in bad] == [FAILED] * len(bad)
    assert [(letter.kind, letter.job_id) for letter in kept()] == [("event", job) for job in bad]
    assert sorted(job for job in reported if job in bad) == sorted(bad), "each end is reported once"


def a_running_job() -> str:
    # Far from every dispatch and sweep: only events are about it.
    job_id = a_job(attempt=1, published=True, kind="external")
    with writing() as db:
        db.add(StageRun(job_id=job_id, revision=0, step="script", stage="script", engine="e"))
    return job_id


SURROGATE = "\ud800"
POISON = {
    "a surrogate": {"options": JobOptions(script="Hello.", tone=SURROGATE).to_dict()},
    "an unknown option": {"options": {"no_such": 1}},
    "no options": {"options": []},
    "a wrong input": {"inputs": {"face": 5}},
    "nested options": {"options": {"script": {"a": [SURROGATE]}}},
}


@pytest.mark.parametrize("poison", POISON)
def test_a_job_that_cannot_be_dispatched_fails_and_the_others_go_on(
    app: Flask, poison: str
) -> None:
    from tests.web import fake_nodes

    fake_nodes.beat(current_services().redis, *fake_nodes.simulated())
    with controlled(app):
        job_id = a_job(**POISON[poison])
        current_services().bus.wake_controller()
        # A strange text alone is no reason to refuse a job: it may be made all the same.
        until(lambda: state(job_id) == FAILED or published(job_id) or None, "it is decided", 20)
        until_a_cancel_is_decided()
    if state(job_id) == FAILED:
        assert {letter.job_id for letter in kept()} == {job_id}


def published(job_id: str) -> bool:
    with reading() as db:
        return bool(db.scalar(select(Job.published).where(Job.id == job_id)))


def test_rows_that_cannot_be_read_keep_no_other_job_back(app: Flask) -> None:
    """Not JSON where JSON is expected, in each table that the controller reads in bulk."""
    json_wrong = "'{not json'" if is_sqlite() else "'[]'::json"
    in_flight_jobs, waiting, cancelled = a_job(revision=1, published=True), a_job(), a_job()
    with writing() as db:
        db.add(PlanRevision(job_id=in_flight_jobs, revision=1, plan="{not a plan"))
        db.execute(text(f"UPDATE job SET options = {json_wrong}"))
        db.execute(update(Job).where(Job.id == cancelled).values(cancel_requested_at=now()))
        unsaid = Event(EventType.PLAN_REVISED, "s", waiting).to_dict()
        db.add(OutboxEvent(position=1, payload=unsaid | {"details": 5}))
    current_services().redis.delete(keys.MARKER)  # as after a wipe: progress is restored
    with controlled(app):
        until(lambda: state(in_flight_jobs) == FAILED or None, "the one in flight fails", 20)
        until(lambda: state(waiting) == FAILED or None, "the waiting one fails", 20)
        ended = (JobState.FAILED, JobState.CANCELLED)
        until(lambda: state(cancelled)[0] in ended or None, "the cancelled one ends", 20)
        until_a_cancel_is_decided()
    assert {letters.OUTBOX, letters.DECISION} <= {letter.kind for letter in kept()}


def is_sqlite() -> bool:
    return current_services().settings.database_url.startswith("sqlite")


def test_an_outbox_row_that_redis_refuses_is_set_aside(app: Flask) -> None:
    first, second = a_job(published=True), a_job(published=True)
    current_services().redis.set(keys.progress(first), "not a hash")
    with writing() as db:
        for job_id in (first, second):
            mine = update(Job).where(Job.id == job_id)
            db.execute(mine.values(cancel_requested_at=now()))
    with controlled(app):
        until_a_cancel_is_decided()
        until(lambda: kept() or None, "the row is set aside", 20)
    assert [letter.kind for letter in kept()] == [letters.OUTBOX]
    assert {state(first)[0], state(second)[0]} == {JobState.CANCELLED}


def test_letters_are_bounded_in_number_and_size(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(letters, "MOST_KEPT", 10)
    client = current_services().redis
    with controlled(app):
        for number in range(30):
            entry = {"event": f"{number} " + "x" * 100_000}
            last = client.xadd(keys.EVENT_STREAM, entry, maxlen=SESSION_STREAM_LENGTH)
        until(lambda: has_applied(last), "all of it is read", 20)
    found = kept()
    assert len(found) == 10
    assert max(len(letter.payload) for letter in found) <= letters.LONGEST_PAYLOAD
    assert not any(letter.whole for letter in found)
    assert json.dumps(found[-1].payload)
