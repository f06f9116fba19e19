"""What API keys of users open: every route says which scope it needs, and bad keys open nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import pytest
from flask import Flask
from flask.testing import FlaskClient

from config.settings import Settings
from tests.web.conftest import close, serving
from tests.web.listener import listening
from tests.web.people import Person, sign_up
from web.access import key_scopes
from web.accounts import key_format
from web.accounts.api_keys import SCOPES
from web.accounts.models import User, UserKey
from web.app import create_app
from web.db.columns import now
from web.db.engine import writing
from web.http import authentication
from web.sessions.names import name_of
from web.wsgi import create_live_app

REFUSALS: Final = {
    "junk": (401, "API_KEY_UNKNOWN"),
    "unknown": (401, "API_KEY_UNKNOWN"),
    "revoked": (401, "API_KEY_UNKNOWN"),
    "expired": (401, "API_KEY_EXPIRED"),
    "suspended": (403, "ACCOUNT_SUSPENDED"),
}


@pytest.fixture
def live(settings: Settings) -> Iterator[Flask]:
    app = create_live_app(settings)
    with app.app_context():
        yield app
    close(app)


def make(api: FlaskClient, person: Person, *scopes: str) -> dict[str, Any]:
    sent = {"name": "Robot", "scopes": scopes}
    answer = api.post("/api/keys", json=sent, headers=person.headers)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json
    return found


def routes(app: Flask) -> Iterator[tuple[str, str, str]]:
    """Method, path and endpoint of every route."""
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            if not rule.websocket:
                yield method, re.sub(r"<[^>]+>", "none", rule.rule), rule.endpoint


def ask(api: FlaskClient, method: str, path: str, key: str) -> tuple[int, str]:
    answer = api.open(path, method=method, headers={"X-API-Key": key})
    found = answer.get_json(silent=True) if answer.mimetype.endswith("json") else None
    return answer.status_code, found.get("error_code", "") if isinstance(found, dict) else ""


def test_every_route_says_which_scope_it_needs(live: Flask) -> None:
    endpoints = {rule.endpoint for rule in live.url_map.iter_rules()}
    assert endpoints == key_scopes.FREE | set(key_scopes.NEEDED)
    assert not key_scopes.FREE & set(key_scopes.NEEDED)
    private = [
        rule
        for rule in live.url_map.iter_rules()
        if rule.rule.startswith(("/api/auth", "/api/keys", "/api/admin"))
    ]
    assert private
    assert {key_scopes.NEEDED[rule.endpoint] for rule in private} == {None}


def test_a_key_without_the_scope_opens_no_route(live: Flask) -> None:
    api = live.test_client()
    person = sign_up(api, role="admin")
    keys = {scope: make(api, person, *(set(SCOPES) - {scope}))["key"] for scope in SCOPES}
    full = make(api, person, *SCOPES)["key"]
    wrong = {}
    for method, path, endpoint in routes(live):
        if endpoint in key_scopes.FREE or is_optional(live, endpoint):
            continue
        scope = key_scopes.NEEDED[endpoint]
        told = ask(api, method, path, keys[scope] if scope else full)
        refused = (403, "SCOPE_MISSING" if scope else "API_KEY_NOT_ALLOWED")
        if told not in (refused, (403, "OPERATORS_ONLY")):
            wrong[method, path] = told
    assert wrong == {}


def is_optional(app: Flask, endpoint: str) -> bool:
    return hasattr(app.view_functions[endpoint], authentication.OPTIONAL_CREDENTIALS)


@pytest.mark.parametrize("kind", REFUSALS)
def test_a_bad_key_opens_no_route(live: Flask, kind: str) -> None:
    api = live.test_client()
    person = sign_up(api)
    made = make(api, person, *SCOPES)
    key = {"junk": made["key"][:-1], "unknown": key_format.new()}.get(kind, made["key"])
    with writing() as db:
        row, user = db.get_one(UserKey, made["id"]), db.get_one(User, person.user_id)
        row.revoked_at = now() if kind == "revoked" else None
        row.expires_at = now() if kind == "expired" else None
        user.suspended_at = now() if kind == "suspended" else None
    wrong = {
        (method, path): told
        for method, path, endpoint in routes(live)
        if not is_optional(live, endpoint)
        and (told := ask(api, method, path, key)) != REFUSALS[kind]
        and told != (403, "OPERATORS_ONLY")
    }
    assert wrong == {}


def test_an_unknown_address_is_unknown_to_keys_too(live: Flask) -> None:
    api = live.test_client()
    key = make(api, sign_up(api), "jobs:read")["key"]
    assert ask(api, "GET", "/none", key) == (404, "NOT_FOUND")


def test_a_socket_needs_the_scope_and_ends_with_the_key(settings: Settings) -> None:
    app = create_app(settings)
    api = app.test_client()
    with app.app_context():
        person = sign_up(api)
        opened = api.post("/session/create", json={"user_id": "ada"}, headers=person.headers)
        wish = {"session_id": name_of(opened.json["session_id"])}
        reader, writer = make(api, person, "jobs:read"), make(api, person, "jobs:write")
    with serving(settings) as address:
        with listening(address, {"X-API-Key": writer["key"]}) as listener:
            told = listener.socket.call("subscribe_progress", wish, timeout=10)
            assert told["error_code"] == "SCOPE_MISSING"
        with listening(address, {"X-API-Key": reader["key"]}) as listener:
            told = listener.socket.call("subscribe_progress", wish, timeout=10)
            assert "error_code" not in told, told
            gone = api.delete(f"/api/keys/{reader['id']}", headers=person.headers)
            assert gone.status_code == 204
            listener.socket.wait()  # until the server ends it
            assert not listener.socket.connected
    close(app)
    close(app)
