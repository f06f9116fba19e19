"""`/api/consents`: kept with their owner, named by jobs, revoked for all of them."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from tests.web.api.test_outputs import put_output
from tests.web.caller import Caller, problem
from tests.web.samples import picture
from web.db.columns import now
from web.db.engine import reading, writing
from web.events.models import OutboxEvent
from web.jobs.models import Job
from web.services import current_services

ADA = {"subject": "Ada", "statement": "I agree to this film."}


@pytest.fixture
def session(caller: Caller) -> str:
    """A session with a face, whose id is sent along from now on."""
    session_id = caller.ready_session()
    caller.http.headers["X-Session-ID"] = session_id
    return session_id


def kept(caller: Caller, **consent: Any) -> Any:
    answer = caller.http.post("/api/consents", json=ADA | consent)
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_a_job_names_a_consent_and_its_revocation_is_seen_at_once(
    app: Flask, caller: Caller, session: str
) -> None:
    consent = kept(caller)
    assert consent["valid"]
    assert consent["shown"] == "checkbox"
    started = caller.start(session, face_consent_id=consent["id"])
    assert started.status_code == 202, started.text
    job_id = started.json()["job_id"]
    assert caller.http.get(f"/process/{job_id}").json()["consent"] == {"face": ADA}
    put_output(session, job_id, "film.mp4", b"film")
    url = f"/download/{session}/film.mp4"
    assert caller.http.get(url).status_code == 200
    began = time.monotonic()
    revoked = caller.http.post(f"/api/consents/{consent['id']}/revoke").json()
    problem(caller.http.get(url), 451, "CONSENT_WITHDRAWN")
    assert time.monotonic() - began < 1
    assert revoked["revoked_at"]
    assert not revoked["valid"]
    job = caller.http.get(f"/process/{job_id}").json()
    assert job["cancel_requested"]
    assert current_services().artifacts.withdrawn(job_id)
    with reading() as db:
        events = [row.payload["event_type"] for row in db.query(OutboxEvent)]
    assert events == ["consent_withdrawn"]
    caller.face(session, picture(301, 300))
    problem(caller.start(session, face_consent_id=consent["id"]), 422, "CONSENT_NOT_VALID")


def test_a_consent_says_what_was_made_with_it(app: Flask, caller: Caller, session: str) -> None:
    consent = kept(caller)
    assert consent["used"] == {"jobs": 0, "open_jobs": 0, "videos": 0}
    of = {"face_consent_id": consent["id"]}
    jobs = [caller.start(session, **of).json()["job_id"] for _ in range(4)]
    with writing() as db:
        for job_id, state in zip(jobs, ("succeeded", "succeeded", "failed"), strict=False):
            db.get_one(Job, job_id).state = state
        db.get_one(Job, jobs[1]).expired_at = now()  # its files were deleted
    (listed,) = caller.http.get("/api/consents").json()["consents"]
    assert listed["used"] == {"jobs": 4, "open_jobs": 1, "videos": 1}
    revoked = caller.http.post(f"/api/consents/{consent['id']}/revoke").json()
    assert revoked["used"] == {"jobs": 4, "open_jobs": 1, "videos": 0}


def test_what_a_start_states_becomes_one_record(app: Flask, caller: Caller, session: str) -> None:
    for _ in range(2):
        assert caller.start(session, consent=ADA).status_code == 202
    found = caller.http.get("/api/consents").json()["consents"]
    assert [(row["subject"], row["shown"], row["uses"]) for row in found] == [
        ("Ada", "stated", ["face"])
    ]
    caller.http.post(f"/api/consents/{found[0]['id']}/revoke")
    jobs = caller.http.get("/api/jobs").json()["jobs"]
    assert [job["cancel_requested"] for job in jobs] == [True, True]


def test_a_consent_is_for_its_owner_its_uses_and_its_time(
    app: Flask, caller: Caller, session: str
) -> None:
    voice_only = kept(caller, uses=["voice"])
    expired = kept(caller, expires_at=(now() - timedelta(days=1)).isoformat())
    for consent in (voice_only, expired):
        answer = caller.start(session, face_consent_id=consent["id"])
        problem(answer, 422, "CONSENT_NOT_VALID")
    mine = kept(caller)
    other = caller.ready_session()
    problem(caller.start(other, face_consent_id=mine["id"]), 404, "CONSENT_NOT_FOUND")
    caller.http.headers["X-Session-ID"] = other
    problem(caller.http.get(f"/api/consents/{mine['id']}"), 404, "CONSENT_NOT_FOUND")
    problem(caller.http.post(f"/api/consents/{mine['id']}/revoke"), 404, "CONSENT_NOT_FOUND")
    assert caller.http.get("/api/consents").json()["consents"] == []


def test_evidence_is_an_upload_of_the_same_owner(app: Flask, caller: Caller, session: str) -> None:
    document = caller.face(session).json()["upload_id"]
    assert kept(caller, shown="document", evidence_upload_id=document)["has_evidence"]
    for wrong in (
        {"shown": "spoken", "evidence_upload_id": document},
        {"shown": "document"},
        {"shown": "checkbox", "evidence_upload_id": document},
        {"shown": "telepathy"},
    ):
        problem(caller.http.post("/api/consents", json=ADA | wrong), 422, "VALIDATION_FAILED")
