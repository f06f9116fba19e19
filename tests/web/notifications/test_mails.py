"""Mails are queued with what causes them, sent at least once, and say what they should."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text, update

from config.settings import Settings
from tasks.domain.failure import Failure
from tests.changed_settings import changed
from tests.services import smtp as smtp_server
from tests.services.smtp import SmtpServer
from tests.web.conftest import close
from tests.web.mails import send_mails
from tests.web.people import sign_up
from tests.web.webhooks.conftest import add_job
from web.accounts.mails import COMPOSERS
from web.accounts.notices import notify
from web.app import create_app
from web.control import outbox as outbox_of_events
from web.db.columns import now
from web.db.engine import db, reading, writing
from web.jobs import notices, transitions
from web.jobs.models import Job
from web.notifications import choices, delivery, outbox
from web.notifications.delivery import MOST_ATTEMPTS, Delivery
from web.notifications.mail import Mail, message
from web.notifications.models import QueuedMail
from web.services import current_services

URL = "https://videos.example.com"
LINK = f"{URL}/account#reset=one-time-secret"


@pytest.fixture
def smtp() -> Iterator[SmtpServer]:
    with SmtpServer() as server:
        yield server


@pytest.fixture
def app(settings: Settings, smtp: SmtpServer) -> Iterator[Flask]:
    app = create_app(changed(settings, public_url=URL, notifications={"smtp_url": smtp.url}))
    with app.app_context():
        yield app
    close(app)


def queue(mail: Mail) -> bool:
    with writing() as db:
        return outbox.add(db, current_services(), mail)


def stored() -> list[QueuedMail]:
    with reading() as db:
        return list(db.scalars(select(QueuedMail).order_by(QueuedMail.created_at)))


def test_a_mail_outlives_the_process_that_queued_it(
    app: Flask, settings: Settings, smtp: SmtpServer
) -> None:
    queue(Mail("ada@example.com", "Hello", "One.\n\nTwo."))
    close(app)
    other = create_app(changed(settings, notifications={"smtp_url": smtp.url}))
    send_mails(other)
    close(other)
    assert [mail["Subject"] for mail in smtp.mailbox.mails] == ["Hello"]


def test_a_mail_of_a_transaction_that_fails_is_not_sent(app: Flask, smtp: SmtpServer) -> None:
    def fail() -> None:
        with writing() as db:
            outbox.add(db, current_services(), Mail("ada@example.com", "Hello", "Hello"))
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    send_mails(app)
    assert smtp.mailbox.mails == []


def test_what_a_mail_says_is_encrypted_and_then_deleted(app: Flask, smtp: SmtpServer) -> None:
    queue(Mail("ada@example.com", "Hello", f"Open {LINK}", once="hello"))
    with db.engine.connect() as connection:
        row = connection.execute(text("SELECT * FROM mails")).mappings().one()
    assert "one-time-secret" not in str(dict(row))
    send_mails(app)
    [left] = stored()
    assert (left.sealed, left.address, left.due_at) == (None, "", None)
    assert left.sent_at is not None


def test_a_mail_without_a_name_leaves_nothing(app: Flask) -> None:
    queue(Mail("ada@example.com", "Hello", "Hello"))
    send_mails(app)
    assert stored() == []


def test_an_unknown_address_gets_a_row_and_no_mail(
    app: Flask, api: FlaskClient, smtp: SmtpServer
) -> None:
    sign_up(api)
    send_mails(app)
    smtp.mailbox.mails.clear()
    rows = []
    for email in ("ada@example.com", "eve@example.com"):
        api.post("/api/auth/password/forgot", json={"email": email})
        [row] = stored()
        rows.append((row.kind, row.template, row.user_id, row.sealed))
        send_mails(app)
        assert stored() == []
    assert rows[0] == rows[1]
    assert [mail["To"] for mail in smtp.mailbox.mails] == ["ada@example.com"]


def test_a_retry_sends_the_link_that_was_composed_first(
    app: Flask, api: FlaskClient, smtp: SmtpServer
) -> None:
    sign_up(api)
    send_mails(app)
    smtp.mailbox.refuse = ["451 Try again later"]
    api.post("/api/auth/password/forgot", json={"email": "ada@example.com"})
    sender = Delivery(current_services(), COMPOSERS, lambda _: None)
    assert sender.run_due(now() + timedelta(seconds=1)) == 1
    [row] = stored()
    composed = outbox.unsealed(current_services(), row)
    assert composed is not None
    assert row.attempts == 1
    send_mails(app)
    assert smtp.mailbox.token() in composed.text


def test_only_one_mail_is_queued_under_a_name(app: Flask, smtp: SmtpServer) -> None:
    mail = Mail("ada@example.com", "Low", "Low", once="credits_low:usr_1:2026-11")
    assert queue(mail)
    assert not queue(mail)
    send_mails(app)
    assert not queue(mail)
    assert len(smtp.mailbox.mails) == 1


def test_a_mail_that_is_refused_for_good_is_given_up_and_can_be_retried(
    app: Flask, smtp: SmtpServer
) -> None:
    smtp.mailbox.refuse = ["554 No"]
    queue(Mail("ada@example.com", "Hello", "Hello"))
    given_up: list[QueuedMail] = []
    send_mails(app, given_up)
    [row] = given_up
    assert row.error == "SMTPDataError"
    assert smtp.mailbox.mails == []
    delivery.retry(row.id)
    send_mails(app)
    assert len(smtp.mailbox.mails) == 1


def test_a_mail_that_ends_its_process_each_time_is_given_up(app: Flask, smtp: SmtpServer) -> None:
    queue(Mail("ada@example.com", "Hello", "Hello"))
    with writing() as db:
        db.execute(update(QueuedMail).values(attempts=MOST_ATTEMPTS))
    given_up: list[QueuedMail] = []
    send_mails(app, given_up)
    assert len(given_up) == 1
    assert smtp.mailbox.mails == []


def test_a_claimed_mail_is_due_again_after_its_process_has_ended(
    app: Flask, smtp: SmtpServer
) -> None:
    queue(Mail("ada@example.com", "Hello", "Hello"))
    with writing() as db:
        db.execute(update(QueuedMail).values(due_at=now() + delivery.CLAIM))
    sender = Delivery(current_services(), COMPOSERS, lambda _: None)
    assert sender.run_due() == 0
    assert sender.run_due(now() + delivery.CLAIM) == 1
    assert len(smtp.mailbox.mails) == 1


# --- what people want -----------------------------------------------------------------


def test_kinds_that_people_have_not_turned_on_are_not_queued(
    app: Flask, api: FlaskClient, smtp: SmtpServer
) -> None:
    person = sign_up(api, verified=True)
    send_mails(app)
    smtp.mailbox.mails.clear()
    services = current_services()
    with writing() as db:
        assert not notify(db, services, person.user_id, "Done", "Done", kind="job_ended")
        choices.choose(db, person.user_id, {"job_ended": True})
        assert notify(db, services, person.user_id, "Done", "Done", kind="job_ended")
    send_mails(app)
    assert [mail["Subject"] for mail in smtp.mailbox.mails] == ["Done"]


def test_a_kind_that_is_turned_off_before_the_mail_is_sent_is_not_sent(
    app: Flask, api: FlaskClient, smtp: SmtpServer
) -> None:
    person = sign_up(api, verified=True)
    send_mails(app)
    smtp.mailbox.mails.clear()
    with writing() as db:
        assert notify(db, current_services(), person.user_id, "Low", "Low", kind="credits_low")
        choices.choose(db, person.user_id, {"credits_low": False})
    send_mails(app)
    assert smtp.mailbox.mails == []


def test_an_address_that_is_not_verified_gets_no_notices(app: Flask, api: FlaskClient) -> None:
    person = sign_up(api)
    with writing() as db:
        assert not notify(db, current_services(), person.user_id, "Low", "Low", kind="credits_low")


# --- the message ----------------------------------------------------------------------


def test_a_subject_starts_no_other_header() -> None:
    mail = Mail("ada@example.com", "Hi\r\nBcc: eve@example.com\n\nbody\u2028x", "Hello")
    built = message(mail, "callsheet@example.com")
    assert built["Bcc"] is None
    assert built["Subject"] == "Hi Bcc: eve@example.com body x"


@pytest.mark.parametrize("address", ["a@example.com\r\nBcc: e@example.com", "a@example.com\nX: y"])
def test_an_address_starts_no_other_header(app: Flask, smtp: SmtpServer, address: str) -> None:
    queue(Mail(address, "Hello", "Hello"))
    given_up: list[QueuedMail] = []
    send_mails(app, given_up)
    assert smtp.mailbox.mails == []
    assert len(given_up) == 1


def test_html_says_the_same_and_contains_no_markup_of_others() -> None:
    said = f"The video “<script>alert(1)</script>” is ready.\n\nOpen {LINK}."
    built = message(Mail("ada@example.com", "Ready & done", said), "callsheet@example.com")
    html = built.get_body(("html",))
    assert html is not None
    content = html.get_content()
    assert "<script>" not in content
    assert f'<a href="{LINK}">{LINK}</a>.' in content
    assert smtp_server.text(built).strip() == said


def test_the_log_contains_no_link(
    app: Flask, smtp: SmtpServer, caplog: pytest.LogCaptureFixture
) -> None:
    smtp.mailbox.refuse = ["554 No"]
    queue(Mail("ada@example.com", "Hello", f"Open {LINK}"))
    with caplog.at_level("DEBUG"):
        send_mails(app)
    said = json.dumps([vars(one) for one in caplog.records if one.name != "mail.log"], default=str)
    assert "one-time-secret" not in said
    assert "ada@example.com" not in said


# --- turning kinds off ----------------------------------------------------------------


def test_people_choose_which_mails_they_receive(app: Flask, api: FlaskClient) -> None:
    person = sign_up(api, verified=True)
    first = api.get("/api/mails", headers=person.headers).json
    assert first["credits_low"]
    assert not first["job_ended"]
    wanted = {"job_ended": True, "credits_low": False}
    changed_to = api.patch("/api/mails", json=wanted, headers=person.headers).json
    assert changed_to == first | wanted
    refused = api.patch("/api/mails", json={"account": False}, headers=person.headers)
    assert refused.status_code == 422


def test_one_click_ends_a_kind_and_opening_the_link_does_not(
    app: Flask, api: FlaskClient, smtp: SmtpServer
) -> None:
    person = sign_up(api, verified=True)
    with writing() as db:
        notify(db, current_services(), person.user_id, "Low", "Low", kind="credits_low")
    send_mails(app)
    mail = next(one for one in smtp.mailbox.mails if one["Subject"] == "Low")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = mail["List-Unsubscribe"].strip("<>")
    assert address.startswith(f"{URL}/api/mails/unsubscribe/")
    assert f"{URL}/account#unsubscribe=" in smtp_server.text(mail)
    path = address.removeprefix(URL)
    opened = api.get(path)
    assert opened.status_code == 302
    assert opened.headers["Location"].startswith(f"{URL}/account#unsubscribe=")
    assert api.get("/api/mails", headers=person.headers).json["credits_low"]
    assert api.post(path, data={"List-Unsubscribe": "One-Click"}).status_code == 204
    assert not api.get("/api/mails", headers=person.headers).json["credits_low"]


@pytest.mark.parametrize("token", ["none", "AAAA", "é"])
def test_a_made_up_link_ends_nothing(app: Flask, api: FlaskClient, token: str) -> None:
    answer = api.post(f"/api/mails/unsubscribe/{token}")
    assert (answer.status_code, answer.json["error_code"]) == (400, "ACCOUNT_LINK_INVALID")


def test_mails_of_the_account_have_no_such_link(
    app: Flask, api: FlaskClient, smtp: SmtpServer
) -> None:
    sign_up(api)
    send_mails(app)
    assert smtp.mailbox.mails[-1]["List-Unsubscribe"] is None


# --- jobs -----------------------------------------------------------------------------


def test_the_end_of_a_job_is_told_to_those_who_want_it(
    app: Flask, api: FlaskClient, smtp: SmtpServer
) -> None:
    person = sign_up(api, verified=True)
    send_mails(app)
    smtp.mailbox.mails.clear()
    jobs = [add_job(person) for _ in range(3)]
    for job, wanted in zip(jobs, (False, True, True), strict=True):
        with writing() as db:
            choices.choose(db, person.user_id, {"job_ended": wanted})
            failed = Failure("NO_FACE", "No face was found.", retryable=False)
            transitions.fail(db, db.get_one(Job, job.id), failed, now())
        outbox_of_events.publish_pending(current_services())
    send_mails(app)
    told = [smtp_server.text(mail) for mail in smtp.mailbox.mails]
    assert [job.id in text for job, text in zip(jobs[1:], told, strict=True)] == [True, True]
    assert all("No face was found." in text for text in told)


def test_a_project_is_told_once_and_its_parts_are_not(
    app: Flask, api: FlaskClient, smtp: SmtpServer
) -> None:
    person = sign_up(api, verified=True)
    send_mails(app)
    smtp.mailbox.mails.clear()
    with writing() as db:
        choices.choose(db, person.user_id, {"job_ended": True})
    for kind in ("analysis", "clip", "project"):
        job = add_job(person)
        with writing() as db:
            row = db.get_one(Job, job.id)
            row.kind, row.project_id = kind, "prj_1"
            transitions.succeed(db, row, now())
        outbox_of_events.publish_pending(current_services())
    send_mails(app)
    (told,) = (smtp_server.text(mail) for mail in smtp.mailbox.mails)
    assert "/projects/prj_1" in told


def test_videos_that_expire_tomorrow_are_told_once_a_day(
    app: Flask, api: FlaskClient, smtp: SmtpServer
) -> None:
    person = sign_up(api, verified=True)
    send_mails(app)
    smtp.mailbox.mails.clear()
    keep = timedelta(days=current_services().settings.keep_days)
    for hours, title in ((12, "Soon"), (20, "Soon too"), (30, "Later")):
        job = add_job(person)
        with writing() as db:
            row = db.get_one(Job, job.id)
            row.state, row.title = "succeeded", title
            row.finished_at = now() - keep + timedelta(hours=hours)
    for _ in range(2):
        notices.expiring(current_services())
    send_mails(app)
    [mail] = smtp.mailbox.mails
    told = smtp_server.text(mail).replace("\r\n", "\n")
    assert "“Soon”\n“Soon too”" in told
    assert "Later" not in told
