"""Everything belongs to an owner, and a visitor's things outlive their sessions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta, timezone
from typing import Any, Final

import httpx
import pytest
from flask import Flask

from config.settings import Settings
from tests.web.api.test_outputs import put_output
from tests.web.caller import Caller, problem
from tests.web.conftest import as_operator, close, serving
from web.app import create_app
from web.db.columns import now
from web.db.engine import reading, writing
from web.jobs import library, transitions
from web.jobs.models import Job
from web.sessions.models import Output, Upload, UserSession
from web.sessions.names import name_of

PAGE: Final = {"Sec-Fetch-Site": "same-origin"}
FOREIGN: Final = {"Sec-Fetch-Site": "cross-site", "Origin": "https://elsewhere.example"}


@pytest.fixture
def browsers(server: str) -> Iterator[list[Caller]]:
    """Two browsers with a page of this server open, each with its own cookies."""
    with (
        httpx.Client(base_url=server, headers=PAGE, timeout=30) as one,
        httpx.Client(base_url=server, headers=PAGE, timeout=30) as two,
    ):
        callers = [Caller(one), Caller(two)]
        for http in (one, two):
            http.auth = None  # the cookie is all that a library needs
        yield callers


def _film(app: Flask, browser: Caller, session_id: str, script: str = "Hello there.") -> str:
    job_id: str = browser.start(session_id, script=script).json()["job_id"]
    with app.app_context():
        put_output(session_id, job_id, f"{job_id}-final.mp4", b"a film")
        with writing() as db:
            transitions.succeed(db, db.get_one(Job, job_id), now())
    return job_id


def _cookie(http: httpx.Client, **headers: str) -> str:
    answer = http.post("/session/create", json={"user_id": "ada"}, headers=headers)
    assert answer.status_code == 201, answer.text
    return answer.headers.get("set-cookie", "")


def test_only_a_page_of_this_server_gets_the_cookie(server: str) -> None:
    with httpx.Client(base_url=server) as http:
        assert _cookie(http) == ""
        origin = {"Origin": "https://elsewhere.example"}
        assert "set-cookie" not in http.post("/session/create", json={}, headers=origin).headers
        cookie = _cookie(http, **PAGE)
    assert cookie.startswith("callsheet-visitor-")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie


def test_the_cookie_is_secure_behind_tls(settings: Settings) -> None:
    with serving(replace(settings, https_only=True)) as address:
        cookie = _cookie(httpx.Client(base_url=address), **PAGE)
    assert cookie.startswith("__Host-callsheet-visitor-")
    assert "; Secure" in cookie


def test_a_library_outlives_the_session(browsers: list[Caller], app: Flask) -> None:
    ada, bob = browsers
    session_id = ada.ready_session()
    job_id = _film(app, ada, session_id)
    assert ada.http.post(f"/session/{session_id}/close").status_code == 200
    later = ada.session()
    bob.ready_session()
    (job,) = ada.http.get("/api/jobs").json()["jobs"]
    assert (job["job_id"], job["state"], job["title"]) == (job_id, "succeeded", "Hello there.")
    (film,) = job["outputs"]
    assert ada.http.get(film["url"]).content == b"a film"
    assert httpx.get(f"{ada.http.base_url}{film['signed_url']}").content == b"a film"
    assert job["language"] == "en"
    assert ada.http.get(f"/api/jobs/{job_id}").json()["state"] == "succeeded"
    (upload,) = ada.http.get("/api/uploads").json()["uploads"]
    again = ada.start(later, face_upload_id=upload["upload_id"])
    assert again.status_code == 202, again.text

    assert bob.http.get("/api/jobs").json() == {"jobs": [], "next_cursor": None}
    problem(bob.http.get(f"/api/jobs/{job_id}"), 404, "JOB_NOT_FOUND")
    problem(bob.http.get(film["url"]), 404, "SESSION_NOT_FOUND")
    problem(bob.http.delete(f"/api/uploads/{upload['upload_id']}"), 404, "UPLOAD_NOT_FOUND")
    refused = bob.start(bob.ready_session(), face_upload_id=upload["upload_id"])
    problem(refused, 409, "UPLOAD_NOT_ACCEPTED")


def test_a_library_needs_a_proof(browsers: list[Caller], server: str, settings: Settings) -> None:
    ada = browsers[0]
    session_id = ada.ready_session()
    job_id = ada.start(session_id).json()["job_id"]
    with httpx.Client(base_url=server) as stranger:
        for path in ("/api/jobs", "/api/uploads", f"/api/jobs/{job_id}"):
            problem(stranger.get(path), 401, "SESSION_REQUIRED")
        # The session's id shows what is in the session, the operator's token everything.
        header = {"X-Session-ID": session_id}
        assert len(stranger.get("/api/jobs", headers=header).json()["jobs"]) == 1
        other = {"X-Session-ID": ada.session()}
        assert stranger.get("/api/jobs", headers=other).json()["jobs"] == []
        operator = as_operator(settings)
        assert stranger.get("/api/jobs", headers=operator).json()["jobs"] == []
        with create_app(settings).app_context(), reading() as db:
            owner = db.get_one(Job, job_id).owner
        assert owner.startswith("visitor:")
        named = stranger.get("/api/jobs", params={"owner": owner}, headers=operator)
        assert [job["job_id"] for job in named.json()["jobs"]] == [job_id]
        claimed = ada.http.get("/api/jobs", params={"owner": "operators"}).json()["jobs"]
        assert [job["job_id"] for job in claimed] == [job_id]


def test_the_cookie_proves_nothing_for_pages_of_other_sites(
    browsers: list[Caller], server: str
) -> None:
    ada = browsers[0]
    job_id = ada.start(ada.ready_session()).json()["job_id"]
    problem(ada.http.get("/api/jobs", headers=FOREIGN), 401, "SESSION_REQUIRED")
    with httpx.Client(base_url=server, cookies=ada.http.cookies) as http:
        change = http.patch(f"/api/jobs/{job_id}", json={"title": "Mine"})
        problem(change, 401, "SESSION_REQUIRED")


def test_a_forged_cookie_is_none_and_a_replaced_key_keeps_the_library(settings: Settings) -> None:
    before = replace(settings, secret_key="the key of last year")
    with serving(before) as address:
        ada = Caller(httpx.Client(base_url=address, headers=PAGE))
        job_id = ada.start(ada.ready_session()).json()["job_id"]
        (name, value) = next(iter(ada.http.cookies.items()))
        forged = httpx.get(f"{address}/api/jobs", cookies={name: value[:-2] + "xx"})
        problem(forged, 401, "SESSION_REQUIRED")
    after = replace(settings, secret_key="a new key")
    with serving(after) as address:
        problem(httpx.get(f"{address}/api/jobs", cookies={name: value}), 401, "SESSION_REQUIRED")
    with serving(replace(after, secret_key_previous="the key of last year")) as address:
        http = httpx.Client(base_url=address, headers=PAGE, cookies={name: value})
        assert [job["job_id"] for job in http.get("/api/jobs").json()["jobs"]] == [job_id]
        assert _cookie(http).startswith("callsheet-visitor-")  # signed with the new key
    with serving(after) as address:
        http.base_url = address
        assert [job["job_id"] for job in http.get("/api/jobs").json()["jobs"]] == [job_id]
    http.close()


def test_lists_have_pages_filters_and_titles(caller: Caller, app: Flask) -> None:
    session_id = caller.ready_session()
    caller.http.headers["X-Session-ID"] = session_id
    made = [caller.start(session_id, script=f"Film {n}.").json()["job_id"] for n in range(5)]
    _film(app, caller, session_id, "The 100% film_")
    for n in (2, 3):
        assert caller.voice(session_id, name=f"voice {n}.wav").status_code == 201

    def listed(what: str = "jobs", **query: Any) -> list[str]:
        answer = caller.http.get(f"/api/{what}", params=query)
        assert answer.status_code == 200, answer.text
        return [entry["title"] for entry in answer.json()[what]]

    assert listed(q="film 3") == ["Film 3."]
    assert listed(q="100%") == listed(q="FILM_") == listed(state="succeeded") == ["The 100% film_"]
    assert listed(kind="external") == listed(created_before="2020-01-01T00:00:00Z") == []
    assert len(listed(created_after="2020-01-01T00:00:00Z")) == 6
    ahead, behind = timezone(timedelta(hours=14)), timezone(timedelta(hours=-12))
    hour_ago, in_an_hour = now() - timedelta(hours=1), now() + timedelta(hours=1)
    assert len(listed(created_after=hour_ago.astimezone(ahead).isoformat())) == 6
    assert listed(created_after=in_an_hour.astimezone(behind).isoformat()) == []
    assert listed(created_before="0001-01-01T00:00:00+14:00") == []
    assert listed("uploads", kind="voice") == ["voice 3.wav", "voice 2.wav"]
    pages, cursor = [], None
    while True:
        query = {"limit": 4} | ({"cursor": cursor} if cursor else {})
        page = caller.http.get("/api/jobs", params=query).json()
        pages.append([job["job_id"] for job in page["jobs"]])
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert [len(page) for page in pages] == [4, 2]
    assert pages[0][1:] + pages[1] == made[::-1]
    for wrong in ({"cursor": "x"}, {"limit": 0}, {"state": "odd"}, {"created_after": "2020"}):
        problem(caller.http.get("/api/jobs", params=wrong), 422, "VALIDATION_FAILED")

    renamed = caller.http.patch(f"/api/jobs/{made[0]}", json={"title": " Straße zum Meer "})
    assert renamed.json()["title"] == "Straße zum Meer"
    assert listed(q="straße") == ["Straße zum Meer"]
    for title in ("", "  ", "two\nlines", "line\n", "x" * 201, None):
        answer = caller.http.patch(f"/api/jobs/{made[0]}", json={"title": title})
        problem(answer, 422, "VALIDATION_FAILED")


def test_deleted_things_leave_the_library(caller: Caller, app: Flask) -> None:
    session_id = caller.ready_session()
    caller.http.headers["X-Session-ID"] = session_id
    job_id, open_job = _film(app, caller, session_id), caller.start(session_id).json()["job_id"]
    (upload,) = caller.http.get("/api/uploads").json()["uploads"]
    path = f"/api/uploads/{upload['upload_id']}"
    assert caller.http.get(upload["signed_preview_url"]).status_code == 200
    assert caller.http.patch(path, json={"title": "Ada"}).json()["title"] == "Ada"
    assert caller.http.delete(path).status_code == 204
    problem(caller.http.delete(path), 404, "UPLOAD_NOT_FOUND")
    refused = caller.start(session_id, face_upload_id=upload["upload_id"])
    problem(refused, 409, "UPLOAD_NOT_ACCEPTED")
    problem(caller.http.delete(f"/api/jobs/{open_job}"), 409, "JOB_OPEN")
    assert caller.http.delete(f"/api/jobs/{job_id}").status_code == 204
    jobs = caller.http.get("/api/jobs").json()["jobs"]
    assert [job["job_id"] for job in jobs] == [open_job]
    kept = caller.http.get("/api/jobs", params={"expired": True}).json()["jobs"]
    assert [(job["job_id"], job["outputs"]) for job in kept][1:] == [(job_id, [])]


def test_limits_belong_to_the_visitor_and_not_to_a_session(settings: Settings) -> None:
    with (
        serving(replace(settings, user_jobs=1)) as address,
        httpx.Client(base_url=address, headers=PAGE) as http,
    ):
        ada = Caller(http)
        assert ada.start(ada.ready_session()).status_code == 202
        problem(ada.start(ada.ready_session()), 429, "RATE_LIMITED")


def test_another_owner_takes_everything_over(either: Settings) -> None:
    app = create_app(either)
    with app.app_context():
        with writing() as db:
            for number, owner in enumerate(("visitor:a", "visitor:b")):
                name = name_of(f"{number}")
                db.add(UserSession(id=name, user_id="ada", owner=owner))
                db.flush()
                job = Job(session_id=name, options={"topic": "Tea"}, inputs={})
                db.add(job)
                db.flush()
                file = {"session_id": name, "sha256": "a", "bytes": 1, "media_type": "x/y"}
                db.add(Upload(kind="face", filename="face.png", **file))
                db.add(Output(kind="final_output", filename="f.mp4", job_id=job.id, **file))
        with writing() as db:
            library.take_over(db, "visitor:a", "user:usr_1", "org_1")
        with reading() as db:
            for table in (UserSession, Job, Upload, Output):
                owners = sorted((row.owner, row.org_id) for row in db.query(table))
                assert owners == [("user:usr_1", "org_1"), ("visitor:b", None)]
            assert [job.title for job in library.jobs(db, library.Search("user:usr_1")).rows]
    close(app)
