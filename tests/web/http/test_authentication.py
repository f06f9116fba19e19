"""Who a request comes from, by its headers: what is presented and not valid is refused."""

from __future__ import annotations

from dataclasses import replace

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, update

from config.api_keys import make
from config.settings import Settings
from tests.changed_settings import changed
from tests.web.conftest import as_operator, close
from tests.web.people import PASSWORD, sign_up
from web.accounts.models import User
from web.app import create_app
from web.db.columns import now
from web.db.engine import db, writing
from web.http.authentication import API_KEY_HEADER

JOBS = "/api/jobs"
"""Answers users with their jobs, and strangers with 401."""
ENDED = "eyJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl"
"""Has the form of an access token, and was not issued here."""


def code(api: FlaskClient, headers: dict[str, str], path: str = JOBS) -> tuple[int, str]:
    answer = api.get(path, headers=headers)
    return answer.status_code, (answer.json or {}).get("error_code", "")


def test_a_token_that_is_not_valid_is_refused_and_says_so(api: FlaskClient) -> None:
    answer = api.get("/livez", headers={"Authorization": f"Bearer {ENDED}"})
    assert (answer.status_code, answer.json["error_code"]) == (401, "TOKEN_INVALID")
    assert answer.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'
    assert api.get("/livez").status_code == 200
    assert api.get("/livez", headers={"Authorization": "Bearer a-session"}).status_code == 200
    assert api.get("/livez", headers={"Authorization": f"Basic {ENDED}"}).status_code == 200


def test_a_refusal_is_told_to_the_owner_of_a_session_too(api: FlaskClient) -> None:
    person = sign_up(api)
    made = api.post("/session/create", json={}, headers=person.headers).json
    headers = {"Authorization": f"Bearer {ENDED}", "X-Session-ID": made["session_id"]}
    path = f"/session/{made['session_id']}/status"
    assert code(api, headers, path) == (401, "TOKEN_INVALID")


def test_a_suspended_user_is_refused_without_a_word_about_the_token(api: FlaskClient) -> None:
    person = sign_up(api)
    assert code(api, person.headers) == (200, "")
    with writing() as session:
        session.execute(update(User).values(suspended_at=now()))
    answer = api.get(JOBS, headers=person.headers)
    assert (answer.status_code, answer.json["error_code"]) == (403, "ACCOUNT_SUSPENDED")
    assert "error=" not in answer.headers.get("WWW-Authenticate", "")


def test_preflight_and_optional_routes_ignore_credentials(api: FlaskClient) -> None:
    sign_up(api)
    for headers in ({"Authorization": f"Bearer {ENDED}"}, {API_KEY_HEADER: "unknown"}):
        assert api.options(JOBS, headers=headers).status_code == 200
        sent = {"email": "ada@example.com", "password": PASSWORD}
        assert api.post("/api/auth/login", json=sent, headers=headers).status_code == 200
        assert api.post("/api/auth/logout-all", headers=headers).status_code == 401
        assert api.get("/no/such/page", headers=headers).status_code == 401
    assert api.get("/no/such/page").status_code == 404


def test_an_own_key_fits_in_either_header_and_is_looked_up_once(api: FlaskClient) -> None:
    person = sign_up(api)
    wanted = {"name": "k", "scopes": ["jobs:read"]}
    key = api.post("/api/keys", json=wanted, headers=person.headers).json["key"]
    for headers in ({API_KEY_HEADER: key}, {"Authorization": f"bearer {key}"}):
        assert code(api, headers) == (200, "")
    asked: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    for headers in ({API_KEY_HEADER: key}, person.headers):
        api.get("/livez", headers=headers)
        api.get("/livez", headers=headers)
    event.remove(db.engine, "before_cursor_execute", note)
    assert len([one for one in asked if "api_keys" in one or "logins" in one]) <= 2
    assert code(api, {API_KEY_HEADER: key[:-1] + ("a" if key[-1] != "a" else "b")})[0] == 401


def test_a_key_of_the_settings_is_known_and_another_is_refused(settings: Settings) -> None:
    secret, known = make("studio", 60)
    app = create_app(replace(settings, api_keys=(known,)))
    with app.app_context():
        api = app.test_client()
        assert code(api, {API_KEY_HEADER: secret}) == (200, "")
        for wrong in (known.sha256, ""):
            assert code(api, {API_KEY_HEADER: wrong}) == (401, "API_KEY_UNKNOWN")
    close(app)


def test_operators_have_the_token_and_nothing_else(app: Flask, settings: Settings) -> None:
    api = app.test_client()
    assert code(api, as_operator(settings), "/sessions") == (200, "")
    for headers in ({}, {"Authorization": "Bearer é"}, {"Authorization": "Bearer "}):
        assert code(api, headers, "/sessions") == (403, "OPERATORS_ONLY")
    assert code(api, as_operator(settings)) == (200, "")
    assert code(api, {}) == (401, "SESSION_REQUIRED")


def test_without_accounts_no_token_is_an_access_token(settings: Settings) -> None:
    app = create_app(changed(settings, accounts={"auth": "off"}))
    with app.app_context():
        answer = app.test_client().get("/livez", headers={"Authorization": f"Bearer {ENDED}"})
        assert answer.status_code == 200
    close(app)
