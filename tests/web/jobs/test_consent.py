"""Consent of the people in uploads: stated, required, withdrawn."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import httpx
import pytest
from flask import Flask

from config.settings import Settings
from tests.web.api.test_outputs import put_output
from tests.web.caller import Caller, problem
from tests.web.conftest import serving
from tests.web.samples import picture
from web.compat.errors import ExceptionHandler
from web.errors import SessionLimit
from web.services import current_services

ADA = {"subject": "Ada", "statement": "I agree to this film."}
BOB = {"subject": "Bob", "statement": "My voice may say this."}


def test_what_is_stated_is_kept_with_the_job_for_each_upload(caller: Caller) -> None:
    session_id = caller.ready_session()

    def kept(**consent: Any) -> Any:
        job_id = caller.start(session_id, **consent).json()["job_id"]
        return caller.http.get(f"/process/{job_id}").json()["consent"]

    assert kept() is None
    assert kept(consent=ADA) == {"face": ADA}  # there is no voice to speak of
    assert caller.voice(session_id).status_code == 201
    assert kept(consent=ADA) == {"face": ADA, "voice": ADA}
    assert kept(consent={"face": ADA, "voice": BOB}) == {"face": ADA, "voice": BOB}
    assert kept(consent={"voice": BOB}) == {"voice": BOB}
    for wrong in (
        {"subject": "Ada"},
        {},
        {"face": ADA, **BOB},
        {"face": {"subject": "Ada"}},
        {"film": ADA},
        "yes",
    ):
        problem(caller.start(session_id, consent=wrong), 422, "VALIDATION_FAILED")


def test_it_may_be_required_of_each(settings: Settings) -> None:
    strict = replace(settings, consent="required")
    with serving(strict) as address, httpx.Client(base_url=address, timeout=30) as http:
        caller = Caller(http)
        session_id = caller.ready_session()
        problem(caller.start(session_id), 422, "CONSENT_REQUIRED")
        assert caller.start(session_id, consent=ADA).status_code == 202
        caller.voice(session_id)
        problem(caller.start(session_id, consent={"face": ADA}), 422, "CONSENT_REQUIRED")
        both = {"face": ADA, "voice": BOB}
        assert caller.start(session_id, consent=both).status_code == 202
        form = {"user_id": "ada", "script": "Hello."}
        files = {"face_image": ("me.png", picture())}
        one_call = http.post("/api/start-processing", data=form, files=files)
        problem(one_call, 422, "CONSENT_REQUIRED")
        form["consent"] = json.dumps({"face": ADA})
        assert http.post("/api/start-processing", data=form, files=files).status_code == 202


def test_withdrawn_it_ends_jobs_and_blocks_downloads(app: Flask, caller: Caller) -> None:
    session_id = caller.ready_session()
    job_id = caller.start(session_id, consent=ADA).json()["job_id"]
    put_output(session_id, job_id, "film.mp4", b"film")
    urls = [file["url"] for file in caller.http.get(f"/outputs/{session_id}").json()["outputs"]]
    assert [caller.http.get(url).status_code for url in urls] == [200] * 3
    assert not current_services().artifacts.withdrawn(job_id)
    assert caller.http.post(f"/session/{session_id}/consent/withdraw").status_code == 200
    job = caller.http.get(f"/process/{job_id}").json()
    assert job["cancel_requested"] is True
    assert job["consent_withdrawn_at"]
    assert current_services().artifacts.withdrawn(job_id)
    for url in urls:
        problem(caller.http.get(url), 451, "CONSENT_WITHDRAWN")
    # Nor can more be made of it, in a new job or by another round of the old one.
    problem(caller.start(session_id, consent=ADA), 451, "CONSENT_WITHDRAWN")
    problem(caller.http.post(f"/process/{job_id}/retry"), 451, "CONSENT_WITHDRAWN")
    # A new face is of another person.
    fresh = caller.face(session_id).json()
    assert caller.http.get(fresh["url"]).status_code == 200
    assert caller.start(session_id, consent=ADA).status_code == 202


def test_one_person_may_withdraw_for_themselves(app: Flask, caller: Caller) -> None:
    session_id = caller.ready_session()
    of_ada = caller.start(session_id, consent=ADA).json()["job_id"]
    caller.face(session_id, picture(301, 300))
    of_bob = caller.start(session_id, consent=BOB).json()["job_id"]
    for job_id, name in ((of_ada, "ada.mp4"), (of_bob, "bob.mp4")):
        put_output(session_id, job_id, name, name.encode())
    url = f"/session/{session_id}/consent/withdraw"
    assert caller.http.post(url, json={"subject": "Ada"}).status_code == 200
    problem(caller.http.get(f"/download/{session_id}/ada.mp4"), 451, "CONSENT_WITHDRAWN")
    assert caller.http.get(f"/download/{session_id}/bob.mp4").status_code == 200
    shown = {
        file["url"]: caller.http.get(file["url"]).status_code
        for file in caller.http.get(f"/outputs/{session_id}").json()["outputs"]
    }
    # The film, the picture and its thumbnail of each.
    assert sorted(shown.values()) == [200] * 3 + [451] * 3
    assert caller.start(session_id, consent=BOB).status_code == 202
    problem(caller.http.post(url, json={"who": "Ada"}), 422, "VALIDATION_FAILED")


@pytest.mark.parametrize("error", [ValueError("secret /etc/passwd"), SessionLimit(host="db1")])
def test_the_handler_tells_nothing_of_our_insides(error: Exception) -> None:
    told = ExceptionHandler().handle_exception(error)
    assert told["error_code"] in ("INTERNAL_ERROR", "SESSION_LIMIT")
    assert told["user_message"].endswith(".")
    assert told["details"] == {}
    assert "passwd" not in str(told)
    assert "db1" not in str(told)
