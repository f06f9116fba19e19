"""Passkeys: added, used in place of a password or after it, and every way to forge one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import pytest
from flask import Flask
from flask.testing import FlaskClient

from config.settings import Settings
from tests.changed_settings import changed
from tests.services.smtp import SmtpServer, text
from tests.web.authenticator import (
    BACKED_UP,
    ELIGIBLE,
    PRESENT,
    VERIFIED,
    Authenticator,
    decoded,
    encoded,
)
from tests.web.conftest import as_operator, close
from tests.web.mails import send_mails
from tests.web.people import PASSWORD, Person, sign_up
from web.accounts import attempts, challenges, identities, logins
from web.accounts.errors import IdentityRefused, LastWayIn, PasskeyRefused, SecondFactorNeeded
from web.accounts.identities import Identity, NeedsFactor
from web.accounts.logins import Factor, Tokens
from web.accounts.models import Passkey, RecoveryCode, User
from web.accounts.pending_sign_ins import Pending, finish
from web.app import create_app
from web.audit.log import COMMAND_LINE
from web.audit.models import AuditEntry
from web.db.engine import reading, writing
from web.services import current_services

ADA, EVE = "ada@example.com", "eve@example.com"
BASE = "/api/auth/passkeys"
OK, REFUSED = (200, ""), (401, "PASSKEY_REFUSED")


@pytest.fixture(autouse=True)
def _many_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "PER_ACCOUNT", 1000)
    monkeypatch.setattr(attempts, "PER_ADDRESS", 1000)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, port=5000)


def told(answer: Any) -> tuple[int, str]:
    return answer.status_code, (answer.get_json(silent=True) or {}).get("error_code", "")


def proof() -> dict[str, str]:
    return {"current_password": PASSWORD}


def begin(api: FlaskClient, person: Person) -> dict[str, Any]:
    answer = api.post(f"{BASE}/options", json=proof(), headers=person.headers)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json["public_key"]
    return found


def add(
    api: FlaskClient, person: Person, key: Authenticator, name: str = "Laptop"
) -> dict[str, Any]:
    sent = {"name": name, "credential": key.create(begin(api, person))}
    answer = api.post(BASE, json=sent, headers=person.headers)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json
    return found


def request_options(api: FlaskClient) -> dict[str, Any]:
    found: dict[str, Any] = api.post(f"{BASE}/sign-in/options").json["public_key"]
    return found


def send(api: FlaskClient, credential: dict[str, Any]) -> Any:
    return api.post(f"{BASE}/sign-in", json={"credential": credential})


def sign_in(api: FlaskClient, key: Authenticator, **client: Any) -> Any:
    return send(api, key.sign(request_options(api), **client))


def password_login(api: FlaskClient, **more: Any) -> Any:
    return api.post("/api/auth/login", json={"email": ADA, "password": PASSWORD} | more)


def audited(action: str) -> list[dict[str, Any]]:
    with reading() as db:
        found = db.query(AuditEntry).filter_by(action=action).order_by(AuditEntry.id)
        return [entry.details for entry in found]


def test_a_passkey_is_added_named_and_signs_in_without_a_password(
    app: Flask, api: FlaskClient
) -> None:
    person, key = sign_up(api), Authenticator()
    options = begin(api, person)
    assert options["rp"] == {"id": "localhost", "name": "Callsheet"}
    assert options["authenticatorSelection"]["residentKey"] == "required"
    assert options["attestation"] == "none"
    assert ADA not in decoded(options["user"]["id"]).decode()
    added = add(api, person, key)
    assert len(added["recovery_codes"]) == 10
    passkey = added["passkey"]
    assert (passkey["name"], passkey["last_used_at"], passkey["synced"]) == ("Laptop", None, False)
    with app.test_client() as elsewhere:
        answer = sign_in(elsewhere, key)
        assert told(answer) == OK
        assert answer.json["user"]["email"] == ADA
        token = {"Authorization": f"Bearer {answer.json['access_token']}"}
        [listed] = elsewhere.get(BASE, headers=token).json["passkeys"]
    assert listed["last_used_at"] is not None
    assert audited("login.opened")[-1]["passkey_id"] == passkey["id"]
    renamed = api.patch(f"{BASE}/{passkey['id']}", json={"name": "Phone"}, headers=person.headers)
    assert renamed.json["name"] == "Phone"
    removed = api.delete(f"{BASE}/{passkey['id']}", json=proof(), headers=person.headers)
    assert removed.status_code == 204
    assert told(sign_in(api, key)) == REFUSED
    assert [audited(f"passkey.{what}") for what in ("added", "renamed", "removed")] == [
        [{"passkey_id": passkey["id"]}]
    ] * 3
    with reading() as db:
        assert db.query(RecoveryCode).count() == 0, "the last second factor has gone"


def test_the_first_passkey_makes_the_password_one_of_two_factors(
    app: Flask, api: FlaskClient
) -> None:
    """A passkey that did not verify the person is enough after a password, and not alone."""
    person = sign_up(api)
    other = password_login(api).json["access_token"]
    key = Authenticator(flags=PRESENT)
    codes = add(api, person, key)["recovery_codes"]
    elsewhere = api.get("/api/auth/me", headers={"Authorization": f"Bearer {other}"})
    assert told(elsewhere) == (401, "TOKEN_INVALID"), "it was opened without the second factor"
    assert told(sign_in(api, key)) == REFUSED
    needed = password_login(api)
    assert told(needed) == (401, "SECOND_FACTOR_NEEDED")
    options = needed.json["passkey_options"]
    assert [one["id"] for one in options["allowCredentials"]] == [encoded(key.credential_id)]
    assert options["userVerification"] == "discouraged"
    assert told(password_login(api, passkey=key.sign(options))) == OK
    assert told(password_login(api, code="123456")) == (401, "SECOND_FACTOR_INVALID")
    assert told(password_login(api, code=codes[0])) == OK
    assert told(password_login(api, code=codes[0])) == (401, "SECOND_FACTOR_INVALID")
    wrong = {"email": ADA, "password": "wrong one"}
    refused = api.post("/api/auth/login", json=wrong)
    assert told(refused) == (401, "LOGIN_FAILED")
    assert "passkey_options" not in refused.json
    with app.app_context(), writing() as db:
        db.get_one(User, person.user_id).verified_at = db.get_one(User, person.user_id).created_at
    identity = Identity("https://issuer.example", "1", ADA)
    found = identities.log_in(current_services(), COMMAND_LINE, identity, "")
    assert isinstance(found, NeedsFactor)
    for shown, refused in ((Factor(browser="b"), True), (Factor(browser="b"), False)):
        with pytest.raises(SecondFactorNeeded) as asked:
            finish(current_services(), COMMAND_LINE, Pending(identity, found.token), shown, "")
        options = asked.value.details["passkey_options"]
        signed = key.sign(options)
        if refused:
            forged_signature(signed)
            with pytest.raises(PasskeyRefused):
                finish_with(signed, identity, found.token)
    assert finish_with(signed, identity, found.token).user.id == person.user_id
    with pytest.raises(IdentityRefused):  # used
        finish_with(signed, identity, found.token)


def finish_with(signed: dict[str, Any], identity: Identity, token: str) -> Tokens:
    shown = Factor(passkey=signed, browser="b")
    return finish(current_services(), COMMAND_LINE, Pending(identity, token), shown, "")


def forged_signature(credential: dict[str, Any]) -> None:
    data = bytearray(decoded(credential["response"]["signature"]))
    data[-1] ^= 1
    credential["response"]["signature"] = encoded(bytes(data))


def forged_data(position: int, bits: int) -> Callable[[dict[str, Any]], None]:
    def forge(credential: dict[str, Any]) -> None:
        data = bytearray(decoded(credential["response"]["authenticatorData"]))
        data[position] ^= bits
        credential["response"]["authenticatorData"] = encoded(bytes(data))

    return forge


def forged_client(**changed: Any) -> Callable[[dict[str, Any]], None]:
    def forge(credential: dict[str, Any]) -> None:
        sent = json.loads(decoded(credential["response"]["clientDataJSON"]))
        credential["response"]["clientDataJSON"] = encoded(json.dumps(sent | changed).encode())

    return forge


def sent_as(name: str, value: Any) -> Callable[[dict[str, Any]], None]:
    return lambda credential: credential["response"].__setitem__(name, value)


FORGERIES: Final = (
    forged_signature,
    forged_data(36, 0x01),  # the counter
    forged_data(32, BACKED_UP),
    forged_data(0, 0x01),  # the relying party
    forged_client(origin="https://evil.example"),
    forged_client(type="webauthn.create"),
    forged_client(challenge=encoded(b"chosen by a thief" * 2)),
    forged_client(challenge=7),
    sent_as("authenticatorData", encoded(b"short")),
    sent_as("authenticatorData", encoded(b"\xff" * 200)),
    sent_as("clientDataJSON", encoded(b"[1]")),
    sent_as("clientDataJSON", encoded(b'{"type": ' * 100)),
    sent_as("clientDataJSON", encoded(b"\xff\xfe")),
    sent_as("signature", encoded(b"0")),
    sent_as("userHandle", "\u2603"),
    sent_as("userHandle", encoded(b"\xff\xff")),
)


def test_a_tampered_answer_is_refused(api: FlaskClient) -> None:
    key = Authenticator(sign_count=5)
    add(api, sign_up(api), key)
    for number, forge in enumerate(FORGERIES):
        credential = key.sign(request_options(api))
        forge(credential)
        assert told(send(api, credential)) == REFUSED, number
        assert told(sign_in(api, key)) == OK, f"{number} has changed nothing"


def test_a_genuine_signature_for_something_else_is_refused(api: FlaskClient) -> None:
    key = Authenticator()
    add(api, sign_up(api), key)
    cases: tuple[dict[str, Any], ...] = (
        {"origin": "https://evil.example"},
        {"origin": "http://localhost:5001"},
        {"rp_id": "evil.example"},
        {"flags": PRESENT},  # the person is not verified
        {"flags": VERIFIED},  # and here not present
        {"user_handle": None},
        {"user_handle": "usr_somebody_else"},
        {"credential_id": b"unknown"},
        {"key": Authenticator().key},
    )
    for other in cases:
        assert told(sign_in(api, replace(key, **other))) == REFUSED, other
        assert told(sign_in(api, key)) == OK


def test_what_a_frame_of_another_site_made_the_person_sign_is_refused(api: FlaskClient) -> None:
    key = Authenticator()
    add(api, sign_up(api), key)
    assert told(sign_in(api, key, crossOrigin=True)) == REFUSED


def test_a_challenge_is_for_one_browser_one_purpose_one_use_and_a_while(
    app: Flask, api: FlaskClient
) -> None:
    person, key = sign_up(api), Authenticator()
    add(api, person, key)
    used = key.sign(request_options(api))
    assert told(send(api, used)) == OK
    assert told(send(api, used)) == REFUSED, "replayed"
    with app.test_client() as thief:
        request_options(thief)
        assert told(send(thief, key.sign(request_options(api)))) == REFUSED, "another browser"
        assert told(send(app.test_client(), key.sign(request_options(api)))) == REFUSED
        fresh = app.test_client()
        asked = key.sign(password_login(fresh).json["passkey_options"])
        assert told(password_login(thief, passkey=asked)) == REFUSED
        asked = key.sign(password_login(fresh).json["passkey_options"])
        assert told(password_login(app.test_client(), passkey=asked)) == REFUSED, "no cookie"
        asked = key.sign(password_login(fresh).json["passkey_options"])
        assert told(password_login(fresh, passkey=asked)) == OK
    second = password_login(api).json["passkey_options"]
    assert told(send(api, key.sign(second))) == REFUSED, "of a second factor"
    alone = request_options(api)
    assert told(password_login(api, passkey=key.sign(alone))) == REFUSED, "of a sign-in"
    assert told(send(api, key.sign(begin(api, person)))) == REFUSED, "of a registration"
    late = request_options(api)
    services = current_services()
    for name in services.redis.scan_iter("callsheet:passkey-challenge:*"):
        assert 0 < services.redis.ttl(name) <= challenges.SECONDS
        services.redis.delete(name)
    assert told(send(api, key.sign(late))) == REFUSED


def test_two_tabs_of_a_browser_have_a_challenge_each(api: FlaskClient) -> None:
    key = Authenticator()
    add(api, sign_up(api), key)
    first, second = request_options(api), request_options(api)
    assert first["challenge"] != second["challenge"]
    assert [told(send(api, key.sign(one))) for one in (first, second)] == [OK, OK]
    cookies = api.post(f"{BASE}/sign-in/options").headers.getlist("Set-Cookie")
    assert "HttpOnly" in cookies[0]
    assert "SameSite=Strict" in cookies[0]


def test_of_two_requests_with_one_signature_one_signs_in(either: Settings) -> None:
    app = create_app(replace(either, port=5000))
    with app.app_context(), ThreadPoolExecutor(2) as both:
        api, key = app.test_client(), Authenticator(sign_count=1)
        add(api, sign_up(api), key)
        options = request_options(api)
        cookie = api.get_cookie(_cookie(api), path="/api/auth")
        assert cookie is not None
        credential = key.sign(options)

        def one_more(_: int) -> Any:
            client = app.test_client()
            client.set_cookie(cookie.key, cookie.value, path="/api/auth")
            return told(send(client, credential))

        assert sorted(both.map(one_more, range(2))) == [OK, REFUSED]
    close(app)


def _cookie(api: FlaskClient) -> str:
    names = [name for _, _, name in api._cookies or {} if name.startswith("callsheet-passkeys-")]
    return names[0]


def test_the_passkey_of_one_person_does_not_sign_in_another(api: FlaskClient) -> None:
    """Neither alone, nor after the other's password, nor to remove or rename the other's."""
    ada, eve = sign_up(api), sign_up(api, EVE)
    hers, his = Authenticator(), Authenticator()
    mine = add(api, ada, hers)["passkey"]["id"]
    add(api, eve, his)
    assert told(sign_in(api, replace(his, user_handle=ada.user_id))) == REFUSED
    needed = password_login(api).json["passkey_options"]
    assert told(password_login(api, passkey=his.sign(needed))) == REFUSED
    needed = password_login(api).json["passkey_options"]
    forged = replace(his, user_handle=ada.user_id, credential_id=hers.credential_id)
    assert told(password_login(api, passkey=forged.sign(needed))) == REFUSED
    for method, sent in (("PATCH", {"name": "x"}), ("DELETE", proof())):
        answer = api.open(f"{BASE}/{mine}", method=method, json=sent, headers=eve.headers)
        assert told(answer) == (404, "PASSKEY_NOT_FOUND")
    taken = {"credential": hers.create(begin(api, eve))}
    assert told(api.post(BASE, json=taken, headers=eve.headers)) == (409, "PASSKEY_KNOWN")
    foreign = {"credential": Authenticator().create(begin(api, ada))}
    assert told(api.post(BASE, json=foreign, headers=eve.headers)) == REFUSED


@pytest.mark.parametrize("after", [4, 5])
def test_a_counter_that_does_not_rise_says_that_there_is_a_copy(
    app: Flask, api: FlaskClient, after: int
) -> None:
    person, key = sign_up(api), Authenticator(sign_count=4)
    passkey_id = add(api, person, key)["passkey"]["id"]
    assert told(sign_in(api, key)) == OK
    copy = replace(key, sign_count=after - 1)
    suspected = (403, "PASSKEY_SUSPECTED")
    assert told(sign_in(api, copy)) == suspected
    assert audited("passkey.suspected") == [{"passkey_id": passkey_id, "before": 5, "after": after}]
    assert told(sign_in(api, key)) == suspected, "which of the two is the copy is unknown"
    assert api.get(BASE, headers=person.headers).json["passkeys"][0]["suspected"]
    needed = password_login(api)
    assert "passkey_options" not in needed.json
    send_mails(app)
    mails = current_services().settings.path("mails").glob("*.eml")
    assert sum("Subject: A passkey may have been copied" in m.read_text() for m in mails) == 1


def test_a_synced_passkey_does_not_count(api: FlaskClient) -> None:
    person, key = sign_up(api), Authenticator(flags=PRESENT | VERIFIED | ELIGIBLE | BACKED_UP)
    assert add(api, person, key)["passkey"]["synced"]
    assert [told(sign_in(api, key)) for _ in range(3)] == [OK] * 3


def test_adding_one_needs_password_code_and_a_registration_that_is_right(
    api: FlaskClient,
) -> None:
    person = sign_up(api)
    options = f"{BASE}/options"
    for sent, refusal in (
        ({}, (401, "LOGIN_FAILED")),
        ({"current_password": "wrong"}, (401, "LOGIN_FAILED")),
        ({"password": PASSWORD}, (422, "VALIDATION_FAILED")),
    ):
        assert told(api.post(options, json=sent, headers=person.headers)) == refusal
    for wrong in (
        {"origin": "https://evil.example"},
        {"rp_id": "evil.example"},
        {"flags": VERIFIED},
    ):
        credential = Authenticator(**wrong).create(begin(api, person))
        assert told(api.post(BASE, json={"credential": credential}, headers=person.headers)) == (
            401,
            "PASSKEY_REFUSED",
        )
    for name, value in (
        ("attestationObject", encoded(b"\x9f" * 3000)),
        ("attestationObject", encoded(b"\xa1")),
        ("clientDataJSON", encoded(b"{}")),
    ):
        credential = Authenticator().create(begin(api, person))
        credential["response"][name] = value
        answer = api.post(BASE, json={"credential": credential}, headers=person.headers)
        assert told(answer) == REFUSED
    credential = Authenticator().create(begin(api, person))
    sent = {"credential": credential}
    assert api.post(BASE, json=sent, headers=person.headers).status_code == 201
    assert told(api.post(BASE, json=sent, headers=person.headers)) == REFUSED, "replayed"


def test_an_account_without_a_password_needs_a_fresh_sign_in_and_keeps_its_last_way_in(
    api: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    person, key = sign_up(api), Authenticator()
    with writing() as db:
        db.get_one(User, person.user_id).password_hash = None
    monkeypatch.setattr(logins, "FRESH", timedelta(0))
    stale = api.post(f"{BASE}/options", json={}, headers=person.headers)
    assert told(stale) == (403, "FRESH_SIGN_IN_REQUIRED")
    monkeypatch.undo()
    only = add(api, person, key)["passkey"]["id"]
    last = (409, LastWayIn.code)
    assert told(api.delete(f"{BASE}/{only}", headers=person.headers)) == last
    second = Authenticator()
    add(api, person, second)
    assert api.delete(f"{BASE}/{only}", headers=person.headers).status_code == 204
    assert told(sign_in(api, second)) == OK


def test_twenty_passkeys_are_the_limit(api: FlaskClient) -> None:
    person = sign_up(api)
    with writing() as db:
        for number in range(20):
            kept = {"credential_id": str(number), "public_key": b"", "sign_count": 0}
            db.add(Passkey(user_id=person.user_id, name="x", transports=[], **kept))
    full = api.post(f"{BASE}/options", json=proof(), headers=person.headers)
    assert told(full) == (409, "PASSKEYS_LIMIT")


def test_export_and_deletion_include_passkeys(api: FlaskClient) -> None:
    person, key = sign_up(api), Authenticator()
    add(api, person, key)
    [exported] = api.get("/api/auth/me/export", headers=person.headers).json["passkeys"]
    assert exported["credential_id"] == encoded(key.credential_id)
    assert exported["name"] == "Laptop"
    gone = api.delete("/api/auth/me", json=proof(), headers=person.headers)
    assert gone.status_code == 204
    with reading() as db:
        assert db.query(Passkey).count() == 0
    assert told(sign_in(api, key)) == REFUSED


def test_a_suspended_person_has_no_way_in_and_an_administrator_removes_lost_passkeys(
    api: FlaskClient, settings: Settings
) -> None:
    person, key = sign_up(api), Authenticator()
    add(api, person, key)
    operator, user = as_operator(settings), f"/api/admin/users/{person.user_id}"
    api.post(f"{user}/suspend", headers=operator)
    assert told(sign_in(api, key)) == (403, "ACCOUNT_SUSPENDED")
    api.post(f"{user}/reinstate", headers=operator)
    assert api.delete(f"{user}/totp", headers=operator).status_code == 204
    assert audited("passkeys.removed") == [{}]
    assert told(sign_in(api, key)) == REFUSED
    assert told(password_login(api)) == OK


def test_the_relying_party_is_a_setting_and_never_the_host(settings: Settings) -> None:
    own = changed(
        settings, public_url="https://videos.example.com", accounts={"passkey_rp_id": "example.com"}
    )
    app = create_app(own)
    with app.app_context():
        api = app.test_client()
        headers = {"Host": "evil.example", "X-Forwarded-Host": "evil.example"}
        found = api.post(f"{BASE}/sign-in/options", headers=headers).json["public_key"]
        assert found["rpId"] == "example.com"
        person = sign_up(api)
        key = Authenticator(rp_id="example.com", origin="https://videos.example.com")
        add(api, person, key)
        assert told(sign_in(api, key)) == OK
        elsewhere = replace(key, origin="https://example.com")
        assert told(sign_in(api, elsewhere)) == REFUSED
        capabilities = api.get("/capabilities").json["accounts"]
        assert capabilities["passkey_origins"] == ["https://videos.example.com"]
    close(app)


@pytest.mark.parametrize("url", ["https://192.0.2.7", "http://videos.example.com"])
def test_without_a_domain_and_tls_there_are_no_passkeys(settings: Settings, url: str) -> None:
    app = create_app(replace(settings, public_url=url))
    with app.app_context():
        api = app.test_client()
        answer = api.post(f"{BASE}/sign-in/options")
        assert told(answer) == (404, "PASSKEYS_OFF")
        assert api.get("/capabilities").json["accounts"]["passkey_origins"] == []
    close(app)


@pytest.fixture
def smtp() -> Iterator[SmtpServer]:
    with SmtpServer() as server:
        yield server


def test_the_owner_gets_a_mail_when_a_passkey_comes_or_goes(
    settings: Settings, smtp: SmtpServer
) -> None:
    app = create_app(changed(settings, notifications={"smtp_url": smtp.url}))
    with app.app_context():
        api = app.test_client()
        person = sign_up(api, verified=True)
        passkey_id = add(api, person, Authenticator())["passkey"]["id"]
        api.delete(f"{BASE}/{passkey_id}", json=proof(), headers=person.headers)
        send_mails(app)
    close(app)
    mails = {mail["Subject"]: text(mail) for mail in smtp.mailbox.mails}
    assert "“Laptop”" in mails["A passkey was added"]
    assert "choose a new password: http" in mails["A passkey was removed"]
