"""Signing in with a provider to an account with a second factor, which is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient

from config.settings import Settings
from tests.changed_settings import changed
from tests.services.http_server import Answer, Asked
from tests.services.http_server import serving as serving_http
from tests.web.accounts.test_identities import OWN, begin, code, refreshed
from tests.web.conftest import as_operator, close
from tests.web.people import Person, sign_up
from web.accounts import totp, ways_in
from web.accounts.errors import LastWayIn
from web.accounts.models import Login, OneTimeToken, Passkey, TotpFactor, User, UserIdentity
from web.app import create_app
from web.db.columns import now
from web.db.engine import reading, writing
from web.services import current_services

BACK: Final = {"Sec-Fetch-Site": "cross-site"}
PATH: Final = "/api/auth/second-factor"


def github(asked: Asked) -> Answer:
    """GitHub, as far as it is asked: one person, with a verified address."""
    known: dict[str, Any] = {
        "/login/oauth/access_token": {"access_token": "x"},
        "/user": {"id": 7},
        "/user/emails": [{"email": "ada@example.com", "primary": True, "verified": True}],
    }
    return Answer.of(known[asked.path])


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    with serving_http() as server:
        server.answer = github
        known = {"github_client_id": "us", "github_client_secret": "ours"}
        urls = {"github_url": server.url, "github_api_url": server.url}
        app = create_app(changed(settings, accounts=known | urls))
        with app.app_context():
            yield app
        close(app)


@pytest.fixture
def ada(app: Flask) -> Person:
    return sign_up(app.test_client(), verified=True)


@pytest.fixture
def device(ada: Person) -> pyotp.TOTP:
    """The authenticator app of the account."""
    with writing() as db:
        secret = totp.begin(current_services(), db, ada.user_id)
        db.flush()
        db.get_one(TotpFactor, ada.user_id).confirmed_at = now()
    return pyotp.TOTP(secret)


def come_back(api: FlaskClient, path: str = "/api/auth/github/start?next=/videos") -> Any:
    """Sign in at the provider; the answer to the browser that comes back."""
    state = begin(api, path).partition("state=")[2].partition("&")[0]
    return api.get(f"/api/auth/github/callback?state={state}&code=x", headers=BACK)


def waiting(app: Flask) -> FlaskClient:
    """A browser whose sign-in waits for the second factor."""
    api = app.test_client()
    answer = come_back(api)
    assert (answer.status_code, answer.location) == (302, "/account#second-factor")
    return api


def confirm(api: FlaskClient, **shown: Any) -> Any:
    return api.post(PATH, json=shown, headers=OWN)


def wrong(device: pyotp.TOTP) -> str:
    return f"{(int(device.now()) + 1) % 10**6:06}"


@contextmanager
def unchanged() -> Iterator[None]:
    """No login is opened, and no identity connected, meanwhile."""

    def counts() -> list[int]:
        with reading() as db:
            return [db.query(table).count() for table in (Login, UserIdentity)]

    before = counts()
    yield
    assert counts() == before


def test_the_second_factor_is_asked_for_and_finishes_the_sign_in(
    app: Flask, ada: Person, device: pyotp.TOTP
) -> None:
    with unchanged():
        api = waiting(app)
        assert code(api.post("/api/auth/refresh", headers=OWN)) == (401, "REFRESH_TOKEN_INVALID")
        assert code(confirm(api)) == (401, "SECOND_FACTOR_NEEDED")
        assert code(confirm(api, code=wrong(device))) == (401, "SECOND_FACTOR_INVALID")
    done = confirm(api, code=device.now())
    assert done.status_code == 200, done.text
    assert (done.json["user"]["user_id"], done.json["next"]) == (ada.user_id, "/videos")
    assert "refresh_token" not in done.json
    assert refreshed(api)["user_id"] == ada.user_id
    with reading() as db:
        assert db.query(UserIdentity).one().user_id == ada.user_id
    assert code(confirm(api, code=device.now())) == (400, "IDENTITY_REFUSED")


def test_what_the_browser_has_made_comes_along(app: Flask, ada: Person, device: pyotp.TOTP) -> None:
    api = app.test_client()
    api.post("/session/create", json={"user_id": "ada"}, headers=OWN)
    come_back(api)
    access = confirm(api, code=device.now()).json["access_token"]
    headers = {"Authorization": f"Bearer {access}"}
    [session] = api.get("/api/auth/me/export", headers=headers).json["sessions"]
    assert session["user_id"] == "ada"


def test_nothing_else_finishes_it(app: Flask, ada: Person, device: pyotp.TOTP) -> None:
    with unchanged():
        strange = app.test_client()
        assert code(confirm(strange, code=device.now())) == (400, "IDENTITY_REFUSED")
        api = waiting(app)
        [kept] = [c for c in api._cookies.values() if "second-factor" in c.key]
        for value in (kept.value[:-1], "x", kept.value + "x"):
            strange.set_cookie(kept.key, value, path="/api/auth", domain="localhost")
            assert code(confirm(strange, code=device.now())) == (400, "IDENTITY_REFUSED")
        waiting(app)  # a later sign-in ends the earlier one
        assert code(confirm(api, code=device.now())) == (400, "IDENTITY_REFUSED")
        late = waiting(app)
        with writing() as db:
            db.query(OneTimeToken).update({"expires_at": now()})
        assert code(confirm(late, code=device.now())) == (400, "IDENTITY_REFUSED")


def test_wrong_codes_are_limited_and_a_suspended_user_stays_out(
    app: Flask, ada: Person, device: pyotp.TOTP, settings: Settings
) -> None:
    with unchanged():
        api = waiting(app)
        told = [code(confirm(api, code=wrong(device)))[1] for _ in range(10)]
        assert told == ["SECOND_FACTOR_INVALID"] * 9 + ["TOO_MANY_CODES"]
        assert code(confirm(api, code=device.now()))[1] == "TOO_MANY_CODES"
    app.test_client().post(f"/api/admin/users/{ada.user_id}/suspend", headers=as_operator(settings))
    assert code(come_back(app.test_client())) == (403, "ACCOUNT_SUSPENDED")


def test_a_provider_and_an_app_are_a_way_in(app: Flask, ada: Person, device: pyotp.TOTP) -> None:
    api = waiting(app)
    confirm(api, code=device.now())
    gone = Passkey(id="psk_1", user_id=ada.user_id, credential_id="x", public_key=b"", sign_count=0)
    gone.name, gone.transports, gone.suspected_at = "x", [], now()
    with writing() as db:
        db.get_one(User, ada.user_id).password_hash = None
        db.add(gone)
        db.flush()
        ways_in.require_another(db, ada.user_id)
        db.delete(db.get_one(TotpFactor, ada.user_id))
        db.flush()
        with pytest.raises(LastWayIn):  # a copied passkey is no second factor
            ways_in.require_another(db, ada.user_id)
