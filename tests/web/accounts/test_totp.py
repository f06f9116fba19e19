"""The second factor: authenticator apps, recovery codes, and who may remove them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from config.settings import Settings
from tests.web.conftest import as_operator, close
from tests.web.mails import send_mails
from tests.web.people import PASSWORD, Person, log_in, sign_up
from web import sealing
from web.accounts import attempts, identities, logins, one_time, recovery_codes, totp
from web.accounts.identities import Identity, NeedsFactor
from web.accounts.models import TotpFactor, User, UserIdentity
from web.app import create_app
from web.audit.log import COMMAND_LINE
from web.audit.models import AuditEntry
from web.db.engine import db, reading, writing
from web.services import current_services

ADA = "ada@example.com"


class Clock:
    """The time steps that authenticator apps and the server see."""

    step = 50_000_000


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(totp, "current_step", lambda: found.step)
    return found


@pytest.fixture
def many_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "PER_ACCOUNT", 1000)
    monkeypatch.setattr(attempts, "PER_ADDRESS", 1000)


def told(answer: Any) -> tuple[int, str]:
    return answer.status_code, (answer.get_json(silent=True) or {}).get("error_code", "")


def begin(api: FlaskClient, person: Person) -> pyotp.TOTP:
    sent = {"current_password": PASSWORD}
    answer = api.post("/api/auth/totp", json=sent, headers=person.headers)
    assert answer.status_code == 200, answer.text
    app = pyotp.parse_uri(answer.json["uri"])
    assert isinstance(app, pyotp.TOTP)
    assert (app.secret, app.name, app.issuer) == (answer.json["secret"], ADA, "Callsheet")
    return app


def set_up(api: FlaskClient, person: Person, clock: Clock) -> tuple[pyotp.TOTP, list[str]]:
    """An active factor whose confirming code was that of the current step."""
    app = begin(api, person)
    sent = {"code": app.generate_otp(clock.step)}
    answer = api.post("/api/auth/totp/confirm", json=sent, headers=person.headers)
    assert answer.status_code == 200, answer.text
    return app, answer.json["recovery_codes"]


def try_login(api: FlaskClient, code: str | None = None, password: str = PASSWORD) -> Any:
    sent = {"email": ADA, "password": password}
    return api.post("/api/auth/login", json=sent if code is None else sent | {"code": code})


def state(api: FlaskClient, person: Person) -> tuple[bool, int]:
    found = api.get("/api/auth/totp", headers=person.headers).json
    assert found["active"] == (found["since"] is not None)
    return found["active"], found["recovery_codes_left"]


NEEDED, INVALID = (401, "SECOND_FACTOR_NEEDED"), (401, "SECOND_FACTOR_INVALID")


@pytest.mark.usefixtures("many_tries")
def test_a_factor_counts_once_confirmed_and_login_asks_for_it(
    api: FlaskClient, clock: Clock
) -> None:
    person, elsewhere = sign_up(api), log_in(api, ADA)
    wrong = api.post("/api/auth/totp", json={"current_password": "x"}, headers=person.headers)
    assert told(wrong) == (401, "LOGIN_FAILED")
    confirm = {"json": {"code": "000000"}, "headers": person.headers}
    assert told(api.post("/api/auth/totp/confirm", **confirm)) == (409, "TOTP_NOT_SET_UP")
    begin(api, person)
    assert state(api, person) == (False, 0)
    log_in(api, ADA)  # not confirmed: not asked for
    app, codes = set_up(api, person, clock)
    assert state(api, person) == (True, 10)
    assert len(set(codes)) == recovery_codes.COUNT
    other = {"Authorization": f"Bearer {elsewhere['access_token']}"}
    assert told(api.get("/api/auth/me", headers=other)) == (401, "TOKEN_INVALID")
    again = api.post("/api/auth/totp", json={"current_password": PASSWORD}, headers=person.headers)
    assert told(again) == (409, "TOTP_ACTIVE")
    clock.step += 1
    code = app.generate_otp(clock.step)
    assert told(try_login(api)) == NEEDED
    assert told(try_login(api, code, "wrong one")) == (401, "LOGIN_FAILED")
    assert told(try_login(api, "12345")) == INVALID
    assert try_login(api, f"{code[:3]} {code[3:]}").status_code == 200
    with reading() as session:
        actions = {entry.action for entry in session.query(AuditEntry)}
    assert {"totp.begun", "totp.activated", "login.failed"} <= actions


@pytest.mark.usefixtures("many_tries")
def test_a_code_works_once_within_one_step_either_side(api: FlaskClient, clock: Clock) -> None:
    person = sign_up(api)
    app, _ = set_up(api, person, clock)
    assert told(try_login(api, app.generate_otp(clock.step))) == INVALID  # it has confirmed
    clock.step += 10
    for outside in (-2, 2):
        assert told(try_login(api, app.generate_otp(clock.step + outside))) == INVALID
    for inside in (-1, 0, 1):
        code = app.generate_otp(clock.step + inside)
        assert try_login(api, code).status_code == 200
        assert told(try_login(api, code)) == INVALID
    assert told(try_login(api, app.generate_otp(clock.step))) == INVALID  # earlier than the last


@pytest.mark.usefixtures("many_tries")
def test_of_two_requests_with_the_same_code_one_wins(
    either: Settings, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = create_app(either)
    with app.app_context():
        person = sign_up(app.test_client())
        authenticator, codes = set_up(app.test_client(), person, clock)
        clock.step += 1
        for code in (authenticator.generate_otp(clock.step), codes[0]):
            with ThreadPoolExecutor(4) as pool:
                answers = list(pool.map(lambda _: try_login(app.test_client(), code), range(4)))  # noqa: B023
            assert sorted(told(answer) for answer in answers) == [(200, ""), *[INVALID] * 3]
    close(app)


@pytest.mark.usefixtures("many_tries")
def test_recovery_codes_work_once_and_a_new_set_ends_the_old(
    api: FlaskClient, clock: Clock
) -> None:
    person = sign_up(api)
    app, codes = set_up(api, person, clock)
    assert try_login(api, codes[0].upper().replace("-", " ")).status_code == 200
    assert told(try_login(api, codes[0])) == INVALID
    assert state(api, person) == (True, 9)
    clock.step += 1
    sent = {"current_password": PASSWORD, "code": app.generate_otp(clock.step)}
    renew = "/api/auth/totp/recovery-codes"
    wrong = sent | {"current_password": "wrong one"}
    assert told(api.post(renew, json=wrong, headers=person.headers)) == (401, "LOGIN_FAILED")
    new = api.post(renew, json=sent, headers=person.headers).json["recovery_codes"]
    assert told(try_login(api, codes[1])) == INVALID
    assert try_login(api, new[0]).status_code == 200
    # Another user's codes are worth nothing here.
    with writing() as session:
        stranger = User(
            email="eve@example.com", org_id=session.get_one(User, person.user_id).org_id
        )
        session.add(stranger)
        session.flush()
        assert not recovery_codes.use(session, stranger.id, new[1].replace("-", ""))


@pytest.mark.usefixtures("many_tries")
def test_a_factor_is_removed_with_password_and_code_and_not_by_a_reset(
    api: FlaskClient, clock: Clock
) -> None:
    person = sign_up(api)
    _, codes = set_up(api, person, clock)
    with writing() as session:
        token = one_time.issue(session, session.get_one(User, person.user_id), "reset", ADA)
    new = "a wholly new one"
    reset = api.post("/api/auth/password/reset", json={"token": token, "password": new})
    assert reset.status_code == 204, reset.text
    assert told(try_login(api, password=new)) == NEEDED
    access = try_login(api, codes[0], new).json["access_token"]
    mine = {"Authorization": f"Bearer {access}"}

    def remove(password: str, code: str) -> tuple[int, str]:
        sent = {"current_password": password, "code": code}
        return told(api.delete("/api/auth/totp", json=sent, headers=mine))

    assert remove("wrong one", codes[1]) == (401, "LOGIN_FAILED")
    assert remove(new, codes[0]) == INVALID
    assert remove(new, codes[1]) == (204, "")
    assert remove(new, codes[2]) == (409, "TOTP_NOT_SET_UP")
    assert try_login(api, password=new).status_code == 200


def test_wrong_codes_count_as_tries(api: FlaskClient, clock: Clock) -> None:
    person = sign_up(api)
    app, codes = set_up(api, person, clock)  # with the login, three tries
    clock.step += 1
    assert [told(try_login(api, "000000")) for _ in range(2)] == [INVALID] * 2
    limited = (429, "TOO_MANY_REQUESTS")
    assert told(try_login(api, app.generate_otp(clock.step))) == limited
    for method, path in (("POST", "/confirm"), ("DELETE", ""), ("POST", "/recovery-codes")):
        sent = {"code": codes[0]} | ({} if path == "/confirm" else {"current_password": PASSWORD})
        answer = api.open(f"/api/auth/totp{path}", method=method, json=sent, headers=person.headers)
        assert told(answer) == limited


def test_the_database_alone_does_not_give_the_secret(
    api: FlaskClient, clock: Clock, settings: Settings
) -> None:
    person = sign_up(api)
    app, codes = set_up(api, person, clock)
    exported = api.get("/api/auth/me/export", headers=person.headers)
    assert exported.json["second_factor"]["active"] is True
    with db.engine.connect() as connection:
        rows = [
            str(connection.execute(text(f"SELECT * FROM {table}")).all())
            for table in ("totp_factors", "recovery_codes", "audit_log")
        ]
    for secret in (app.secret, codes[0], codes[0].replace("-", "")):
        assert secret not in "".join([*rows, exported.text])
    services = current_services()
    with reading() as session:
        sealed = session.get_one(TotpFactor, person.user_id).sealed_secret
    name = f"totp:{person.user_id}"
    assert sealing.unseal(services, name, sealed) == app.secret
    assert sealing.unseal(services, "totp:usr_other", sealed) is None
    other = replace(services, secret_key=b"a replaced secret key of 32 bytes")
    assert sealing.unseal(other, name, sealed) is None
    kept = replace(settings, secret_key_previous=services.secret_key.decode())
    rotating = replace(other, settings=kept)
    assert sealing.unseal(rotating, name, sealed) == app.secret
    with writing() as session:
        clock.step += 1
        factor = session.get_one(TotpFactor, person.user_id)
        assert totp.accept(rotating, session, factor, app.generate_otp(clock.step))
    with reading() as session:  # sealed again, with the new key
        sealed = session.get_one(TotpFactor, person.user_id).sealed_secret
    assert sealing.unseal(other, name, sealed) == app.secret


def test_operators_remove_a_lost_factor(
    app: Flask, api: FlaskClient, clock: Clock, settings: Settings
) -> None:
    admin = sign_up(api, role="admin")
    set_up(api, admin, clock)
    path = f"/api/admin/users/{admin.user_id}/totp"
    assert told(api.delete(path, headers=admin.headers)) == (409, "OWN_ACCOUNT")
    operator = as_operator(settings)
    assert told(api.delete(path, headers=operator)) == (204, "")
    assert told(api.delete(path, headers=operator)) == (409, "TOTP_NOT_SET_UP")
    unknown = "/api/admin/users/none/totp"
    assert told(api.delete(unknown, headers=operator)) == (404, "USER_NOT_FOUND")
    assert state(api, admin) == (False, 0)
    log_in(api, ADA)
    with reading() as session:
        [removed] = session.query(AuditEntry).filter_by(action="totp.removed")
    assert removed.target == f"user:{admin.user_id}"
    send_mails(app)
    mails = [mail.read_text() for mail in settings.path("mails").glob("*.eml")]
    assert sum("Subject: Your second factor was removed" in mail for mail in mails) == 1


def test_a_provider_does_not_replace_the_factor(app: Flask, api: FlaskClient, clock: Clock) -> None:
    person = sign_up(api, verified=True)
    ada = Identity("https://provider.example", "ada", ADA)
    identities.log_in(current_services(), COMMAND_LINE, ada, "")
    set_up(api, person, clock)
    for identity in (ada, replace(ada, subject="another")):
        found = identities.log_in(current_services(), COMMAND_LINE, identity, "")
        assert isinstance(found, NeedsFactor)
    assert len(logins.current(person.user_id)) == 1
    with reading() as session:
        assert session.query(UserIdentity).count() == 1


def test_a_deleted_account_leaves_no_factor(api: FlaskClient, clock: Clock) -> None:
    person = sign_up(api)
    set_up(api, person, clock)
    sent = {"current_password": PASSWORD}
    assert api.delete("/api/auth/me", json=sent, headers=person.headers).status_code == 204
    with db.engine.connect() as connection:
        for table in ("totp_factors", "recovery_codes"):
            assert connection.execute(text(f"SELECT count(*) FROM {table}")).scalar() == 0
