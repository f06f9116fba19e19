"""`Idempotency-Key` and `Prefer: wait=N` on starts."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from flask import Flask

from config.settings import Settings
from tasks.domain.events import Event, EventType
from tasks.messaging.event_bus import EventBus, Progress
from tests.services.redis_server import RedisServer
from tests.services.waiting import until
from tests.web.caller import Caller, problem
from tests.web.conftest import serving
from web.db.columns import now
from web.db.engine import reading, writing
from web.jobs.idempotency import IdempotencyKey
from web.jobs.models import Job
from web.sessions.names import name_of


def start(
    caller: Caller, session_id: str, key: str | None = None, **more: object
) -> httpx.Response:
    prefer = more.pop("prefer", None)
    headers = {"Idempotency-Key": key, "Prefer": prefer}
    body = {"session_id": session_id, "script": "Hello there."} | more
    sent = {name: str(value) for name, value in headers.items() if value is not None}
    return caller.http.post("/process/start", json=body, headers=sent)


def test_the_same_again_is_the_same_job(caller: Caller) -> None:
    session_id = caller.ready_session()
    first, again = (start(caller, session_id, "once") for _ in range(2))
    assert first.json()["job_id"] == again.json()["job_id"]
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert again.headers["location"] == first.headers["location"]
    assert start(caller, session_id, "twice").json()["job_id"] != first.json()["job_id"]
    assert start(caller, session_id).json()["job_id"] != start(caller, session_id).json()["job_id"]


def test_another_request_under_the_key_is_refused(caller: Caller) -> None:
    session_id = caller.ready_session()
    start(caller, session_id, "once")
    answer = start(caller, session_id, "once", height=480)
    problem(answer, 422, "IDEMPOTENCY_KEY_REUSED")


def test_keys_of_other_sessions_are_others(caller: Caller) -> None:
    one, two = (start(caller, caller.ready_session(), "once") for _ in range(2))
    assert one.json()["job_id"] != two.json()["job_id"]


@pytest.mark.parametrize("key", ["", "a b", "x" * 201])
def test_a_key_must_be_plain(caller: Caller, key: str) -> None:
    answer = start(caller, caller.ready_session(), key)
    refused = problem(answer, 422, "VALIDATION_FAILED")
    assert refused["errors"][0]["field"] == "Idempotency-Key"


def test_a_request_still_at_work_is_a_conflict(app: Flask, caller: Caller) -> None:
    session_id = caller.ready_session()
    start(caller, session_id, "once")
    with writing() as db:
        db.get_one(IdempotencyKey, (name_of(session_id), "once")).job_id = None
    answer = start(caller, session_id, "once")
    problem(answer, 409, "IDEMPOTENCY_KEY_IN_USE")
    assert answer.headers["retry-after"]


def test_twenty_at_once_make_one_job(either: Settings) -> None:
    with serving(either) as address, httpx.Client(base_url=address, timeout=60) as http:
        caller = Caller(http)
        session_id = caller.ready_session()
        with ThreadPoolExecutor(20) as pool:
            answers = list(pool.map(lambda _: start(caller, session_id, "once"), range(20)))
        assert {answer.status_code for answer in answers} <= {202, 409}
        made = {answer.json()["job_id"] for answer in answers if answer.status_code == 202}
        assert len(made) == 1
        jobs = http.get(f"/session/{session_id}/status").json()["jobs"]
        assert [job["job_id"] for job in jobs] == list(made)


def test_who_prefers_to_wait_gets_the_end(
    app: Flask, caller: Caller, redis_server: RedisServer
) -> None:
    session_id = caller.ready_session()

    def end() -> None:
        job_id = until(_open_job, "the job is there")
        with app.app_context(), writing() as db:
            job = db.get_one(Job, job_id)
            job.state, job.finished_at = "cancelled", now()
        bus = EventBus(redis_server.client())
        bus.start_progress(job_id, 1.0, Progress())
        bus.emit(Event(EventType.PIPELINE_CANCELLED, name_of(session_id), job_id))

    def _open_job() -> str | None:
        with app.app_context(), reading() as db:
            job = db.query(Job).filter_by(session_id=name_of(session_id)).first()
            return job.id if job else None

    ending = threading.Thread(target=end)
    ending.start()
    began = time.monotonic()
    answer = start(caller, session_id, prefer="wait=20")
    ending.join()
    assert time.monotonic() - began < 10
    assert answer.status_code == 200
    assert answer.json()["state"] == "cancelled"
    assert answer.headers["preference-applied"] == "wait=20"


def test_who_waits_in_vain_gets_202(caller: Caller) -> None:
    began = time.monotonic()
    answer = start(caller, caller.ready_session(), prefer="respond-async, wait=1")
    assert answer.status_code == 202
    assert 1.0 <= time.monotonic() - began < 10
    assert answer.json()["status"] == "processing_started"
