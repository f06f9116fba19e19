"""`AUTH=required`: who creates something is known, and claims no other name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from config import api_keys
from config.settings import Settings
from tests.changed_settings import changed
from tests.web.accounts.test_profile import code
from tests.web.conftest import as_operator, close
from tests.web.people import sign_up
from web.access.principal import REQUIREMENT
from web.app import create_app
from web.db.engine import reading
from web.http.authentication import OPTIONAL_CREDENTIALS
from web.http.operators import GUARD
from web.jobs.models import Job
from web.sessions.models import UserSession
from web.sessions.names import name_of

KEY, ENTRY = api_keys.make("studio", 600)


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    app = create_app(changed(settings, accounts={"auth": "required"}, api_keys=(ENTRY,)))
    with app.app_context():
        yield app
    close(app)


def open_session(api: FlaskClient, user_id: str, headers: dict[str, str]) -> Any:
    return api.post("/session/create", json={"user_id": user_id}, headers=headers)


def test_no_route_changes_anything_for_an_anonymous_caller(app: Flask, api: FlaskClient) -> None:
    checked = 0
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        if hasattr(view, OPTIONAL_CREDENTIALS) or hasattr(view, GUARD):
            continue
        path = rule.rule
        for name in rule.arguments:
            path = path.replace(f"<{name}>", "x").replace(f"<path:{name}>", "x")
        for method in (rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}:
            checked += 1
            answer = api.open(path, method=method, headers={"X-Session-ID": "0" * 32})
            assert code(answer) == (401, "LOGIN_REQUIRED"), (method, path)
            assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert checked > 20


def test_reading_needs_no_account(api: FlaskClient) -> None:
    for path in ("/livez", "/openapi.json", "/capabilities"):
        assert api.get(path).status_code == 200, path


def test_a_user_creates_under_the_own_id_only(api: FlaskClient) -> None:
    person, other = sign_up(api), sign_up(api, "bob@example.com")
    assert open_session(api, person.user_id, person.headers).status_code == 201
    for claimed in (other.user_id, "ada"):
        answer = open_session(api, claimed, person.headers)
        assert code(answer) == (403, "USER_MISMATCH")
    form = {"user_id": other.user_id, "face_image": (b"", "me.png")}
    answer = api.post("/api/start-processing", data=form, headers=person.headers)
    assert answer.status_code in (403, 422)


def test_keys_and_operators_name_the_users_of_their_front_end(
    api: FlaskClient, settings: Settings
) -> None:
    for headers in ({"X-API-Key": KEY}, as_operator(settings)):
        assert open_session(api, "a-user-of-theirs", headers).status_code == 201


def test_every_rule_about_callers_is_written_down_at_the_view(app: Flask) -> None:
    """A route of accounts says whom it is for; else a new one could forget it."""
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith(("/api/auth", "/api/admin")):
            view = app.view_functions[rule.endpoint]
            assert hasattr(view, OPTIONAL_CREDENTIALS) or hasattr(view, REQUIREMENT), rule.rule


@pytest.mark.parametrize("browser", [True, False])
def test_what_was_made_before_signing_in_is_taken_along(settings: Settings, browser: bool) -> None:
    app = create_app(settings)
    api = app.test_client()
    page = {"Sec-Fetch-Site": "same-origin"} if browser else {}
    opened = open_session(api, "ada", page).json["session_id"]
    foreign = app.test_client().post("/session/create", json={"user_id": "eve"}).json["session_id"]
    with app.app_context():
        from web.db.engine import writing

        with writing() as db:
            job = Job(session_id=name_of(opened), options={"script": "Hi."}, inputs={})
            db.add(job)
            db.flush()
            job_id = job.id
    session = {} if browser else {"X-Session-ID": opened}
    credentials = {"email": "ada@example.com", "password": "correct horse battery"}
    api.post("/api/auth/register", json=credentials)
    told = api.post("/api/auth/login", json=credentials, headers=page | session).json
    user, login = told["user"], {"Authorization": f"Bearer {told['access_token']}"}
    with app.app_context(), reading() as db:
        mine = db.get_one(UserSession, name_of(opened))
        assert (mine.owner, mine.org_id) == (f"user:{user['user_id']}", user["org_id"])
        assert db.get_one(Job, job_id).owner == mine.owner
        theirs = db.get_one(UserSession, name_of(foreign))
        assert theirs.owner == theirs.id
    # From now on, the id is a key only together with the user.
    assert api.get(f"/session/{opened}/status", headers=login).status_code == 200
    assert api.get(f"/session/{opened}/status").status_code == 404
    close(app)
