"""Server-Sent Events of a job: the same events, resumed by `Last-Event-ID`, up to the end."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

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
from tests.web.listener import as_told, keep, said
from web.db.columns import now
from web.db.engine import writing
from web.jobs.models import Job
from web.realtime import sse
from web.sessions.names import name_of


@pytest.fixture
def bus(redis_server: RedisServer) -> EventBus:
    return EventBus(redis_server.client())


@pytest.fixture
def job(caller: Caller, bus: EventBus) -> tuple[str, str]:
    """Session and job; what its upload said is not of the job."""
    session_id = caller.ready_session()
    job_id = caller.start(session_id).json()["job_id"]
    bus.start_progress(job_id, 10.0, Progress())
    return session_id, job_id


def end(app: Flask, bus: EventBus, session_id: str, job_id: str) -> Event:
    """As control does it: first the state, then the news."""
    with app.app_context(), writing() as db:
        row = db.get_one(Job, job_id)
        row.state, row.finished_at = "succeeded", now()
    ended = Event(EventType.PIPELINE_COMPLETED, name_of(session_id), job_id, message="the end")
    return bus.emit(ended)


@contextmanager
def reading(caller: Caller, job_id: str, **headers: str) -> Iterator[Iterator[dict[str, Any]]]:
    """The events of a stream as they come."""
    with caller.http.stream("GET", f"/process/{job_id}/events", headers=headers) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["cache-control"] == "no-store"
        yield _events(answer)


def _events(answer: httpx.Response) -> Iterator[dict[str, Any]]:
    fields: dict[str, str] = {}
    for line in answer.iter_lines():
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
        else:
            if "data" in fields:
                event = json.loads(fields["data"])
                assert (fields["id"], fields["event"]) == (event["event_id"], event["event_type"])
                yield event
            fields = {}


def test_from_the_first_event_to_the_end(
    app: Flask, caller: Caller, bus: EventBus, job: tuple[str, str]
) -> None:
    session_id, job_id = job
    said_before = bus.emit(said(session_id, "before", job_id))
    with reading(caller, job_id) as events:
        assert next(events) == as_told(said_before, session_id)
        bus.emit(said(session_id, "of nobody"))
        bus.emit(said(session_id, "now", job_id))
        end(app, bus, session_id, job_id)
        assert [event["message"] for event in events] == ["now", "the end"]


def test_stream_resumes_after_the_last_event_id(
    app: Flask, caller: Caller, bus: EventBus, job: tuple[str, str]
) -> None:
    session_id, job_id = job
    ids = [bus.emit(said(session_id, str(n), job_id)).event_id for n in range(4)]
    end(app, bus, session_id, job_id)
    with reading(caller, job_id, **{"Last-Event-ID": ids[1]}) as events:
        assert [event["message"] for event in events] == ["2", "3", "the end"]


@pytest.mark.parametrize("is_stored", [True, False])
def test_client_with_the_final_event_must_not_reconnect(
    app: Flask, caller: Caller, bus: EventBus, job: tuple[str, str], is_stored: bool
) -> None:
    session_id, job_id = job
    ended = end(app, bus, session_id, job_id)
    if is_stored:  # the database follows the stream of events a moment later
        keep(ended)
    known = {"Last-Event-ID": ended.event_id}
    answer = caller.http.get(f"/process/{job_id}/events", headers=known)
    assert answer.status_code == 204
    with reading(caller, job_id) as events:
        assert [event["message"] for event in events] == ["the end"]


def test_a_job_whose_events_are_forgotten_ends_at_once(
    app: Flask, caller: Caller, job: tuple[str, str], redis_server: RedisServer
) -> None:
    _, job_id = job
    redis_server.flush()
    with writing() as db:
        row = db.get_one(Job, job_id)
        row.state, row.finished_at = "succeeded", now() - timedelta(days=30)
    with reading(caller, job_id) as events:
        assert list(events) == []


def test_retried_job_continues(
    app: Flask, caller: Caller, bus: EventBus, job: tuple[str, str]
) -> None:
    session_id, job_id = job
    bus.emit(Event(EventType.PIPELINE_FAILED, name_of(session_id), job_id, message="failed"))
    bus.start_progress(job_id, 10.0, Progress())  # another round
    with reading(caller, job_id) as events:
        assert next(events)["message"] == "failed"
        bus.emit(said(session_id, "again", job_id))
        assert next(events)["message"] == "again"
        end(app, bus, session_id, job_id)
        assert [event["message"] for event in events] == ["the end"]


def test_silence_has_a_heartbeat(
    caller: Caller, job: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sse, "HEARTBEAT_SECONDS", 0.1)
    with caller.http.stream("GET", f"/process/{job[1]}/events") as answer:
        lines = answer.iter_lines()
        assert next(lines) == "retry: 2000"
        assert [next(lines) for _ in range(4)] == ["", ": still here", "", ": still here"]
    # While heartbeats are still frequent: the server sees by one that the client has gone.
    until(lambda: not _streaming(), "the stream's thread ends")


def _streaming() -> list[threading.Thread]:
    """List the threads of requests."""
    return [one for one in threading.enumerate() if "process_request_thread" in one.name]


def test_invalid_requests_are_refused(caller: Caller, job: tuple[str, str]) -> None:
    problem(caller.http.get("/process/none/events"), 404, "JOB_NOT_FOUND")
    wrong = {"Last-Event-ID": "yesterday"}
    answer = caller.http.get(f"/process/{job[1]}/events", headers=wrong)
    problem(answer, 422, "VALIDATION_FAILED")


def test_closed_connection_frees_its_slot(app: Flask, settings: Settings, bus: EventBus) -> None:
    few = replace(settings, max_clients=1)
    with serving(few) as address, httpx.Client(base_url=address) as http:
        caller = Caller(http)
        session_id = caller.ready_session()
        job_id = caller.start(session_id).json()["job_id"]
        bus.start_progress(job_id, 1.0, Progress())
        with reading(caller, job_id) as events:
            full = http.get(f"/process/{job_id}/events")
            problem(full, 503, "TOO_MANY_CLIENTS")
            end(app, bus, session_id, job_id)
            assert len(list(events)) == 1
        with reading(caller, job_id) as events:
            assert len(list(events)) == 1


def test_a_stream_ends_although_another_job_of_the_session_goes_on(
    app: Flask, caller: Caller, bus: EventBus, job: tuple[str, str]
) -> None:
    session_id, job_id = job
    ended = end(app, bus, session_id, job_id)
    other = caller.start(session_id).json()["job_id"]
    bus.emit(said(session_id, "another job", other))
    with reading(caller, job_id) as events:
        assert [event["event_id"] for event in events][-1] == ended.event_id
