"""Wrong codes of a second factor: how many there may be in an hour, and who hears of it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient

from config.settings import Settings
from tests.web.conftest import close
from tests.web.mails import send_mails
from tests.web.people import PASSWORD, Person, sign_up
from web.accounts import attempts, codes
from web.app import create_app
from web.audit.models import AuditEntry
from web.db import columns
from web.db.engine import reading
from web.services import current_services

ADA = "ada@example.com"
INVALID, BLOCKED = (401, "SECOND_FACTOR_INVALID"), (429, "TOO_MANY_CODES")


class Clock:
    """The time that the limit sees."""

    def __init__(self) -> None:
        self.moment = columns.now()

    def __call__(self) -> datetime:
        return self.moment


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(codes, "now", found)
    monkeypatch.setattr(attempts, "PER_ACCOUNT", 1000)
    monkeypatch.setattr(attempts, "PER_ADDRESS", 1000)
    return found


def set_up(api: FlaskClient, person: Person) -> tuple[pyotp.TOTP, list[str]]:
    sent = {"current_password": PASSWORD}
    begun = api.post("/api/auth/totp", json=sent, headers=person.headers).json
    app = pyotp.TOTP(begun["secret"])
    confirmed = api.post("/api/auth/totp/confirm", json={"code": app.now()}, headers=person.headers)
    return app, confirmed.json["recovery_codes"]


def try_login(api: FlaskClient, code: str, password: str = PASSWORD) -> Any:
    return api.post("/api/auth/login", json={"email": ADA, "password": password, "code": code})


def told(answer: Any) -> tuple[int, str]:
    return answer.status_code, (answer.get_json(silent=True) or {}).get("error_code", "")


def alerts(app: Flask) -> int:
    send_mails(app)
    mails = current_services().settings.path("mails").glob("*.eml")
    return sum("Subject: Too many wrong codes" in mail.read_text() for mail in mails)


def test_ten_wrong_codes_in_an_hour_block_all_codes_until_it_has_passed(
    app: Flask, api: FlaskClient, clock: Clock
) -> None:
    _, (first, second, third, *_) = set_up(api, sign_up(api))
    guesses = [told(try_login(api, code)) for code in ("000000", "wrong-recovery-code") * 4]
    assert guesses == [INVALID] * 8
    assert try_login(api, first).status_code == 200
    assert told(try_login(api, first)) == INVALID, "a right code does not forget the wrong ones"
    assert alerts(app) == 0
    clock.moment += timedelta(minutes=20)
    blocked = try_login(api, "000000")
    assert told(blocked) == BLOCKED
    assert blocked.headers["Retry-After"] == "2400"
    assert told(try_login(api, second)) == BLOCKED, "a right one, too"
    assert told(try_login(api, second, "wrong password")) == (401, "LOGIN_FAILED")
    assert alerts(app) == 1
    with reading() as db:
        [entry] = db.query(AuditEntry).filter_by(action="codes.blocked")
    assert entry.target.startswith("user:")
    clock.moment += timedelta(minutes=40)
    assert try_login(api, third).status_code == 200
    assert [told(try_login(api, "000000")) for _ in range(10)] == [*[INVALID] * 9, BLOCKED]
    assert alerts(app) == 2


def test_codes_for_changes_count_too_and_are_kept_when_the_change_is_refused(
    api: FlaskClient,
) -> None:
    person = sign_up(api)
    _, recovery = set_up(api, person)
    sent = {"current_password": PASSWORD, "code": "000000"}

    def change(number: int) -> Any:
        if number % 2:
            return api.delete("/api/auth/totp", json=sent, headers=person.headers)
        return api.post("/api/auth/totp/recovery-codes", json=sent, headers=person.headers)

    assert [told(change(number)) for number in range(10)] == [*[INVALID] * 9, BLOCKED]
    assert told(try_login(api, recovery[0])) == BLOCKED


def test_requests_at_the_same_time_cannot_exceed_the_limit(either: Settings) -> None:
    app = create_app(replace(either))
    with app.app_context(), ThreadPoolExecutor(4) as crowd:
        api = app.test_client()
        set_up(api, sign_up(api))

        def guess(_: int) -> tuple[int, str]:
            return told(try_login(app.test_client(), "000000"))

        outcomes = list(crowd.map(guess, range(14)))
        assert sorted(outcomes) == [INVALID] * 9 + [BLOCKED] * 5
        assert alerts(app) == 1
    close(app)
