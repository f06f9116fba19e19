"""Consent of the people in uploads: stated, required, withdrawn."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest
from flask import Flask

from config.settings import Settings
from tests.integration.caller import Caller, problem
from tests.integration.conftest import serving
from tests.integration.test_outputs import put_output
from web.errors import SessionLimit
from web.problems import ExceptionHandler

ADA = {"subject": "Ada", "statement": "I agree to this film."}


def test_what_is_stated_is_kept_with_the_job(caller: Caller) -> None:
    session_id = caller.ready_session()
    stated = caller.start(session_id, consent=ADA).json()["job_id"]
    silent = caller.start(session_id).json()["job_id"]
    assert caller.http.get(f"/process/{stated}").json()["consent"] == ADA
    assert caller.http.get(f"/process/{silent}").json()["consent"] is None
    problem(caller.start(session_id, consent={"subject": "Ada"}), 422, "VALIDATION_FAILED")


def test_it_may_be_required(settings: Settings) -> None:
    strict = replace(settings, consent="required")
    with serving(strict) as address, httpx.Client(base_url=address, timeout=30) as http:
        caller = Caller(http)
        session_id = caller.ready_session()
        problem(caller.start(session_id), 422, "CONSENT_REQUIRED")
        assert caller.start(session_id, consent=ADA).status_code == 202


def test_withdrawn_it_ends_jobs_and_blocks_downloads(app: Flask, caller: Caller) -> None:
    session_id = caller.ready_session()
    job_id = caller.start(session_id, consent=ADA).json()["job_id"]
    put_output(session_id, job_id, "film.mp4", b"film")
    urls = [file["url"] for file in caller.http.get(f"/outputs/{session_id}").json()["outputs"]]
    assert [caller.http.get(url).status_code for url in urls] == [200] * 3
    assert caller.http.post(f"/session/{session_id}/consent/withdraw").status_code == 200
    job = caller.http.get(f"/process/{job_id}").json()
    assert job["cancel_requested"] is True
    assert job["consent_withdrawn_at"]
    for url in urls:
        problem(caller.http.get(url), 451, "CONSENT_WITHDRAWN")
    # A new face is somebody else's.
    fresh = caller.face(session_id).json()
    assert caller.http.get(fresh["url"]).status_code == 200


@pytest.mark.parametrize("error", [ValueError("secret /etc/passwd"), SessionLimit(host="db1")])
def test_the_handler_tells_nothing_of_our_insides(error: Exception) -> None:
    told = ExceptionHandler().handle_exception(error)
    assert told["error_code"] in ("INTERNAL_ERROR", "SESSION_LIMIT")
    assert told["user_message"].endswith(".")
    assert told["details"] == {}
    assert "passwd" not in str(told)
    assert "db1" not in str(told)
