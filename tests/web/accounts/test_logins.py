"""Registering, logging in, refreshing and logging out."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from http.cookies import SimpleCookie
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from config.settings import Settings
from tests.changed_settings import changed
from tests.web.conftest import close
from tests.web.people import PASSWORD, log_in, sign_up
from web.accounts import logins, passwords
from web.accounts.models import Login, OrgMember, RefreshToken, User
from web.app import create_app
from web.audit import log as audit_log
from web.audit.log import Actor
from web.audit.models import AuditEntry
from web.control import maintenance
from web.db.columns import now
from web.db.engine import reading, writing
from web.services import current_services

OWN = {"Origin": "http://localhost"}


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json["error_code"]


def refresh(api: FlaskClient, token: str) -> Any:
    return api.post("/api/auth/refresh", json={"refresh_token": token})


def test_a_registered_person_is_known_with_the_access_token(api: FlaskClient) -> None:
    person = sign_up(api, "Ada@Example.com")
    me = api.get("/api/auth/me", headers=person.headers)
    assert me.status_code == 200, me.text
    assert me.headers["Cache-Control"] == "no-store"
    assert (me.json["email"], me.json["role"]) == ("ada@example.com", "user")
    assert not me.json["verified"]
    with reading() as db:
        [membership] = db.query(OrgMember).filter_by(user_id=person.user_id)
        assert membership.org_id == me.json["org_id"]
        assert PASSWORD not in (db.get_one(User, person.user_id).password_hash or "")


def test_a_session_that_a_user_opens_belongs_to_the_account(api: FlaskClient) -> None:
    from web.sessions.models import UserSession
    from web.sessions.names import name_of

    person = sign_up(api)
    opened = api.post("/session/create", json={"user_id": "ada"}, headers=person.headers)
    with reading() as db:
        session = db.get_one(UserSession, name_of(opened.json["session_id"]))
    assert session.owner == f"user:{person.user_id}"


def test_registering_twice_answers_the_same_and_changes_nothing(api: FlaskClient) -> None:
    sign_up(api)
    sent = {"email": "ada@example.com", "password": "another good one"}
    again = api.post("/api/auth/register", json=sent)
    new = api.post("/api/auth/register", json=sent | {"email": "bob@example.com"})
    assert (again.status_code, again.json.keys()) == (new.status_code, new.json.keys())
    assert code(api.post("/api/auth/login", json=sent)) == (401, "LOGIN_FAILED")
    log_in(api, "ada@example.com")


@pytest.mark.parametrize(
    "email",
    [
        *("ada", "ada@", "@example.com", "ada@example", "a b@example.com", "ada@example..com"),
        *("ada@example.com\r\nBcc: all@example.com", "ada@example.com\n", "\nada@example.com"),
        *(
            "\u0430da@example.com",
            "ada@ex\u0430mple.com",
            "ada@example\u3002com",
            "ad\u200ba@x.org",
        ),
        *("ada\uff20example.com", "x" * 65 + "@example.com", f"a@{'b' * 63}.{'c' * 200}.com"),
    ],
)
def test_an_address_that_may_deceive_is_refused(api: FlaskClient, email: str) -> None:
    answer = api.post("/api/auth/register", json={"email": email, "password": PASSWORD})
    assert code(answer) == (422, "VALIDATION_FAILED")


@pytest.mark.parametrize("password", ["", "short12", "x" * 129])
def test_a_password_has_8_to_128_characters(api: FlaskClient, password: str) -> None:
    sent = {"email": "ada@example.com", "password": password}
    answer = api.post("/api/auth/register", json=sent)
    assert code(answer) == (422, "VALIDATION_FAILED")
    assert password == "" or password not in answer.text


def test_long_passwords_count_in_full(api: FlaskClient) -> None:
    long = "\u00e9" * 128
    sent = {"email": "ada@example.com", "password": long}
    assert api.post("/api/auth/register", json=sent).status_code == 201
    log_in(api, "ada@example.com", long)
    wrong = sent | {"password": long[:-1] + "e"}
    assert code(api.post("/api/auth/login", json=wrong)) == (401, "LOGIN_FAILED")


def test_unknown_address_and_wrong_password_get_the_same_answer(api: FlaskClient) -> None:
    sign_up(api)
    answers = [
        api.post("/api/auth/login", json={"email": email, "password": "not this one"})
        for email in ("ada@example.com", "eve@example.com")
    ]
    ada, eve = (answer.json | {"request_id": ""} for answer in answers)
    assert ada == eve
    assert code(answers[0]) == (401, "LOGIN_FAILED")


def present(api: FlaskClient, access: str) -> tuple[int, str]:
    answer = api.get("/api/auth/me", headers={"Authorization": f"Bearer {access}"})
    return answer.status_code, (answer.json or {}).get("error_code", "")


class Clock:
    """The time that logins see."""

    def __init__(self) -> None:
        self.moment = now()

    def __call__(self) -> datetime:
        return self.moment


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(logins, "now", found)
    return found


ENDED = (401, "REFRESH_TOKEN_INVALID")


def test_a_refresh_token_works_once_and_its_reuse_ends_the_login(
    api: FlaskClient, clock: Clock
) -> None:
    """A thief and the owner have the same token: the second use of it ends the login."""
    person = sign_up(api)
    second = refresh(api, person.refresh)
    assert second.status_code == 200
    assert second.json["refresh_token"] != person.refresh
    assert present(api, second.json["access_token"]) == (200, "")
    assert code(refresh(api, person.refresh)) == (409, "REFRESH_CONFLICT")
    clock.moment += timedelta(seconds=11)
    assert code(refresh(api, person.refresh)) == ENDED
    # The thief's tokens and the owner's end alike, also access tokens.
    assert code(refresh(api, second.json["refresh_token"])) == ENDED
    for access in (person.access, second.json["access_token"]):
        assert present(api, access) == (401, "TOKEN_INVALID")


def test_an_answer_that_was_lost_is_given_again(api: FlaskClient, clock: Clock) -> None:
    person = sign_up(api)
    lost = refresh(api, person.refresh).json
    clock.moment += timedelta(minutes=4)
    again = [refresh(api, person.refresh).json for _ in range(2)]
    assert {answer["refresh_token"] for answer in again} == {lost["refresh_token"]}
    with reading() as db:
        assert db.query(RefreshToken).count() == 2
        assert db.query(AuditEntry).filter_by(action="login.token_reissued").count() == 2
    assert present(api, again[1]["access_token"]) == (200, "")
    assert code(refresh(api, person.refresh)) == ENDED, "it has arrived, so this is a copy"
    assert code(refresh(api, lost["refresh_token"])) == ENDED


@pytest.mark.parametrize("case", ["later", "another device", "its successor was used"])
def test_an_answer_is_not_given_again(api: FlaskClient, clock: Clock, case: str) -> None:
    person = sign_up(api)
    second = refresh(api, person.refresh).json["refresh_token"]
    clock.moment += timedelta(seconds=301 if case == "later" else 30)
    if case == "its successor was used":
        assert refresh(api, second).status_code == 200
    device = {"User-Agent": "thief/1.0"} if case == "another device" else {}
    sent = {"refresh_token": person.refresh}
    assert code(api.post("/api/auth/refresh", json=sent, headers=device)) == ENDED
    assert code(refresh(api, second)) == ENDED


@pytest.mark.parametrize("rounds", [8])
def test_requests_with_the_same_token_at_once_get_one_successor(
    either: Settings, rounds: int
) -> None:
    app = create_app(either)
    api = app.test_client()
    token = sign_up(api).refresh
    for number in range(rounds):
        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(lambda _: refresh(app.test_client(), token), range(2)))  # noqa: B023
        assert [answer.status_code for answer in answers] == [200, 200]
        [token] = {answer.json["refresh_token"] for answer in answers}
        with app.app_context(), reading() as db:
            assert db.query(RefreshToken).count() == number + 2
            assert db.query(Login).one().generation == number + 1
        assert present(api, answers[number % 2].json["access_token"]) == (200, "")
    close(app)


def test_a_refresh_token_expires(app: Flask, api: FlaskClient) -> None:
    person = sign_up(api)
    with writing() as db:
        for token in db.query(RefreshToken):
            token.expires_at = now() - timedelta(seconds=1)
    assert code(refresh(api, person.refresh)) == (401, "REFRESH_TOKEN_INVALID")


def test_logging_out_ends_the_login_on_this_device_only(api: FlaskClient) -> None:
    person, elsewhere = sign_up(api), log_in(api, "ada@example.com")
    answer = api.post("/api/auth/logout", json={"refresh_token": person.refresh})
    assert answer.status_code == 204
    assert code(api.get("/api/auth/me", headers=person.headers)) == (401, "TOKEN_INVALID")
    assert code(refresh(api, person.refresh)) == (401, "REFRESH_TOKEN_INVALID")
    assert refresh(api, elsewhere["refresh_token"]).status_code == 200


def test_tokens_are_stored_as_digests(app: Flask, api: FlaskClient) -> None:
    person = sign_up(api)
    with reading() as db:
        stored = [
            str(vars(row)) for table in (RefreshToken, Login, User) for row in db.query(table)
        ]
    assert stored
    for row in stored:
        assert person.refresh not in row
        assert person.access not in row


# --- browsers -------------------------------------------------------------------------


def test_a_browser_gets_the_refresh_token_as_a_cookie_only(app: Flask, api: FlaskClient) -> None:
    sign_up(api)
    browser = app.test_client()
    sent = {"email": "ada@example.com", "password": PASSWORD}
    answer = browser.post("/api/auth/login", json=sent, headers=OWN)
    [morsel] = SimpleCookie(answer.headers["Set-Cookie"]).values()
    assert (morsel["httponly"], morsel["samesite"], morsel["path"]) == (True, "Strict", "/api/auth")
    assert "refresh_token" not in answer.json
    assert morsel.value not in answer.text
    again = browser.post("/api/auth/refresh", headers=OWN)
    assert again.status_code == 200
    [rotated] = SimpleCookie(again.headers["Set-Cookie"]).values()
    assert rotated.value != morsel.value
    out = browser.post("/api/auth/logout", headers=OWN)
    assert out.status_code == 204
    assert code(browser.post("/api/auth/refresh", headers=OWN)) == (401, "REFRESH_TOKEN_INVALID")


@pytest.mark.parametrize(
    ("headers", "refused"),
    [
        ({"Origin": "https://evil.example"}, (403, "ORIGIN_NOT_ALLOWED")),
        ({"Sec-Fetch-Site": "cross-site"}, (403, "ORIGIN_NOT_ALLOWED")),
        ({"Sec-Fetch-Site": "same-site"}, (403, "ORIGIN_NOT_ALLOWED")),
        ({}, (401, "REFRESH_TOKEN_INVALID")),
    ],
)
def test_the_cookie_counts_for_our_own_page_only(
    app: Flask, api: FlaskClient, headers: dict[str, str], refused: tuple[int, str]
) -> None:
    sign_up(api)
    browser = app.test_client()
    sent = {"email": "ada@example.com", "password": PASSWORD}
    browser.post("/api/auth/login", json=sent, headers=OWN)
    assert code(browser.post("/api/auth/refresh", headers=headers)) == refused
    assert browser.post("/api/auth/refresh", headers=OWN).status_code == 200


def test_a_login_never_takes_over_a_token_that_was_there(app: Flask, api: FlaskClient) -> None:
    """Session fixation: an attacker's token in the victim's browser stays the attacker's."""
    attacker = sign_up(api, "eve@example.com")
    sign_up(api)
    browser = app.test_client()
    sent = {"email": "ada@example.com", "password": PASSWORD}
    first = browser.post("/api/auth/login", json=sent, headers=OWN)
    name = next(iter(SimpleCookie(first.headers["Set-Cookie"])))
    browser.set_cookie(name, attacker.refresh, path="/api/auth")
    second = browser.post("/api/auth/login", json=sent, headers=OWN)
    [morsel] = SimpleCookie(second.headers["Set-Cookie"]).values()
    assert morsel.value != attacker.refresh
    theirs = refresh(api, attacker.refresh)
    assert theirs.json["user"]["email"] == "eve@example.com"
    mine = browser.post("/api/auth/refresh", headers=OWN)
    assert mine.json["user"]["email"] == "ada@example.com"


# --- modes ----------------------------------------------------------------------------


def test_without_accounts_there_are_no_routes_and_a_token_is_a_session_id(
    settings: Settings,
) -> None:
    app = create_app(changed(settings, accounts={"auth": "off"}))
    api = app.test_client()
    for path in ("register", "login", "refresh", "logout"):
        answer = api.post(f"/api/auth/{path}", json={})
        assert code(answer) == (404, "ACCOUNTS_OFF")
    headers = {"Authorization": "Bearer eyJhbGciOiJub25lIn0.e30."}
    assert api.post("/session/create", json={"user_id": "a"}, headers=headers).status_code == 201
    close(app)


@pytest.mark.parametrize("mode", ["invite", "closed"])
def test_closed_registration_refuses_new_accounts(settings: Settings, mode: str) -> None:
    app = create_app(changed(settings, accounts={"registration": mode}))
    sent = {"email": "ada@example.com", "password": PASSWORD}
    answer = app.test_client().post("/api/auth/register", json=sent)
    assert code(answer) == (403, "REGISTRATION_CLOSED")
    close(app)


def test_hashes_of_the_other_kind_are_replaced_at_the_next_login(settings: Settings) -> None:
    app = create_app(settings)
    sign_up(app.test_client())
    close(app)
    app = create_app(changed(settings, accounts={"password_hash": "argon2id"}))
    with app.app_context():
        log_in(app.test_client(), "ada@example.com")
        with reading() as db:
            [user] = db.query(User)
        assert str(user.password_hash).startswith("$argon2id$")
        log_in(app.test_client(), "ada@example.com")
    close(app)


def test_waiting_for_a_hash_has_an_end(api: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "WAIT_SECONDS", 0.01)
    for _ in range(passwords.AT_ONCE):
        passwords._slots.acquire()
    try:
        sent = {"email": "ada@example.com", "password": PASSWORD}
        answer = api.post("/api/auth/login", json=sent)
    finally:
        for _ in range(passwords.AT_ONCE):
            passwords._slots.release()
    assert code(answer) == (503, "LOGIN_BUSY")
    assert "Retry-After" in answer.headers


def test_what_ended_a_month_ago_is_forgotten(api: FlaskClient) -> None:
    old, fresh = sign_up(api), sign_up(api, "bob@example.com")
    with writing() as db:
        [login] = db.query(Login).filter_by(user_id=old.user_id)
        login.ended_at = now() - logins.LIFETIME - timedelta(days=1)
        audit_log.record(db, Actor("operators"), "old")
        db.flush()
        db.execute(AuditEntry.__table__.insert(), {**_entry(), "at": now() - timedelta(days=400)})
    maintenance.forget_accounts(current_services())
    with reading() as db:
        assert {one.user_id for one in db.query(Login)} == {fresh.user_id}
        assert {one.login_id for one in db.query(RefreshToken)} == {db.query(Login).one().id}
        assert "ancient" not in {entry.action for entry in db.query(AuditEntry)}
        assert "old" in {entry.action for entry in db.query(AuditEntry)}


def _entry() -> dict[str, Any]:
    empty = dict.fromkeys(("actor", "target", "address", "request_id"), "")
    return empty | {"action": "ancient", "details": {}}


def test_neither_passwords_nor_tokens_are_logged(
    app: Flask, api: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("DEBUG"):
        person = sign_up(api)
        new = refresh(api, person.refresh).json
        api.get("/api/auth/me", headers=person.headers)
        api.get("/api/auth/me", headers={"Authorization": f"Bearer {person.access}x"})
        api.post("/api/auth/login", json={"email": person.email, "password": "wrong one"})
    told = "\n".join(f"{record.getMessage()} {vars(record)}" for record in caplog.records)
    secrets = (PASSWORD, "wrong one", person.access, person.refresh, new["refresh_token"])
    assert [secret for secret in secrets if secret in told] == []
