"""A credential is looked up once for many requests, and its end still counts everywhere."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, update

from config.settings import Settings
from tests.web.conftest import close
from tests.web.people import Person, sign_up
from web.accounts.models import Login, User, UserKey
from web.accounts.principals import ANONYMOUS
from web.app import create_app
from web.db.columns import now
from web.db.engine import commits, db, writing
from web.http import recent_principals
from web.http.recent_principals import LIFETIME, RecentPrincipals

Statements = dict[str, Callable[[], object]]
ENDS: Statements = {
    "logged out": lambda: update(Login).values(ended_at=now()),
    "suspended": lambda: update(User).values(suspended_at=now()),
    "revoked": lambda: update(UserKey).values(revoked_at=now()),
}


def _key(api: FlaskClient, person: Person) -> dict[str, str]:
    wanted = {"name": "k", "scopes": ["jobs:read"]}
    return {"X-API-Key": api.post("/api/keys", json=wanted, headers=person.headers).json["key"]}


def _status(api: FlaskClient, headers: dict[str, str]) -> int:
    return api.get("/api/jobs", headers=headers).status_code


@pytest.mark.parametrize("how", ENDS)
def test_an_end_that_another_process_writes_counts_within_a_second(
    either: Settings, how: str
) -> None:
    app = create_app(either)
    with app.app_context():
        api = app.test_client()
        person = sign_up(api)
        headers = _key(api, person) if how == "revoked" else person.headers
        assert _status(api, headers) == 200
        assert _status(api, headers) == 200
        with db.engine.begin() as connection:  # not by `writing`, so this process knows nothing
            connection.execute(ENDS[how]())
        ended = time.monotonic()
        while True:
            began = time.monotonic()
            if _status(api, headers) != 200:
                break
            assert began - ended < 1.0
    close(app)


def test_an_end_that_this_process_writes_counts_at_once(app: Flask, api: FlaskClient) -> None:
    person = sign_up(api)
    assert _status(api, person.headers) == 200
    with writing() as session:
        session.execute(update(Login).values(ended_at=now()))
    assert _status(api, person.headers) == 401


def test_many_requests_ask_the_database_once_for_their_user(app: Flask, api: FlaskClient) -> None:
    person = sign_up(api)
    key = _key(api, person)
    asked: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_: object) -> None:
        if "logins" in statement or "api_keys" in statement:
            asked.append(statement)

    for headers in (person.headers, key):
        api.get("/livez", headers=headers)
        api.get("/livez", headers=headers)  # a key notes its first use
        began = time.monotonic()
        event.listen(db.engine, "before_cursor_execute", note)
        for _ in range(20):
            api.get("/livez", headers=headers)
        event.remove(db.engine, "before_cursor_execute", note)
        assert len(asked) <= 1 + (time.monotonic() - began) / LIFETIME.total_seconds()
        asked.clear()


def test_what_is_kept_is_bounded_and_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = RecentPrincipals()
    began = now()
    for number in range(3 * recent_principals.MOST):
        kept.keep(f"token {number}", commits(), began, ANONYMOUS)
    assert len(kept._kept) <= recent_principals.MOST
    monkeypatch.setattr(recent_principals, "now", lambda: began)
    kept.keep("token", commits(), began, ANONYMOUS)
    assert kept.find("token") is ANONYMOUS
    assert kept.find("another") is None
    for moment in (began + LIFETIME, began - timedelta(seconds=1)):
        monkeypatch.setattr(recent_principals, "now", lambda moment=moment: moment)
        assert kept.find("token") is None
