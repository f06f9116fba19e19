"""People with accounts, as tests need them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask.testing import FlaskClient

from web.accounts.models import User
from web.db.columns import now
from web.db.engine import writing

PASSWORD = "correct horse battery"


@dataclass(frozen=True)
class Person:
    """A person who is logged in, from a program and not from a browser."""

    email: str
    user_id: str
    access: str
    refresh: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.access}"}


def sign_up(
    api: FlaskClient, email: str = "ada@example.com", *, verified: bool = False, role: str = "user"
) -> Person:
    """Register and log in; `api` calls an application in whose context this runs."""
    sent = {"email": email, "password": PASSWORD}
    answer = api.post("/api/auth/register", json=sent)
    assert answer.status_code == 201, answer.text
    found = log_in(api, email)
    person = Person(email, found["user"]["user_id"], found["access_token"], found["refresh_token"])
    if verified or role != "user":
        with api.application.app_context(), writing() as db:
            user = db.get_one(User, person.user_id)
            user.verified_at, user.role = now() if verified else None, role
    return person


def log_in(api: FlaskClient, email: str, password: str = PASSWORD) -> dict[str, Any]:
    """Log in and return what the API answers."""
    answer = api.post("/api/auth/login", json={"email": email, "password": password})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json
    return found
