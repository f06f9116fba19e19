"""Feedback on a finished video: of its owner only, once, and it may be changed."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.web.people import sign_up
from web.db.engine import reading, writing
from web.jobs.models import Job, JobFeedback
from web.services import current_services
from web.sessions.names import name_of
from web.storage import references


@pytest.fixture
def session_id(api: FlaskClient) -> str:
    opened: str = api.post("/session/create", json={"user_id": "ada"}).json["session_id"]
    return opened


def job(session_id: str, state: str = "succeeded") -> str:
    with writing() as db:
        made = Job(session_id=name_of(session_id), options={}, inputs={}, state=state)
        db.add(made)
        db.flush()
        return made.id


def give(api: FlaskClient, job_id: str, session_id: str, **sent: Any) -> Any:
    headers = {"X-Session-ID": session_id}
    return api.post(f"/process/{job_id}/feedback", json=sent, headers=headers)


def test_it_is_given_once_and_changed(api: FlaskClient, session_id: str) -> None:
    job_id = job(session_id)
    headers = {"X-Session-ID": session_id}
    missing = api.get(f"/process/{job_id}/feedback", headers=headers)
    assert (missing.status_code, missing.data) == (204, b"")
    first = give(api, job_id, session_id, score=2, words="Lips!", problems=["lips", "face"])
    assert first.status_code == 201
    assert first.json["problems"] == ["face", "lips"]
    second = give(api, job_id, session_id, score=5)
    assert second.status_code == 200
    found = api.get(f"/process/{job_id}/feedback", headers=headers).json
    assert found == second.json
    assert (found["score"], found["words"], found["problems"]) == (5, "", [])
    assert found["created_at"] == first.json["created_at"] < found["changed_at"]


@pytest.mark.parametrize(
    "sent",
    [
        *({}, {"score": 0}, {"score": 6}, {"score": 4.5}, {"score": "5"}, {"score": None}),
        *({"score": 3, "problems": ["nonsense"]}, {"score": 3, "problems": "lips"}),
        *({"score": 3, "words": "x" * 2001}, {"score": 3, "words": "\0"}, {"score": 3, "x": 1}),
    ],
)
def test_what_makes_no_sense_is_refused(api: FlaskClient, session_id: str, sent: Any) -> None:
    answer = give(api, job(session_id), session_id, **sent)
    assert (answer.status_code, answer.json["error_code"]) == (422, "VALIDATION_FAILED")


def test_a_job_that_runs_has_no_feedback(api: FlaskClient, session_id: str) -> None:
    answer = give(api, job(session_id, "running"), session_id, score=3)
    assert (answer.status_code, answer.json["error_code"]) == (409, "JOB_RUNNING")


def test_a_failed_job_may_be_rated(api: FlaskClient, session_id: str) -> None:
    assert give(api, job(session_id, "failed"), session_id, score=1).status_code == 201


def test_words_go_with_the_files(api: FlaskClient, session_id: str) -> None:
    job_id = job(session_id)
    give(api, job_id, session_id, score=4, words="My own words.")
    references.drop_job(current_services(), job_id)
    with reading() as db:
        kept = db.get_one(JobFeedback, job_id)
    assert (kept.score, kept.words) == (4, "")


def test_the_export_of_an_account_has_its_feedback(api: FlaskClient) -> None:
    person = sign_up(api, verified=True)
    opened = api.post("/session/create", json={"user_id": "x"}, headers=person.headers).json
    job_id = job(opened["session_id"])
    api.post(f"/process/{job_id}/feedback", json={"score": 3}, headers=person.headers)
    export = api.get("/api/auth/me/export", headers=person.headers).json
    assert export["sessions"][0]["jobs"][0]["feedback"]["score"] == 3
