"""The limits of users and their keys, which replace those of anonymous callers."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient

from config.settings import Settings
from tests.changed_settings import changed
from tests.web.accounts.test_api_keys import code, create, ready_session
from tests.web.conftest import as_operator, close
from tests.web.people import Person, sign_up
from web.accounts.models import User
from web.app import create_app
from web.cli.__main__ import main
from web.db.columns import now
from web.db.engine import reading, writing
from web.errors import QuotaExceeded
from web.sessions import limits
from web.sessions.models import Upload, UserSession
from web.sessions.names import name_of


def rate(api: FlaskClient, headers: dict[str, str]) -> tuple[int, int]:
    told = api.get("/api/jobs", headers=headers).headers
    return int(told["RateLimit-Limit"]), int(told["RateLimit-Remaining"])


def test_a_user_and_the_users_keys_share_the_rate_of_the_plan(settings: Settings) -> None:
    app = create_app(changed(settings, requests_a_minute=30, accounts={"requests_a_minute": 100}))
    api = app.test_client()
    with app.app_context():
        ada, bob = sign_up(api), sign_up(api, "bob@example.com")
        key = create(api, ada)["key"]
        assert rate(api, {}) == (120, 119)
        assert rate(api, ada.headers) == (400, 399)
        assert rate(api, {"X-API-Key": key}) == (400, 398)
        assert rate(api, ada.headers | {"X-Session-ID": "guess"}) == (400, 397)
        assert rate(api, bob.headers) == (400, 399)
        # Credentials that are not valid are guesses of their address.
        assert rate(api, {"X-API-Key": key[:-1]}) == (120, 118)
        assert rate(api, {"Authorization": "Bearer eyJ.eyJ.x"}) == (120, 117)
    close(app)


def test_jobs_of_unverified_and_verified_users_have_their_limits(settings: Settings) -> None:
    poor = changed(
        settings,
        notifications={"smtp_url": "smtp://127.0.0.1:1"},
        accounts={"jobs": 2},
        user_jobs=1,
    )
    app = create_app(poor)
    api = app.test_client()

    def start(session_id: str) -> tuple[int, str]:
        sent = {"session_id": session_id, "script": "Hi."}
        return code(api.post("/process/start", json=sent, headers=person.headers))

    with app.app_context():
        person = sign_up(api)
        sessions = [ready_session(api, person) for _ in range(3)]
        assert start(sessions[0]) == (202, "")
        assert start(sessions[1]) == (429, "RATE_LIMITED")
        with writing() as db:
            db.get_one(User, person.user_id).verified_at = now()
        assert start(sessions[1]) == (202, "")
        assert start(sessions[2]) == (429, "RATE_LIMITED")
    close(app)


def test_sessions_of_users_take_no_place_of_anonymous_ones(settings: Settings) -> None:
    app = create_app(replace(settings, max_sessions=1))
    api = app.test_client()
    with app.app_context():
        person = sign_up(api)
        ready_session(api, person)
        with writing() as db:
            db.add(UserSession(id=name_of("x"), user_id="ada", owner=name_of("x")))
        ready_session(api, person)
        full = api.post("/session/create", json={"user_id": "ada"})
        assert code(full) == (503, "SESSION_LIMIT")
    close(app)


def _upload(session_id: str, megabytes: int) -> Upload:
    told: dict[str, Any] = {"sha256": "a", "media_type": "image/png", "filename": "f.png"}
    return Upload(session_id=session_id, kind="face", bytes=megabytes * 1024**2, **told)


def test_storage_of_a_user_counts_all_sessions(settings: Settings) -> None:
    small = changed(settings, accounts={"storage_mb": 4}, session_quota_mb=1)
    app = create_app(small)
    with app.app_context():
        with writing() as db:
            for name, owner in (("a", "user:usr_1"), ("b", "user:usr_1"), ("c", "c")):
                db.add(UserSession(id=name, user_id="ada", owner=owner))
            db.flush()
            db.add_all([_upload("a", 2), _upload("b", 1), _upload("c", 1)])
        with reading() as db:
            limits.require_quota(db, small, "a", 1024**2)
            with pytest.raises(QuotaExceeded, match="Your storage is full"):
                limits.require_quota(db, small, "b", 1024**2 + 1)
            with pytest.raises(QuotaExceeded, match="Session storage is full"):
                limits.require_quota(db, small, "c", 1)
    close(app)


# --- the plan of a user ---------------------------------------------------------------


def _change(api: FlaskClient, admin: dict[str, str], person: Person, **sent: str) -> Any:
    return api.patch(f"/api/admin/users/{person.user_id}", json=sent, headers=admin)


def test_a_plan_gives_its_limits_from_the_next_request_on(settings: Settings) -> None:
    app = create_app(
        changed(
            settings,
            requests_a_minute=30,
            accounts={"requests_a_minute": 100, "premium_requests_a_minute": 500},
        )
    )
    api, operator = app.test_client(), as_operator(settings)
    with app.app_context():
        person = sign_up(api)
        key = {"X-API-Key": create(api, person)["key"]}
        assert [rate(api, one)[0] for one in (person.headers, key)] == [400, 400]
        patched = _change(api, operator, person, plan="premium")
        assert (patched.status_code, patched.json["plan"]) == (200, "premium")
        assert [rate(api, one)[0] for one in (person.headers, key)] == [2000, 2000]
        assert code(_change(api, person.headers, person, plan="premium")) == (403, "ADMINS_ONLY")
        assert code(_change(api, operator, person, plan="gold")) == (422, "VALIDATION_FAILED")
        listed = api.get("/api/admin/users?plan=premium", headers=operator).json["users"]
        assert [user["user_id"] for user in listed] == [person.user_id]
        assert api.get("/api/admin/users?plan=free", headers=operator).json["users"] == []
        entry = api.get("/api/admin/audit?action=user.plan", headers=operator).json["entries"][0]
        assert (entry["target"], entry["details"]) == (
            f"user:{person.user_id}",
            {"before": "free", "after": "premium"},
        )
        _change(api, operator, person, plan="free")
        assert rate(api, person.headers)[0] == 400
    close(app)


def test_jobs_storage_and_keys_follow_the_plan(settings: Settings) -> None:
    poor = changed(settings, accounts={"jobs": 1, "keys": 1, "storage_mb": 1})
    more = {"premium_jobs": 2, "premium_keys": 2, "premium_storage_mb": 3}
    rich = changed(poor, accounts=more)
    app = create_app(rich)
    api, operator = app.test_client(), as_operator(settings)

    def start(session_id: str) -> tuple[int, str]:
        sent = {"session_id": session_id, "script": "Hi."}
        return code(api.post("/process/start", json=sent, headers=person.headers))

    def new_key() -> tuple[int, str]:
        sent = {"name": "k", "scopes": ["jobs:read"]}
        return code(api.post("/api/keys", json=sent, headers=person.headers))

    with app.app_context():
        person = sign_up(api)
        sessions = [ready_session(api, person) for _ in range(3)]
        assert (start(sessions[0]), new_key()) == ((202, ""), (201, ""))
        assert start(sessions[1]) == (429, "RATE_LIMITED")
        assert new_key() == (409, "API_KEYS_LIMIT")
        me = api.get("/api/auth/me", headers=person.headers).json
        assert (me["plan"], me["limits"]) == (
            "free",
            {"requests_a_minute": 300, "jobs": 1, "storage_bytes": 1024**2, "api_keys": 1},
        )
        used = me["usage"]
        assert (used["jobs"], used["api_keys"]) == (1, 1)
        assert 0 < used["storage_bytes"] < 1024**2
        with reading() as db, pytest.raises(QuotaExceeded):
            limits.require_quota(db, rich, name_of(sessions[0]), 1024**2)

        _change(api, operator, person, plan="premium")
        assert (start(sessions[1]), new_key()) == ((202, ""), (201, ""))
        assert start(sessions[2]) == (429, "RATE_LIMITED")
        assert new_key() == (409, "API_KEYS_LIMIT")
        with reading() as db:
            limits.require_quota(db, rich, name_of(sessions[0]), 1024**2)
        # What exceeds a smaller plan stays; only more is refused.
        _change(api, operator, person, plan="free")
        used = api.get("/api/auth/me", headers=person.headers).json["usage"]
        assert (used["jobs"], used["api_keys"]) == (2, 2)
        assert new_key() == (409, "API_KEYS_LIMIT")
    close(app)


def test_an_administrator_may_change_the_own_plan(settings: Settings) -> None:
    app = create_app(settings)
    api = app.test_client()
    with app.app_context():
        admin = sign_up(api, role="admin")
        assert _change(api, admin.headers, admin, plan="premium").json["plan"] == "premium"
        both = _change(api, admin.headers, admin, plan="free", role="user")
        assert code(both) == (409, "OWN_ACCOUNT")
        assert api.get("/api/auth/me", headers=admin.headers).json["plan"] == "premium"
    close(app)


def test_the_command_line_changes_plans(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CALLSHEET_STATE", str(settings.state))
    monkeypatch.setenv("REDIS_URL", settings.redis_url)
    app = create_app(settings)
    api = app.test_client()
    with app.app_context():
        person = sign_up(api)
    told = CliRunner().invoke(main, ["users", "plan", person.email, "premium", "--json"])
    assert (told.exit_code, json.loads(told.stdout)["plan"]) == (0, "premium")
    with app.app_context():
        assert api.get("/api/auth/me", headers=person.headers).json["plan"] == "premium"
    told = CliRunner().invoke(main, ["users", "plan", "x@example.com", "premium"])
    assert told.exit_code != 0
    close(app)
