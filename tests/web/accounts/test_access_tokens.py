"""Access tokens: only our own, unexpired ones open anything."""

from __future__ import annotations

import base64
import hmac
import json
import time
from collections.abc import Callable
from typing import Any, Final

import pytest
from flask import Flask
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from config.settings import ConfigurationError, Settings, read
from tests.changed_settings import changed
from tests.web.conftest import close
from tests.web.people import Person, sign_up
from web.accounts import access_tokens
from web.accounts.access_tokens import Claims
from web.app import create_app
from web.services import current_services

KEY: Final = b"first key of these tests, 32 bytes and more"
OTHER: Final = b"other key of these tests, 32 bytes and more"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Those of a system whose key these tests know."""
    return changed(settings, accounts={"jwt_keys": (KEY,)})


def own_key_id() -> str:
    token = access_tokens.issue(current_services(), Claims("usr_any", "log_any"))
    return str(decoded(token.split(".")[0])["kid"])


def part(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def claims_of(token: str) -> dict[str, Any]:
    return decoded(token.split(".")[1])


def decoded(text: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return found


def signed(claims: dict[str, Any], secret: bytes = KEY, **header: Any) -> str:
    """A token as no library makes it: with any header."""
    header = {"alg": "HS256", "kid": own_key_id()} | header
    header = {name: value for name, value in header.items() if value is not None}
    text = f"{part(header)}.{part(claims)}"
    digest = {"HS256": "sha256", "HS512": "sha512"}[header["alg"]]
    signature = hmac.digest(secret, text.encode(), digest)
    return f"{text}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"


def signed_by_rsa(claims: dict[str, Any]) -> str:
    header = {"alg": "RS256", "kid": own_key_id()}
    return jwt.encode(header, claims, RSAKey.generate_key(2048), algorithms=["RS256"])


def unsigned(claims: dict[str, Any], alg: str) -> str:
    return f"{part({'alg': alg, 'kid': own_key_id()})}.{part(claims)}."


def without(claims: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in claims.items() if key != name}


def tampered(token: str) -> str:
    head, _, signature = token.split(".")
    return f"{head}.{part(claims_of(token) | {'sub': 'usr_other'})}.{signature}"


_ATTACKER: Final = b"key of an attacker, 32 bytes long"
_ATTACKER_JWK: Final = OctKey.import_key(_ATTACKER).as_dict()
HOSTILE: Final[dict[str, Callable[[dict[str, Any]], str]]] = {
    "alg none": lambda c: unsigned(c, "none"),
    "alg None": lambda c: unsigned(c, "None"),
    "alg HS256 without a signature": lambda c: unsigned(c, "HS256"),
    "another algorithm": lambda c: signed(c, alg="HS512"),
    "an RSA key": signed_by_rsa,
    "another key under our key's id": lambda c: signed(c, _ATTACKER),
    "an unknown key id": lambda c: signed(c, _ATTACKER, kid="mine"),
    "no key id": lambda c: signed(c, kid=None),
    "a path as key id": lambda c: signed(c, _ATTACKER, kid="../../dev/null"),
    "its own key in the header": lambda c: signed(
        c, _ATTACKER, jwk=OctKey.import_key(_ATTACKER).as_dict()
    ),
    "the address of a key": lambda c: signed(c, _ATTACKER, jku="https://evil.example/jwks"),
    "an unknown critical header": lambda c: signed(c, crit=["x"], x=1),
    "another audience": lambda c: signed(c | {"aud": "another-api"}),
    "another issuer": lambda c: signed(c | {"iss": "https://evil.example"}),
    "no audience": lambda c: signed(without(c, "aud")),
    "no issuer": lambda c: signed(without(c, "iss")),
    "no expiry": lambda c: signed(without(c, "exp")),
    "an expiry that is no number": lambda c: signed(c | {"exp": "never"}),
    "not yet valid": lambda c: signed(c | {"nbf": int(time.time()) + 600}),
    "no subject": lambda c: signed(without(c, "sub")),
    "a subject that is no text": lambda c: signed(c | {"sub": {"a": 1}}),
    "another user of the same login": lambda c: signed(c | {"sub": "usr_other"}),
    "another login of the same user": lambda c: signed(c | {"sid": "log_other"}),
    "changed claims": lambda c: tampered(signed(c)),
    "no claims": lambda _: f"{part({'alg': 'HS256', 'kid': own_key_id()})}..",
    "claims that are no object": lambda _: f"{part({'alg': 'HS256'})}.{part([1])}.x",
    "no JSON": lambda _: "eyJ.eyJ.eyJ",
    "very long": lambda c: signed(c | {"x": "y" * 5000}),
}


def test_hostile_tokens_are_refused(app: Flask, api: FlaskClient) -> None:
    claims = claims_of(sign_up(api).access)
    told: dict[str, tuple[int, str, str]] = {}
    for what, make in HOSTILE.items():
        answer = api.get("/api/auth/me", headers={"Authorization": f"Bearer {make(claims)}"})
        asks = answer.headers.get("WWW-Authenticate", "")
        told[what] = (answer.status_code, answer.json.get("error_code", ""), asks)
    refused = (401, "TOKEN_INVALID", 'Bearer error="invalid_token"')
    assert {what: answer for what, answer in told.items() if answer != refused} == {}


def test_our_own_signature_is_accepted(app: Flask, api: FlaskClient) -> None:
    """The table above fails for its reasons, and not because `signed` is wrong."""
    person = sign_up(api)
    token = signed(claims_of(person.access))
    assert api.get("/api/auth/me", headers={"Authorization": f"Bearer {token}"}).status_code == 200


def test_an_access_token_lives_for_15_minutes(app: Flask, api: FlaskClient) -> None:
    person = sign_up(api)
    claims = claims_of(person.access)
    assert claims["exp"] - claims["iat"] == 900
    expired = signed(claims | {"exp": int(time.time()) - 1})
    answer = api.get("/api/auth/me", headers={"Authorization": f"Bearer {expired}"})
    assert (answer.status_code, answer.json["error_code"]) == (401, "TOKEN_EXPIRED")


def test_a_bad_token_is_refused_where_none_is_needed(api: FlaskClient) -> None:
    headers = {"Authorization": "Bearer eyJhbGciOiJub25lIn0.e30."}
    answer = api.post("/session/create", json={"user_id": "ada"}, headers=headers)
    assert (answer.status_code, answer.json["error_code"]) == (401, "TOKEN_INVALID")
    # A person who wants a new one may still send the old one along.
    sent = {"email": "ada@example.com", "password": "wrong password"}
    answer = api.post("/api/auth/login", json=sent, headers=headers)
    assert answer.json["error_code"] == "LOGIN_FAILED"


def _me(settings: Settings, person: Person) -> int:
    app = create_app(settings)
    status = app.test_client().get("/api/auth/me", headers=person.headers).status_code
    close(app)
    return status


def test_two_keys_are_valid_while_they_rotate(settings: Settings) -> None:
    before = changed(settings, accounts={"jwt_keys": (KEY,)})
    app = create_app(before)
    person = sign_up(app.test_client())
    close(app)
    assert _me(changed(settings, accounts={"jwt_keys": (OTHER, KEY)}), person) == 200
    assert _me(changed(settings, accounts={"jwt_keys": (OTHER,)}), person) == 401
    assert _me(changed(settings, accounts={"jwt_keys": ()}), person) == 401


@pytest.mark.parametrize("keys", ["xyzzy", f"{'x' * 40},xyzzy", ","])
def test_short_keys_are_refused_at_start_up_without_being_shown(keys: str) -> None:
    with pytest.raises(ConfigurationError, match="JWT_KEYS must be keys of at least 32") as error:
        read({"JWT_KEYS": keys})
    assert "xyzzy" not in str(error.value)
