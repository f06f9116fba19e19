"""Sessions over REST."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import httpx
import pytest
from flask import Flask

from config.settings import Settings
from tests.web.caller import Caller, problem
from tests.web.conftest import serving
from web.db.columns import now
from web.db.engine import writing
from web.sessions.models import UserSession
from web.sessions.names import name_of


def test_a_new_session_is_active_and_empty(caller: Caller) -> None:
    answer = caller.http.post("/session/create", json={"user_id": "ada"})
    assert answer.status_code == 201
    created = answer.json()
    assert created["state"] == "active"
    assert created["user_id"] == "ada"
    assert len(created["session_id"]) == 32
    status = caller.http.get(answer.headers["location"]).json()
    assert status["session_id"] == created["session_id"]
    assert status["uploads"] == status["jobs"] == []
    assert set(status["counts"].values()) == {0}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "user_id"),
        ({"user_id": ""}, "user_id"),
        ({"user_id": "x" * 201}, "user_id"),
        ({"user_id": 7}, "user_id"),
        ({"user_id": "ada", "admin": True}, "admin"),
    ],
)
def test_a_wrong_request_names_its_field(
    caller: Caller, body: dict[str, object], field: str
) -> None:
    answer = caller.http.post("/session/create", json=body)
    refused = problem(answer, 422, "VALIDATION_FAILED")
    assert [error["field"] for error in refused["errors"]] == [field]
    assert field in refused["user_message"]


def test_status_lists_uploads_and_jobs(caller: Caller) -> None:
    session_id = caller.ready_session()
    caller.voice(session_id)
    job = caller.start(session_id).json()
    status = caller.http.get(f"/session/{session_id}/status").json()
    assert [upload["kind"] for upload in status["uploads"]] == ["voice", "face"]
    assert status["jobs"][0]["job_id"] == job["job_id"]
    assert status["jobs"][0]["state"] == "queued"
    assert status["jobs"][0]["percent"] == 0.0
    assert status["counts"]["uploads"] == 2
    assert status["counts"]["jobs"] == status["counts"]["queued"] == 1


def test_an_unknown_session_is_not_found_anywhere(caller: Caller) -> None:
    unknown = "0" * 32
    for path in (f"/session/{unknown}/status", f"/outputs/{unknown}", f"/download/{unknown}/x.mp4"):
        problem(caller.http.get(path), 404, "SESSION_NOT_FOUND")
    problem(caller.face(unknown), 404, "SESSION_NOT_FOUND")
    problem(caller.start(unknown), 404, "SESSION_NOT_FOUND")


def test_an_ended_session_takes_no_new_work(app: Flask, caller: Caller) -> None:
    session_id = caller.ready_session()
    with writing() as db:
        db.get_one(UserSession, name_of(session_id)).ended_at = now()
    problem(caller.face(session_id), 410, "SESSION_EXPIRED")
    problem(caller.start(session_id), 410, "SESSION_EXPIRED")
    assert caller.http.get(f"/session/{session_id}/status").json()["state"] == "ended"
    assert len(caller.http.get(f"/outputs/{session_id}").json()["outputs"]) == 2  # and its preview


def test_closed_session_frees_its_place_and_keeps_outputs(settings: Settings) -> None:
    narrow = replace(settings, max_sessions=1)
    with serving(narrow) as address, httpx.Client(base_url=address, timeout=30) as http:
        caller = Caller(http)
        for _ in range(3):  # one after the other, as `callsheet render` does
            session_id = caller.ready_session()
            job_id = caller.start(session_id).json()["job_id"]
            problem(http.post("/session/create", json={"user_id": "eve"}), 503, "SESSION_LIMIT")
            left = http.post(f"/session/{session_id}/close")
            assert (left.status_code, left.json()["state"]) == (200, "ended")
            assert http.get(f"/process/{job_id}").json()["cancel_requested"] is True
            assert len(http.get(f"/outputs/{session_id}").json()["outputs"]) == 2
            problem(caller.face(session_id), 410, "SESSION_EXPIRED")
        problem(http.post(f"/session/{'0' * 32}/close"), 404, "SESSION_NOT_FOUND")


def test_a_hundred_sessions_open_at_once(either: Settings) -> None:
    with serving(either) as address, httpx.Client(base_url=address, timeout=60) as http:

        def create(number: int) -> httpx.Response:
            return http.post("/session/create", json={"user_id": f"user {number}"})

        with ThreadPoolExecutor(100) as pool:
            answers = list(pool.map(create, range(100)))
    assert [answer.status_code for answer in answers] == [201] * 100
    assert len({answer.json()["session_id"] for answer in answers}) == 100
