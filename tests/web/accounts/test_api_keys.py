"""API keys of users: created, used, rotated, revoked and counted."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select

from config.settings import Settings
from tests.changed_settings import changed
from tests.web.conftest import close
from tests.web.people import Person, sign_up
from tests.web.samples import picture
from web.accounts import api_keys, key_format
from web.accounts.errors import DailyJobsReached
from web.accounts.models import User, UserKey
from web.app import create_app
from web.audit.models import AuditEntry
from web.control import maintenance
from web.db.columns import now
from web.db.engine import db as database
from web.db.engine import reading, writing
from web.jobs.models import Job
from web.services import current_services
from web.sessions.models import Upload, UserSession
from web.sessions.names import name_of

ALL = {"name": "Robot", "scopes": ["jobs:read", "jobs:write"]}


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, (answer.json or {}).get("error_code", "")


def create(api: FlaskClient, person: Person, **more: Any) -> dict[str, Any]:
    answer = api.post("/api/keys", json=ALL | more, headers=person.headers)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json
    return found


def use(api: FlaskClient, key: str, header: str = "X-API-Key") -> tuple[int, str]:
    value = f"Bearer {key}" if header == "Authorization" else key
    return code(api.get("/api/jobs", headers={header: value}))


def listed(api: FlaskClient, person: Person) -> list[dict[str, Any]]:
    keys: list[dict[str, Any]] = api.get("/api/keys", headers=person.headers).json["keys"]
    return keys


def ready_session(api: FlaskClient, person: Person) -> str:
    opened = api.post("/session/create", json={"user_id": "ada"}, headers=person.headers)
    session_id: str = opened.json["session_id"]
    face = current_services().artifacts.put_bytes(picture(), "image/png")
    with writing() as db:
        kept = {"sha256": face.sha256, "bytes": face.bytes, "media_type": face.media_type}
        row = {"session_id": name_of(session_id), "kind": "face", "filename": "face.png"}
        db.add(Upload(**row, **kept))
    return session_id


def test_keys_have_a_prefix_and_a_checksum() -> None:
    keys = {key_format.new() for _ in range(100)}
    assert len(keys) == 100
    for key in keys:
        assert key.startswith("cs_live_")
        assert key_format.is_well_formed(key)
        for at in (8, 20, len(key) - 1):
            other = "1" if key[at] == "0" else "0"
            assert not key_format.is_well_formed(key[:at] + other + key[at + 1 :])


@pytest.mark.parametrize("header", ["X-API-Key", "Authorization"])
def test_a_key_sees_what_its_owner_has(app: Flask, api: FlaskClient, header: str) -> None:
    person = sign_up(api)
    session_id = ready_session(api, person)
    started = api.post(
        "/process/start", json={"session_id": session_id, "script": "Hi."}, headers=person.headers
    )
    key = create(api, person)["key"]
    headers = {header: f"Bearer {key}" if header == "Authorization" else key}
    jobs = api.get("/api/jobs", headers=headers).json["jobs"]
    assert [job["job_id"] for job in jobs] == [started.json["job_id"]]
    opened = api.post("/session/create", json={"user_id": "ada"}, headers=headers)
    with reading() as db:
        session = db.get_one(UserSession, name_of(opened.json["session_id"]))
        org_id = db.get_one(User, person.user_id).org_id
    assert (session.owner, session.org_id) == (f"user:{person.user_id}", org_id)
    other = create(api, sign_up(api, "bob@example.com"))["key"]
    assert api.get("/api/jobs", headers={"X-API-Key": other}).json["jobs"] == []
    job = api.get(f"/process/{started.json['job_id']}", headers={"X-API-Key": other})
    assert code(job) == (404, "JOB_NOT_FOUND")


def test_a_key_is_shown_once_and_stored_as_a_digest(
    app: Flask, api: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    person = sign_up(api)
    made = create(api, person)
    assert use(api, made["key"]) == (200, "")
    [shown] = listed(api, person)
    assert shown["prefix"] == made["key"][:12]
    assert made["key"] not in str(shown)
    assert made["key"] not in caplog.text
    rotated = api.post(f"/api/keys/{made['id']}/rotate", headers=person.headers).json["key"]
    export = api.get("/api/auth/me/export", headers=person.headers).text
    assert made["id"] in export
    with reading() as db:
        stored = str([vars(row) for row in db.scalars(select(UserKey))])
        actions = [row.action for row in db.scalars(select(AuditEntry)) if "key." in row.action]
    assert actions == ["key.created", "key.rotated"]
    for key in (made["key"], rotated):
        assert key[12:] not in stored + export


def test_junk_is_refused_without_the_database(app: Flask, api: FlaskClient) -> None:
    key = key_format.new()
    junk = (key[:-1], key + "0", "cs_live_", "cs_live_" + "a" * 36, "cs_live_" + "\u00e9" * 36)
    statements: list[str] = []
    event.listen(
        database.engine, "before_cursor_execute", lambda *found: statements.append(found[2])
    )
    for text in junk:
        assert use(api, text) == (401, "API_KEY_UNKNOWN")
        assert use(api, text, "Authorization") == (401, "API_KEY_UNKNOWN")
    assert statements == []
    assert use(api, key) == (401, "API_KEY_UNKNOWN")
    assert statements


def test_both_keys_are_valid_for_the_overlap(app: Flask, api: FlaskClient) -> None:
    person = sign_up(api)
    made = create(api, person)
    path = f"/api/keys/{made['id']}/rotate"
    second = api.post(path, headers=person.headers).json
    until = datetime.fromisoformat(second["previous_valid_until"]) - datetime.now(UTC)
    assert timedelta(hours=23) < until <= timedelta(hours=24)
    assert [use(api, one["key"]) for one in (made, second)] == [(200, "")] * 2
    third = api.post(path, json={"overlap_hours": 1}, headers=person.headers).json
    assert use(api, made["key"]) == (401, "API_KEY_UNKNOWN")
    assert [use(api, one["key"]) for one in (second, third)] == [(200, "")] * 2
    with writing() as db:
        db.get_one(UserKey, made["id"]).previous_until = now() - timedelta(seconds=1)
    assert use(api, second["key"]) == (401, "API_KEY_UNKNOWN")
    fourth = api.post(path, json={"overlap_hours": 0}, headers=person.headers).json
    assert use(api, third["key"]) == (401, "API_KEY_UNKNOWN")
    assert use(api, fourth["key"]) == (200, "")
    for hours in (-1, 169, "nan"):
        answer = api.post(path, json={"overlap_hours": hours}, headers=person.headers)
        assert code(answer) == (422, "VALIDATION_FAILED")


def _revoke(api: FlaskClient, person: Person, key_id: str) -> None:
    assert api.delete(f"/api/keys/{key_id}", headers=person.headers).status_code == 204


def _change(table: type[Any], row_id: str, **values: Any) -> None:
    with writing() as db:
        row = db.get_one(table, row_id)
        for name, value in values.items():
            setattr(row, name, value)


def test_a_key_that_ended_ends_in_every_process(settings: Settings) -> None:
    one, other = create_app(settings), create_app(settings)
    api = one.test_client()
    with one.app_context():
        person = sign_up(api)
        ends = {
            "revoked": (401, "API_KEY_UNKNOWN"),
            "expired": (401, "API_KEY_EXPIRED"),
            "suspended": (403, "ACCOUNT_SUSPENDED"),
            "deleted": (401, "API_KEY_UNKNOWN"),
        }
        for end, refusal in ends.items():
            made = create(api, person)
            with other.app_context():
                assert use(other.test_client(), made["key"]) == (200, "")
            if end == "revoked":
                _revoke(api, person, made["id"])
                assert made["id"] not in {key["id"] for key in listed(api, person)}
            elif end == "expired":
                _change(UserKey, made["id"], expires_at=now())
                rotated = api.post(f"/api/keys/{made['id']}/rotate", headers=person.headers)
                assert code(rotated) == (401, "API_KEY_EXPIRED")
            elif end == "suspended":
                _change(User, person.user_id, suspended_at=now())
            else:
                sent = {"current_password": "correct horse battery"}
                api.delete("/api/auth/me", json=sent, headers=person.headers)
            with other.app_context():
                assert use(other.test_client(), made["key"]) == refusal, end
            if end == "suspended":
                _change(User, person.user_id, suspended_at=None)
    close(other)
    close(one)


def test_only_its_owner_manages_a_key(app: Flask, api: FlaskClient) -> None:
    made, bob = create(api, sign_up(api)), sign_up(api, "bob@example.com")
    path = f"/api/keys/{made['id']}"
    assert listed(api, bob) == []
    assert code(api.delete(path, headers=bob.headers)) == (404, "API_KEY_NOT_FOUND")
    assert code(api.post(f"{path}/rotate", headers=bob.headers)) == (404, "API_KEY_NOT_FOUND")
    assert use(api, made["key"]) == (200, "")


def test_users_have_at_most_20_keys_and_unverified_ones_none(settings: Settings) -> None:
    app = create_app(changed(settings, notifications={"smtp_url": "smtp://127.0.0.1:1"}))
    api = app.test_client()
    with app.app_context():
        person = sign_up(api)
        refused = api.post("/api/keys", json=ALL, headers=person.headers)
        assert code(refused) == (403, "EMAIL_NOT_VERIFIED")
        _change(User, person.user_id, verified_at=now())
        with ThreadPoolExecutor(4) as pool:
            asked = [
                pool.submit(app.test_client().post, "/api/keys", json=ALL, headers=person.headers)
                for _ in range(24)
            ]
            told = [code(one.result()) for one in asked]
        assert sorted(told) == [(201, "")] * 20 + [(409, "API_KEYS_LIMIT")] * 4
        first = listed(api, person)[0]
        _revoke(api, person, first["id"])
        made = create(api, person)
        assert use(api, made["key"]) == (200, "")
        _change(User, person.user_id, verified_at=None)
        assert use(api, made["key"]) == (403, "EMAIL_NOT_VERIFIED")
    close(app)


def test_wrong_wishes_are_refused(app: Flask, api: FlaskClient) -> None:
    person = sign_up(api)
    for wish in (
        {"scopes": []},
        {"scopes": ["admin"]},
        {"scopes": ["jobs:read"] * 7},
        {"name": ""},
        {"name": "x" * 101},
        {"daily_jobs": -1},
        {"daily_jobs": 1.5},
        {"expires_at": "2020-01-01T00:00:00Z"},
        {"expires_at": "2999-01-01T00:00:00"},
        {"expires_at": "0001-01-01T00:00:00+14:00"},
        {"owner": "user:usr_other"},
    ):
        answer = api.post("/api/keys", json=ALL | wish, headers=person.headers)
        assert code(answer) == (422, "VALIDATION_FAILED"), wish


def test_the_last_use_is_noted_at_most_once_a_minute(app: Flask, api: FlaskClient) -> None:
    person = sign_up(api)
    made = create(api, person)
    assert listed(api, person)[0]["last_used_at"] is None
    use(api, made["key"])
    [first] = listed(api, person)
    assert first["last_used_from"]
    assert "127.0.0.1" not in first["last_used_from"]
    use(api, made["key"])
    assert listed(api, person) == [first]
    _change(UserKey, made["id"], last_used_at=now() - timedelta(seconds=61))
    use(api, made["key"])
    assert listed(api, person)[0]["last_used_at"] > first["last_used_at"]


def test_revoked_keys_are_forgotten_later(app: Flask, api: FlaskClient) -> None:
    person = sign_up(api)
    made, kept = create(api, person), create(api, person)
    _revoke(api, person, made["id"])
    maintenance.forget_accounts(current_services())
    with reading() as db:
        assert db.get(UserKey, made["id"]) is not None
    _change(UserKey, made["id"], revoked_at=now() - timedelta(days=31))
    maintenance.forget_accounts(current_services())
    with reading() as db:
        assert [row.id for row in db.scalars(select(UserKey))] == [kept["id"]]


def test_a_daily_limit_holds_for_200_starts_at_once(either: Settings) -> None:
    app = create_app(replace(either, user_jobs=1000))
    api = app.test_client()
    with app.app_context():
        person = sign_up(api)
        session_id = ready_session(api, person)
        made = create(api, person, daily_jobs=5)

        def start(_: int) -> tuple[int, str, int]:
            answer = app.test_client().post(
                "/process/start",
                json={"session_id": session_id, "script": "Hi."},
                headers={"X-API-Key": made["key"]},
            )
            return (*code(answer), int(answer.headers.get("Retry-After", 0)))

        with ThreadPoolExecutor(16) as pool:
            told = list(pool.map(start, range(200)))
        assert [answer[0] for answer in told].count(202) == 5
        refused = [answer for answer in told if answer[0] != 202]
        assert {answer[:2] for answer in refused} == {(429, "DAILY_LIMIT_REACHED")}
        assert all(0 < seconds <= 86401 for _, _, seconds in refused)
        with reading() as db:
            assert len(list(db.scalars(select(Job)))) == 5
        assert listed(api, person)[0]["jobs_today"] == 5
        # A retry is work as well.
        with writing() as db:
            job_id = next(iter(db.scalars(select(Job)))).id
        _change(Job, job_id, state="failed")
        again = api.post(f"/process/{job_id}/retry", headers={"X-API-Key": made["key"]})
        assert code(again) == (429, "DAILY_LIMIT_REACHED")
        # Another day, another count.
        _change(UserKey, made["id"], jobs_day="2020-01-01")
        assert listed(api, person)[0]["jobs_today"] == 0
        assert start(0)[0] == 202
        assert listed(api, person)[0]["jobs_today"] == 1
    close(app)


def test_a_start_that_fails_or_a_limit_of_zero_counts_nothing(app: Flask, api: FlaskClient) -> None:
    person = sign_up(api)
    made, none = create(api, person, daily_jobs=1), create(api, person, daily_jobs=0)
    empty = api.post("/session/create", json={"user_id": "ada"}, headers=person.headers)
    sent = {"session_id": empty.json["session_id"], "script": "Hi."}
    failed = api.post("/process/start", json=sent, headers={"X-API-Key": made["key"]})
    assert code(failed) == (409, "FACE_MISSING")
    sent["session_id"] = ready_session(api, person)
    refused = api.post("/process/start", json=sent, headers={"X-API-Key": none["key"]})
    assert code(refused) == (429, "DAILY_LIMIT_REACHED")
    assert (
        api.post("/process/start", json=sent, headers={"X-API-Key": made["key"]}).status_code == 202
    )
    with writing() as db, pytest.raises(DailyJobsReached):
        api_keys.count_job(db, "key_unknown")


def test_without_accounts_no_key_is_known(settings: Settings) -> None:
    app = create_app(settings)
    with app.app_context():
        key = create(app.test_client(), sign_up(app.test_client()))["key"]
    close(app)
    app = create_app(changed(settings, accounts={"auth": "off"}))
    with app.app_context():
        assert use(app.test_client(), key) == (401, "API_KEY_UNKNOWN")
    close(app)
