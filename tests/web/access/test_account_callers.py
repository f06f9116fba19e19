"""Every route for callers with accounts: an ended token opens nothing, nor does another user's."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.web.accounts.test_profile import owned_session
from tests.web.conftest import as_operator
from tests.web.people import Person, sign_up
from web.db.engine import reading, writing
from web.http.authentication import OPTIONAL_CREDENTIALS
from web.jobs.models import Job
from web.sessions.models import Upload


def every_route(app: Flask, values: dict[str, str]) -> list[tuple[str, str]]:
    """Method and path of every route that takes credentials."""
    found = []
    for rule in app.url_map.iter_rules():
        if hasattr(app.view_functions[rule.endpoint], OPTIONAL_CREDENTIALS) or rule.websocket:
            continue
        path = rule.rule
        for name in rule.arguments:
            value = values.get(name, "none")
            path = path.replace(f"<path:{name}>", value).replace(f"<{name}>", value)
        found += [(method, path) for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}]
    return found


@pytest.mark.parametrize("how", ["logged out", "suspended", "deleted"])
def test_an_ended_token_opens_no_route(
    app: Flask, api: FlaskClient, how: str, settings: Any
) -> None:
    person = sign_up(api)
    operator = as_operator(settings)
    if how == "logged out":
        api.post("/api/auth/logout", json={"refresh_token": person.refresh})
    elif how == "suspended":
        api.post(f"/api/admin/users/{person.user_id}/suspend", headers=operator)
    else:
        sent = {"current_password": "correct horse battery"}
        assert api.delete("/api/auth/me", json=sent, headers=person.headers).status_code == 204
    routes = every_route(app, {})
    assert len(routes) > 50
    opened = {
        (method, path): answer.status_code
        for method, path in routes
        if (answer := api.open(path, method=method, headers=person.headers)).status_code != 401
    }
    assert opened == {}


def test_another_user_reaches_nothing_that_belongs_to_a_user(app: Flask, api: FlaskClient) -> None:
    owner, other = sign_up(api), sign_up(api, "eve@example.com")
    name, job_id = owned_session(api, owner)
    with reading() as db:
        upload_id = db.query(Upload).filter_by(session_id=name).one().id
    values = {"session_id": name, "job_id": job_id, "upload_id": upload_id}
    values |= {"filename": "film.mp4"}

    def ask(person: Person) -> dict[tuple[str, str], int]:
        owned = [
            one for one in every_route(app, values) if any(v in one[1] for v in values.values())
        ]
        with app.test_client() as client:
            return {
                (method, path): client.open(path, method=method, headers=person.headers).status_code
                for method, path in owned
                if method == "GET" and not path.endswith("/events")
            }

    told = ask(other)
    assert len(told) > 6
    assert {one: status for one, status in told.items() if status not in (403, 404)} == {}
    mine = ask(owner)
    assert [one for one, status in mine.items() if status == 200]
    with writing() as db:
        assert db.get_one(Job, job_id).cancel_requested_at is None
