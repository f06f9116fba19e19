"""What reaches people by mail: verification, forgotten passwords, and where mails go."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from config.settings import Settings
from tests.changed_settings import changed
from tests.services.smtp import SmtpServer, text
from tests.web.conftest import close
from tests.web.mails import send_mails
from tests.web.people import PASSWORD, log_in, sign_up
from web.accounts.models import OneTimeToken
from web.app import create_app
from web.db.columns import now
from web.db.engine import reading, writing
from web.notifications import transport
from web.notifications.mail import Mail, message

URL = "https://videos.example.com"


@pytest.fixture
def smtp() -> Iterator[SmtpServer]:
    with SmtpServer() as server:
        yield server


@pytest.fixture
def app(settings: Settings, smtp: SmtpServer) -> Iterator[Flask]:
    app = create_app(changed(settings, notifications={"smtp_url": smtp.url}, public_url=URL))
    with app.app_context():
        yield app
    close(app)


def sent(app: Flask, smtp: SmtpServer) -> Any:
    """The newest mail, when all are sent."""
    send_mails(app)
    return smtp.mailbox.mails[-1]


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json["error_code"]


def verify(api: FlaskClient, token: str) -> Any:
    return api.post("/api/auth/verify", json={"token": token})


def test_a_link_verifies_the_address_once(app: Flask, api: FlaskClient, smtp: SmtpServer) -> None:
    person = sign_up(api)
    assert not api.get("/api/auth/me", headers=person.headers).json["verified"]
    message = sent(app, smtp)
    assert message["To"] == "ada@example.com"
    assert f"{URL}/account#verify=" in text(message)
    token = smtp.mailbox.token()
    assert verify(api, token).json["verified"]
    assert api.get("/api/auth/me", headers=person.headers).json["verified"]
    assert code(verify(api, token)) == (400, "ACCOUNT_LINK_INVALID")
    with reading() as db:
        assert token not in str([vars(row) for row in db.query(OneTimeToken)])


def test_a_link_of_another_host_is_never_sent(
    app: Flask, api: FlaskClient, smtp: SmtpServer
) -> None:
    credentials = {"email": "ada@example.com", "password": PASSWORD}
    headers = {"Host": "evil.example", "X-Forwarded-Host": "evil.example"}
    api.post("/api/auth/register", json=credentials, headers=headers)
    assert "evil.example" not in sent(app, smtp).as_string()


def test_a_new_link_ends_the_earlier_one(app: Flask, api: FlaskClient, smtp: SmtpServer) -> None:
    person = sign_up(api)
    sent(app, smtp)
    first = smtp.mailbox.token()
    assert api.post("/api/auth/verify/resend", headers=person.headers).status_code == 202
    sent(app, smtp)
    assert code(verify(api, first)) == (400, "ACCOUNT_LINK_INVALID")
    assert verify(api, smtp.mailbox.token()).status_code == 200


def test_a_second_registration_is_told_to_the_owner_only(
    app: Flask, api: FlaskClient, smtp: SmtpServer
) -> None:
    sign_up(api, verified=True)
    sent(app, smtp)
    credentials = {"email": "ada@example.com", "password": "another good one"}
    again = api.post("/api/auth/register", json=credentials)
    new = api.post("/api/auth/register", json=credentials | {"email": "eve@example.com"})
    assert (again.status_code, again.json | {"email": ""}) == (201, new.json | {"email": ""})
    sent(app, smtp)
    to_ada = [one for one in smtp.mailbox.mails if one["To"] == "ada@example.com"]
    assert "already" in to_ada[-1]["Subject"]
    assert "verify=" not in text(to_ada[-1])


def test_a_forgotten_password_is_replaced_and_all_logins_end(
    app: Flask, api: FlaskClient, smtp: SmtpServer
) -> None:
    person = sign_up(api)
    for email in ("ada@example.com", "eve@example.com"):
        answer = api.post("/api/auth/password/forgot", json={"email": email})
        assert (answer.status_code, answer.data) == (202, b"")
    assert "Choose a new password" in sent(app, smtp)["Subject"]
    assert {one["To"] for one in smtp.mailbox.mails} == {"ada@example.com"}
    token = smtp.mailbox.token()
    # A link for one purpose serves no other one.
    assert code(verify(api, token)) == (400, "ACCOUNT_LINK_INVALID")
    wanted = {"token": token, "password": "a wholly new one"}
    assert api.post("/api/auth/password/reset", json=wanted).status_code == 204
    assert code(api.get("/api/auth/me", headers=person.headers)) == (401, "TOKEN_INVALID")
    refresh = {"refresh_token": person.refresh}
    assert code(api.post("/api/auth/refresh", json=refresh)) == (401, "REFRESH_TOKEN_INVALID")
    assert log_in(api, "ada@example.com", "a wholly new one")["user"]["verified"]
    assert code(api.post("/api/auth/password/reset", json=wanted)) == (400, "ACCOUNT_LINK_INVALID")


@pytest.mark.parametrize(("purpose", "lifetime"), [("verify", 24 * 3600), ("reset", 1800)])
def test_links_expire(
    app: Flask, api: FlaskClient, smtp: SmtpServer, purpose: str, lifetime: int
) -> None:
    sign_up(api)
    api.post("/api/auth/password/forgot", json={"email": "ada@example.com"})
    sent(app, smtp)
    [body] = [one for one in smtp.mailbox.mails if f"#{purpose}=" in text(one)]
    smtp.mailbox.mails.append(body)
    with writing() as db:
        [row] = db.query(OneTimeToken).filter_by(purpose=purpose)
        assert row.expires_at - row.created_at <= timedelta(seconds=lifetime + 1)
        row.expires_at = now() - timedelta(seconds=1)
    wanted = {"token": smtp.mailbox.token()}
    path = "verify" if purpose == "verify" else "password/reset"
    extra = {} if purpose == "verify" else {"password": "a wholly new one"}
    answer = api.post(f"/api/auth/{path}", json=wanted | extra)
    assert code(answer) == (400, "ACCOUNT_LINK_INVALID")


def test_a_changed_address_counts_when_its_link_is_opened(
    app: Flask, api: FlaskClient, smtp: SmtpServer
) -> None:
    person = sign_up(api, verified=True)
    change = {"email": "ada@new.example.com", "current_password": PASSWORD}
    answer = api.patch("/api/auth/me", json=change, headers=person.headers)
    assert (answer.status_code, answer.json["email"]) == (200, "ada@example.com")
    assert sent(app, smtp)["To"] == "ada@new.example.com"
    assert verify(api, smtp.mailbox.token()).json["email"] == "ada@new.example.com"


def test_an_address_of_another_account_cannot_be_taken(
    app: Flask, api: FlaskClient, smtp: SmtpServer
) -> None:
    person = sign_up(api, verified=True)
    change = {"email": "bob@example.com", "current_password": PASSWORD}
    api.patch("/api/auth/me", json=change, headers=person.headers)
    sent(app, smtp)
    token = smtp.mailbox.token()
    sign_up(api, "bob@example.com")
    assert code(verify(api, token)) == (400, "ACCOUNT_LINK_INVALID")


# --- where mails go -------------------------------------------------------------------


def test_capabilities_say_whether_addresses_are_verified(app: Flask, settings: Settings) -> None:
    plain = create_app(settings)
    told = [
        one.test_client().get("/capabilities").json["accounts"]["verification"]
        for one in (app, plain)
    ]
    assert told == [True, False]
    close(plain)


def test_without_a_mail_server_mails_are_private_files(settings: Settings) -> None:
    app = create_app(settings)
    api = app.test_client()
    answer = api.post("/api/auth/register", json={"email": "a@example.com", "password": PASSWORD})
    assert answer.json["verification"] == "off"
    api.post("/api/auth/password/forgot", json={"email": "a@example.com"})
    send_mails(app)
    [path] = settings.path("mails").iterdir()
    assert "/account#reset=" in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    close(app)


def test_a_mail_that_is_refused_for_now_is_sent_again(
    app: Flask, api: FlaskClient, smtp: SmtpServer
) -> None:
    smtp.mailbox.refuse = ["451 Try again later", "451 Try again later"]
    sign_up(api)
    assert sent(app, smtp)["To"] == "ada@example.com"


@pytest.mark.filterwarnings("ignore:Requiring AUTH")  # on the loopback interface
def test_the_password_of_the_mail_server_is_used_and_not_logged(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    with SmtpServer(login="callsheet:s3cretword") as server:
        mail = message(Mail("a@example.com", "Hi", "Hello"), settings.notifications.mail_from)
        transport.send(changed(settings, notifications={"smtp_url": server.url}), mail)
        assert server.mailbox.mails[0]["From"] == settings.notifications.mail_from
    assert "s3cretword" not in caplog.text
