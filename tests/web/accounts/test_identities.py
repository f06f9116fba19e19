"""Signing in with Google, GitHub and other OpenID Connect providers."""

from __future__ import annotations

import base64
import hmac
import json
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from flask import Flask
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from sqlalchemy import select

from config.settings import Settings
from tests.changed_settings import changed
from tests.services import identity_provider
from tests.services.http_server import Answer, Asked, Server
from tests.services.http_server import serving as serving_http
from tests.web.conftest import as_operator, close
from tests.web.mails import send_mails
from tests.web.people import PASSWORD, sign_up
from web.accounts.models import Invitation, User, UserIdentity
from web.api.identities import own_path
from web.app import create_app
from web.audit.models import AuditEntry
from web.db.columns import now
from web.db.engine import reading, writing
from web.services import current_services
from web.sessions.models import UserSession
from web.sessions.names import name_of

# The provider of these tests uses parts of authlib that will be removed.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

OWN = {"Sec-Fetch-Site": "same-origin"}


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, (answer.get_json(silent=True) or {}).get("error_code", "")


@pytest.fixture(scope="module")
def google() -> Iterator[str]:
    """The address of a real provider of OpenID Connect."""
    people = {
        "ada": {"email": "Ada@Example.com", "email_verified": True},
        "eve": {"email": "ada@example.com", "email_verified": False},
    }
    with identity_provider.serving(people) as issuer:
        yield issuer


@pytest.fixture
def app_of_google(settings: Settings, google: str) -> Iterator[Flask]:
    app = create_app(
        changed(
            settings,
            accounts={
                "google_issuer": google,
                "google_client_id": "us",
                "google_client_secret": "ours",
            },
        )
    )
    with app.app_context():
        yield app
    close(app)


def begin(api: FlaskClient, path: str = "/api/auth/google/start") -> str:
    """Where the browser is sent."""
    answer = api.get(path, headers=OWN)
    assert answer.status_code == 302, answer.text
    return str(answer.headers["Location"])


def agree(url: str, sub: str = "ada") -> str:
    """What the provider's page does when a person agrees: the address to come back to."""
    answer = httpx2.post(url, data={"sub": sub})
    assert answer.status_code == 302, answer.text
    back = urlsplit(answer.headers["location"])
    return f"{back.path}?{back.query}"


def refreshed(api: FlaskClient) -> dict[str, Any]:
    answer = api.post("/api/auth/refresh", headers=OWN)
    assert answer.status_code == 200, answer.text
    user: dict[str, Any] = answer.json["user"]
    return user


def test_a_person_signs_in_and_takes_the_visitors_things_along(app_of_google: Flask) -> None:
    api = app_of_google.test_client()
    opened = api.post("/session/create", json={"user_id": "ada"}, headers=OWN)
    url = begin(api, "/api/auth/google/start?next=/videos%3Fpage%3D2")
    asked = parse_qs(urlsplit(url).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["redirect_uri"][0].endswith("/api/auth/google/callback")
    back = api.get(agree(url), headers={"Sec-Fetch-Site": "cross-site"})
    assert (back.status_code, back.headers["Location"]) == (302, "/videos?page=2")
    login = api.post("/api/auth/refresh", headers=OWN).json
    user, access = login["user"], {"Authorization": f"Bearer {login['access_token']}"}
    [exported] = api.get("/api/auth/me/export", headers=access).json["identities"]
    assert exported["subject"] == "ada"
    assert (user["email"], user["verified"], user["has_password"]) == (
        *("ada@example.com", True, False),
    )
    with reading() as db:
        session = db.get_one(UserSession, name_of(opened.json["session_id"]))
    assert session.owner == f"user:{user['user_id']}"
    # The same person signs in again, from another browser.
    other = app_of_google.test_client()
    other.get(agree(begin(other)))
    assert refreshed(other)["user_id"] == user["user_id"]


def test_accounts_are_joined_only_over_an_address_that_both_verified(
    app_of_google: Flask,
) -> None:
    api = app_of_google.test_client()
    refused = api.get(agree(begin(api), "eve"))
    assert code(refused) == (403, "IDENTITY_EMAIL_UNVERIFIED")
    ada = sign_up(app_of_google.test_client())
    assert code(api.get(agree(begin(api)))) == (409, "ACCOUNT_UNVERIFIED")
    with writing() as db:
        db.get_one(User, ada.user_id).verified_at = now()
    assert api.get(agree(begin(api))).status_code == 302
    assert refreshed(api)["user_id"] == ada.user_id
    with writing() as db:
        db.get_one(User, ada.user_id).suspended_at = now()
    assert code(api.get(agree(begin(api)))) == (403, "ACCOUNT_SUSPENDED")


def test_a_sign_in_belongs_to_its_browser_and_is_used_once(app_of_google: Flask) -> None:
    refused = (400, "IDENTITY_REFUSED")
    api, victim = app_of_google.test_client(), app_of_google.test_client()
    back = agree(begin(api))
    assert code(victim.get(back)) == refused  # without a cookie
    begin(victim)
    assert code(victim.get(back)) == refused  # with the cookie of another sign-in
    assert code(api.get(back.replace("state=", "state=x"))) == refused
    assert code(api.get(back.partition("?")[0])) == (422, "VALIDATION_FAILED")
    cookie = api.get_cookie("callsheet-sign-in", path="/api/auth")
    assert cookie is None  # its name has the system's digest
    kept = [one for one in api._cookies.values() if one.key.startswith("callsheet-sign-in")]
    [cookie] = kept
    assert (cookie.http_only, cookie.same_site, cookie.path) == (True, "Lax", "/api/auth")
    assert api.get(back).status_code == 302
    again = api.get(back, headers={"Cookie": f"{cookie.key}={cookie.value}"})
    assert code(again) == refused  # replayed with its cookie
    broken = cookie.value[:-2] + "xx"
    tampered = victim.get(back, headers={"Cookie": f"{cookie.key}={broken}"})
    assert code(tampered) == refused


def test_a_person_who_declines_is_told(app_of_google: Flask) -> None:
    api = app_of_google.test_client()
    state = parse_qs(urlsplit(begin(api)).query)["state"][0]
    answer = api.get(f"/api/auth/google/callback?error=access_denied&state={state}")
    assert code(answer) == (400, "IDENTITY_REFUSED")


def test_the_nonce_of_another_sign_in_is_refused(app_of_google: Flask) -> None:
    """A code that was stolen from another sign-in brings its nonce."""
    mine, theirs = app_of_google.test_client(), app_of_google.test_client()
    stolen = parse_qs(urlsplit(agree(begin(theirs))).query)["code"][0]
    state = parse_qs(urlsplit(begin(mine)).query)["state"][0]
    answer = mine.get(f"/api/auth/google/callback?code={stolen}&state={state}")
    assert code(answer) == (400, "IDENTITY_REFUSED")


@pytest.mark.parametrize(
    "path",
    [
        *("https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil.example"),
        *("evil.example", "javascript:alert(1)", "", "/\t/evil.example", "/a\r\nSet-Cookie: a=b"),
        "/%0d%0a\n",
    ],
)
def test_only_our_own_pages_are_returned_to(path: str) -> None:
    assert own_path(path) == "/"
    assert own_path("/videos?page=2#top") == "/videos?page=2#top"


def test_providers_that_are_not_set_up_or_registration_closed(settings: Settings) -> None:
    app = create_app(settings)
    api = app.test_client()
    for provider in ("google", "github", "oidc", "none"):
        assert code(api.get(f"/api/auth/{provider}/start")) == (404, "PROVIDER_UNKNOWN")
    close(app)


def _github(asked: Asked) -> Answer:
    if asked.path == "/login/oauth/access_token":
        sent = parse_qs(asked.body.decode())
        right = sent["code"] == ["right"] and sent["client_secret"] == ["ours"]
        return Answer.of({"access_token": "t"} if right else {"error": "bad_verification_code"})
    assert asked.headers["authorization"] == "Bearer t"
    if asked.path == "/user":
        return Answer.of({"id": 7, "email": "public@example.com"})
    return Answer.of(
        [
            {"email": "old@example.com", "primary": False, "verified": True},
            {"email": "ada@example.com", "primary": True, "verified": True},
        ]
    )


def test_github(settings: Settings) -> None:
    with serving_http() as server:
        server.answer = _github
        hub = {
            **{"github_url": server.url, "github_api_url": server.url},
            **{"github_client_id": "us", "github_client_secret": "ours"},
        }
        app = create_app(changed(settings, accounts=hub))
        api = app.test_client()
        with app.app_context():
            url = begin(api, "/api/auth/github/start")
            state = parse_qs(urlsplit(url).query)["state"][0]
            path = f"/api/auth/github/callback?state={state}&code="
            assert code(api.get(f"{path}wrong")) == (400, "IDENTITY_REFUSED")
            state = parse_qs(urlsplit(begin(api, "/api/auth/github/start")).query)["state"][0]
            done = api.get(f"/api/auth/github/callback?state={state}&code=right")
            assert (done.status_code, done.headers["Location"]) == (302, "/")
            assert refreshed(api)["email"] == "ada@example.com"
            with reading() as db:
                [kept] = db.scalars(select(UserIdentity))
            assert (kept.issuer, kept.subject) == (server.url, "7")
            server.answer = lambda _asked: Answer(status=503)
            state = parse_qs(urlsplit(begin(api, "/api/auth/github/start")).query)["state"][0]
            away = api.get(f"/api/auth/github/callback?state={state}&code=right")
            assert code(away) == (503, "IDENTITY_PROVIDER_UNAVAILABLE")
        close(app)


def _provider(server: Server, key: RSAKey, token: str) -> None:
    """Make a server an issuer whose answer to every code is this ID token."""

    def answer(asked: Asked) -> Answer:
        if asked.path == "/.well-known/openid-configuration":
            names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
            return Answer.of({"issuer": server.url, **{n: f"{server.url}/{n}" for n in names}})
        if asked.path == "/jwks_uri":
            return Answer.of(KeySet([key]).as_dict(private=False))
        return Answer.of({"id_token": token})

    server.answer = answer


def _signed_with_public_key(key: RSAKey, header: Any, claims: Any) -> str:
    """A token as no library makes it: the public key is the secret."""
    parts = (base64.urlsafe_b64encode(json.dumps(part).encode()) for part in (header, claims))
    text = b".".join(part.rstrip(b"=") for part in parts)
    signature = hmac.digest(key.as_pem(private=False), text, "sha256")
    return (text + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")).decode()


def test_hostile_id_tokens_are_refused(settings: Settings) -> None:
    key, other = RSAKey.generate_key(2048, {"kid": "a"}), RSAKey.generate_key(2048, {"kid": "a"})
    with serving_http() as server:
        known = {"oidc_issuer": server.url, "oidc_client_id": "us", "oidc_client_secret": "x"}
        app = create_app(changed(settings, accounts=known))
        api = app.test_client()

        def outcome(signer: Any = key, alg: str = "RS256", **others: Any) -> tuple[int, str]:
            _provider(server, key, "")
            asked = parse_qs(urlsplit(begin(api, "/api/auth/oidc/start")).query)
            claims = {
                **{"iss": server.url, "aud": "us", "sub": "1", "exp": int(time.time()) + 60},
                **{"nonce": asked["nonce"][0], "email": "a@example.com", "email_verified": True},
            }
            claims = {name: value for name, value in (claims | others).items() if value != "-"}
            header = {"alg": alg, "kid": "a"}
            token = (
                _signed_with_public_key(key, header, claims)
                if alg == "HS256"
                else jwt.encode(header, claims, signer, algorithms=[alg])
            )
            _provider(server, key, token)
            state = asked["state"][0]
            return code(api.get(f"/api/auth/oidc/callback?code=c&state={state}"))

        with app.app_context():
            assert outcome() == (302, "")
            refused = {
                "another key": outcome(other),
                "the public key as a secret": outcome(alg="HS256"),
                "another algorithm": outcome(key, "RS512"),
                "another issuer": outcome(iss="https://evil.example"),
                "another audience": outcome(aud="them"),
                "another party": outcome(aud=["us", "them"], azp="them"),
                "another nonce": outcome(nonce="x"),
                "no nonce": outcome(nonce="-"),
                "a nonce that is no text": outcome(nonce={"a": 1}),
                "expired": outcome(exp=1),
                "no subject": outcome(sub="-"),
                "a subject that is no text": outcome(sub=7),
            }
            assert {name: told for name, told in refused.items() if told[0] != 400} == {}
            assert outcome(sub="2", email="b@example.com", email_verified="true") == (
                *(403, "IDENTITY_EMAIL_UNVERIFIED"),
            )
        close(app)


def test_discovery_is_remembered(settings: Settings) -> None:
    """A sign-in that starts while the provider is down succeeds once it is back."""
    with identity_provider.serving() as issuer:
        google = {"google_client_id": "us", "google_client_secret": "ours"}
        app = create_app(changed(settings, accounts={"google_issuer": issuer, **google}))
        first = begin(app.test_client())
    assert begin(app.test_client()).partition("?")[0] == first.partition("?")[0]
    close(app)


def test_identities_are_listed_and_disconnected_but_not_the_last_way_in(
    app_of_google: Flask, google: str
) -> None:
    with app_of_google.app_context():
        api = app_of_google.test_client()
        ada, eve = sign_up(api), sign_up(api, "eve@example.com")
        with writing() as db:
            for issuer, subject in ((google, "ada"), ("https://former.example", "7")):
                db.add(UserIdentity(issuer=issuer, subject=subject, user_id=ada.user_id))
        path = "/api/auth/identities"
        listed = api.get(path, headers=ada.headers).json["identities"]
        assert sorted((one["provider"], one["issuer"]) for one in listed) == [
            ("", "https://former.example"),
            ("google", google),
        ]
        assert api.get(path, headers=eve.headers).json == {"identities": []}
        ids = {one["provider"]: one["id"] for one in listed}
        proof = {"current_password": PASSWORD}
        for person, one, sent, refusal in (
            (eve, ids["google"], proof, (404, "IDENTITY_NOT_FOUND")),
            (ada, "none", proof, (404, "IDENTITY_NOT_FOUND")),
            (ada, ids["google"], {}, (401, "LOGIN_FAILED")),
        ):
            answer = api.delete(f"{path}/{one}", json=sent, headers=person.headers)
            assert code(answer) == refusal
        with writing() as db:
            db.get_one(User, ada.user_id).password_hash = None
        # Without a password, the login of the last minutes is the proof.
        assert code(api.delete(f"{path}/{ids['']}", headers=ada.headers)) == (204, "")
        last = api.delete(f"{path}/{ids['google']}", headers=ada.headers)
        assert code(last) == (409, "LAST_WAY_IN")
        with reading() as db:
            entries = db.query(AuditEntry).filter_by(action="identity.removed")
            assert [entry.details for entry in entries] == [{"issuer": "https://former.example"}]
        send_mails(app_of_google)
        mails = current_services().settings.path("mails").glob("*.eml")
        assert any("A sign-in was disconnected" in mail.read_text() for mail in mails)


# --- invitations ----------------------------------------------------------------------


@pytest.fixture
def invited(settings: Settings, google: str) -> Iterator[Flask]:
    """A server for invited people only."""
    known = {"google_issuer": google, "google_client_id": "us", "google_client_secret": "ours"}
    app = create_app(changed(settings, accounts=known | {"registration": "invite"}))
    with app.app_context():
        yield app
    close(app)


def invite(app: Flask, settings: Settings, **wanted: str) -> dict[str, Any]:
    operator = as_operator(settings)
    answer = app.test_client().post("/api/admin/invitations", json=wanted, headers=operator)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json
    return found


def begin_invited(api: FlaskClient, invitation: str) -> str:
    sent = {"next": "/videos", "invitation": invitation}
    answer = api.post("/api/auth/google/start", json=sent, headers=OWN)
    assert answer.status_code == 200, answer.text
    url = str(answer.json["url"])
    assert invitation not in url
    return url


def test_an_invitation_signs_one_person_up_through_a_provider(
    invited: Flask, settings: Settings
) -> None:
    api = invited.test_client()
    assert code(api.get(agree(begin(api)))) == (403, "REGISTRATION_CLOSED")
    assert code(api.get(agree(begin_invited(api, "made-up")))) == (403, "INVITATION_INVALID")
    elsewhere = invite(invited, settings, email="bob@example.com")["token"]
    assert code(api.get(agree(begin_invited(api, elsewhere)))) == (403, "INVITATION_INVALID")
    made = invite(invited, settings, role="operator")
    back = api.get(agree(begin_invited(api, made["token"])))
    assert (back.status_code, back.headers["Location"]) == (302, "/videos")
    user = refreshed(api)
    assert (user["email"], user["role"]) == ("ada@example.com", "operator")
    with reading() as db:
        assert db.get_one(Invitation, made["id"]).used_by == user["user_id"]
    # It works once, and those who have an account need none.
    other = invited.test_client()
    assert other.get(agree(begin(other))).status_code == 302
    assert refreshed(other)["user_id"] == user["user_id"]
    with writing() as db:
        db.delete(db.get_one(User, user["user_id"]))
    assert code(api.get(agree(begin_invited(api, made["token"])))) == (403, "INVITATION_INVALID")


def test_an_invitation_for_an_address_is_found_by_the_address(
    invited: Flask, settings: Settings
) -> None:
    api = invited.test_client()
    invite(invited, settings, email="ada@example.com", role="operator")
    assert code(api.get(agree(begin(api), "eve"))) == (403, "IDENTITY_EMAIL_UNVERIFIED")
    assert api.get(agree(begin(api))).status_code == 302
    assert refreshed(api)["role"] == "operator"


def test_an_invitation_opens_no_closed_server(settings: Settings, google: str) -> None:
    known = {"google_issuer": google, "google_client_id": "us", "google_client_secret": "ours"}
    app = create_app(changed(settings, accounts=known | {"registration": "closed"}))
    with app.app_context():
        api = app.test_client()
        token = invite(app, settings, email="ada@example.com")["token"]
        assert code(api.get(agree(begin_invited(api, token)))) == (403, "REGISTRATION_CLOSED")
    close(app)
