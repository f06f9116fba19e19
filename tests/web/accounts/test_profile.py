"""What people do with their own account: password, devices, export, deletion; and attempts."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from config.settings import Settings
from tests.services.redis_server import RedisServer
from tests.web.conftest import close
from tests.web.people import PASSWORD, Person, log_in, sign_up
from tests.web.samples import picture
from web.accounts.models import Login, OneTimeToken, RefreshToken, User
from web.app import create_app
from web.audit.log import COMMAND_LINE
from web.audit.models import AuditEntry
from web.billing import grants
from web.billing.grants import Change
from web.db.engine import db, reading, writing
from web.jobs.models import Job
from web.services import current_services
from web.sessions.directories import directory_of
from web.sessions.models import Output, Upload, UserSession
from web.sessions.names import name_of

NEW = "a wholly new one"


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json["error_code"]


def owned_session(api: FlaskClient, person: Person) -> tuple[str, str]:
    """A session of a user with an upload, a running job and one that ended with a video."""
    opened = api.post("/session/create", json={"user_id": "ada"}, headers=person.headers)
    name = name_of(opened.json["session_id"])
    face = current_services().artifacts.put_bytes(picture(), "image/png")
    kept = {"session_id": name, **asdict(face)}
    with writing() as db:
        running = Job(session_id=name, options={"script": "Hi."}, inputs={})
        ended = Job(session_id=name, options={"script": "Hi."}, inputs={}, state="succeeded")
        db.add_all([Upload(kind="face", filename="face.png", **kept), running, ended])
        db.flush()
        db.add(Output(job_id=ended.id, kind="final_output", filename="film.mp4", **kept))
        return name, running.id


def test_a_new_password_ends_the_other_logins(api: FlaskClient) -> None:
    person, elsewhere = sign_up(api), log_in(api, "ada@example.com")
    wanted = {"current_password": PASSWORD, "password": NEW}
    answer = api.post("/api/auth/password/change", json=wanted, headers=person.headers)
    assert answer.status_code == 204
    assert api.get("/api/auth/me", headers=person.headers).status_code == 200
    other = {"Authorization": f"Bearer {elsewhere['access_token']}"}
    assert code(api.get("/api/auth/me", headers=other)) == (401, "TOKEN_INVALID")
    log_in(api, "ada@example.com", NEW)


def test_a_wrong_current_password_changes_nothing(api: FlaskClient) -> None:
    person = sign_up(api)
    wanted = {"current_password": "wrong one", "password": NEW}
    answer = api.post("/api/auth/password/change", json=wanted, headers=person.headers)
    assert code(answer) == (401, "LOGIN_FAILED")
    log_in(api, "ada@example.com")


@pytest.mark.parametrize("password", ["password1", "QWERTY123", "12345678", "iloveyou"])
def test_common_passwords_are_refused(api: FlaskClient, password: str) -> None:
    wanted = {"email": "ada@example.com", "password": password}
    answer = api.post("/api/auth/register", json=wanted)
    assert code(answer) == (422, "VALIDATION_FAILED")
    assert "common" in answer.text
    assert password not in answer.text


def test_devices_are_listed_and_signed_out_one_by_one(api: FlaskClient) -> None:
    person, other = sign_up(api), sign_up(api, "bob@example.com")
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    api.post(
        "/api/auth/login",
        json={"email": "ada@example.com", "password": PASSWORD},
        headers={"User-Agent": agent},
    )
    listed = api.get("/api/auth/sessions", headers=person.headers).json["sessions"]
    assert [one["current"] for one in listed] == [False, True]
    assert listed[0]["device"] == "Firefox on Linux"
    address = f"/api/auth/sessions/{listed[0]['id']}"
    assert code(api.delete(address, headers=other.headers)) == (404, "LOGIN_NOT_FOUND")
    assert api.delete(address, headers=person.headers).status_code == 204
    listed = api.get("/api/auth/sessions", headers=person.headers).json["sessions"]
    assert [one["current"] for one in listed] == [True]


def test_the_export_has_everything_of_its_owner_and_nothing_of_others(api: FlaskClient) -> None:
    person, other = sign_up(api), sign_up(api, "bob@example.com")
    _, job_id = owned_session(api, person)
    foreign, foreign_job = owned_session(api, other)
    for one, note in ((person, "a gift"), (other, "another gift")):
        grants.grant(COMMAND_LINE, f"user:{one.user_id}", Change(5_000_000, note))
    answer = api.get("/api/auth/me/export", headers=person.headers)
    assert answer.headers["Content-Disposition"].startswith("attachment")
    found = answer.json
    assert found["account"]["email"] == "ada@example.com"
    [session] = found["sessions"]
    assert job_id in {job["job_id"] for job in session["jobs"]}
    assert [output["filename"] for output in session["outputs"]] == ["film.mp4"]
    assert {"user.registered", "login.opened"} <= {entry["action"] for entry in found["audit"]}
    assert (found["credits"]["balance"], found["credits"]["available"]) == (5.0, 5.0)
    assert [one["note"] for one in found["credits"]["transactions"]] == ["a gift"]
    for secret in (foreign, foreign_job, other.user_id, "bob@", "password_hash", person.refresh):
        assert secret not in answer.text


def test_a_deleted_account_is_gone_with_its_jobs_and_files(
    app: Flask, api: FlaskClient, settings: Settings
) -> None:
    person, other = sign_up(api), sign_up(api, "bob@example.com")
    name, job_id = owned_session(api, person)
    foreign, foreign_job = owned_session(api, other)
    assert code(api.delete("/api/auth/me", headers=person.headers)) == (401, "LOGIN_FAILED")
    confirmed = {"current_password": PASSWORD}
    answer = api.delete("/api/auth/me", json=confirmed, headers=person.headers)
    assert answer.status_code == 204, answer.text
    assert code(api.get("/api/auth/me", headers=person.headers)) == (401, "TOKEN_INVALID")
    credentials = {"email": "ada@example.com", "password": PASSWORD}
    assert code(api.post("/api/auth/login", json=credentials)) == (401, "LOGIN_FAILED")
    with reading() as db:
        assert db.get_one(Job, job_id).cancel_requested_at is not None
        assert db.get_one(UserSession, name).ended_at is not None
        for table in (Upload, Output):
            assert {row.session_id for row in db.query(table)} == {foreign}
        assert db.get_one(Job, foreign_job).cancel_requested_at is None
        for table in (Login, RefreshToken, OneTimeToken, User):
            rows = [vars(row) for row in db.query(table)]
            assert person.user_id not in str(rows)
        assert "ada@" not in str([vars(row) for row in db.query(AuditEntry)])
    assert not directory_of(settings, name).exists
    sign_up(api)  # the address is free


def test_an_account_leaves_no_address_in_the_files_of_the_server(
    app: Flask, api: FlaskClient, settings: Settings
) -> None:
    person = sign_up(api, "very.unusual.name@example.com")
    owned_session(api, person)
    api.delete("/api/auth/me", json={"current_password": PASSWORD}, headers=person.headers)
    with db.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    holding = [
        path.name
        for path in Path(settings.state).rglob("*")
        if path.is_file() and not path.name.startswith("callsheet.db")
        if b"very.unusual.name" in path.read_bytes()
    ]
    assert holding == []


# --- attempts -------------------------------------------------------------------------


def tries(api: FlaskClient, email: str, times: int, address: str = "192.0.2.1") -> list[int]:
    sent = {"email": email, "password": "wrong one"}
    environ = {"REMOTE_ADDR": address}
    return [
        api.post("/api/auth/login", json=sent, environ_base=environ).status_code
        for _ in range(times)
    ]


@pytest.mark.parametrize("email", ["ada@example.com", "eve@example.com"])
def test_an_account_takes_five_tries_a_minute_from_wherever(api: FlaskClient, email: str) -> None:
    sign_up(api, "bob@example.com")
    assert tries(api, email, 5) == [401] * 5
    assert tries(api, email, 1, "192.0.2.99") == [429]
    sent = {"email": email, "password": "wrong one"}
    answer = api.post("/api/auth/login", json=sent)
    assert code(answer) == (429, "TOO_MANY_REQUESTS")
    assert 0 < int(answer.headers["Retry-After"]) <= 60


def test_an_address_takes_twenty_tries_a_minute(api: FlaskClient) -> None:
    told = [tries(api, f"user{one}@example.com", 1)[0] for one in range(22)]
    assert told == [401] * 20 + [429] * 2
    assert tries(api, "user30@example.com", 1, "192.0.2.99") == [401]


def test_all_processes_count_together(settings: Settings) -> None:
    apps = [create_app(settings) for _ in range(2)]
    told = [tries(apps[one % 2].test_client(), "ada@example.com", 1)[0] for one in range(6)]
    assert told == [401] * 5 + [429]
    for app in apps:
        close(app)


def test_tries_are_counted_without_redis(
    app: Flask, api: FlaskClient, redis_server: RedisServer
) -> None:
    redis_server.stop()
    assert tries(api, "ada@example.com", 6) == [401] * 5 + [429]


def test_no_address_is_written_to_redis(
    api: FlaskClient, settings: Settings, redis_server: RedisServer
) -> None:
    tries(api, "zoe@example.com", 1)
    with redis_server.client() as client:
        names = [str(key) for key in client.keys("*attempts*")]
    assert names
    assert "zoe" not in str(names)  # No hexadecimal digits: no digest contains it by chance.
    assert "192.0.2.1" not in str(names)


# --- the audit log --------------------------------------------------------------------


def test_the_audit_log_cannot_be_changed(either: Settings) -> None:
    app = create_app(either)
    sign_up(app.test_client())
    with app.app_context():
        with pytest.raises(DatabaseError, match="append-only"), db.engine.begin() as connection:
            connection.execute(text("UPDATE audit_log SET actor = 'mallory'"))
        with reading() as session:
            actions = [entry.action for entry in session.query(AuditEntry)]
        assert actions == ["user.registered", "login.opened"]
    close(app)
