"""The limits of users and their keys, which replace those of anonymous callers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient

from config.settings import Settings
from tests.web.accounts.test_api_keys import code, create, ready_session
from tests.web.conftest import close
from tests.web.people import sign_up
from web.accounts.models import User
from web.app import create_app
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
    app = create_app(replace(settings, requests_a_minute=30, account_requests_a_minute=100))
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
    poor = replace(settings, smtp_url="smtp://127.0.0.1:1", account_jobs=2, user_jobs=1)
    app = create_app(poor)
    api = app.test_client()

    def start(session_id: str) -> tuple[int, str]:
        sent = {"session_id": session_id, "script": "Hi."}
        return code(api.post("/process/start", json=sent, headers={"X-Session-ID": session_id}))

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
    small = replace(settings, account_storage_mb=4, session_quota_mb=1)
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
