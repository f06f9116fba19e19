"""Webhooks belong to their user, and lead only where they may."""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
import standardwebhooks
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, text

from config.settings import Settings
from tests.changed_settings import changed
from tests.services.webhook_receiver import WebhookReceiver
from tests.web.conftest import close
from tests.web.people import Person, sign_up
from tests.web.samples import picture
from tests.web.webhooks.conftest import Deliver, add_job, add_webhook, end_of, happen
from web.accounts.models import User
from web.app import create_app
from web.control import outbox
from web.db.columns import now
from web.db.engine import db, reading, writing
from web.jobs import transitions
from web.jobs.models import Job
from web.services import current_services
from web.webhooks import registry
from web.webhooks.models import Webhook, WebhookDelivery

URL = "https://hooks.example.com/callsheet"


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json["error_code"]


def test_a_secret_is_shown_once_and_stored_encrypted(
    app: Flask, api: FlaskClient, person: Person
) -> None:
    made = add_webhook(api, person, URL, description="Ours")
    assert made["secret"].startswith("whsec_")
    shown = {key: value for key, value in made.items() if key != "secret"}
    listed = api.get("/api/webhooks", headers=person.headers)
    assert listed.json["webhooks"] == [shown]
    assert api.get(f"/api/webhooks/{made['id']}", headers=person.headers).json == shown
    with db.engine.connect() as connection:
        rows = str(connection.execute(text("SELECT * FROM webhooks")).all())
    assert made["secret"].removeprefix("whsec_") not in rows


def test_a_webhook_is_changed_and_deleted(
    app: Flask, api: FlaskClient, person: Person, receiver: WebhookReceiver, deliver: Deliver
) -> None:
    made = add_webhook(api, person, receiver.url("/old"))
    address = f"/api/webhooks/{made['id']}"
    wanted = {"url": receiver.url("/new"), "events": ["pipeline_failed", "pipeline_completed"]}
    answer = api.patch(address, json=wanted, headers=person.headers)
    assert answer.json["events"] == ["pipeline_completed", "pipeline_failed"]
    job = add_job(person)
    happen(end_of(job))
    deliver()
    assert [one.path for one in receiver.received] == ["/new"]
    answer = api.patch(address, json={"enabled": False}, headers=person.headers)
    assert answer.json["disabled_reason"] == "user"
    happen(end_of(job, 2))
    deliver()
    assert len(receiver.received) == 1
    assert api.delete(address, headers=person.headers).status_code == 204
    assert code(api.get(address, headers=person.headers)) == (404, "WEBHOOK_NOT_FOUND")
    with reading() as db:
        assert db.query(WebhookDelivery).count() == 0


def test_webhooks_of_others_do_not_exist(app: Flask, api: FlaskClient, person: Person) -> None:
    made = add_webhook(api, person, URL)
    eve = sign_up(api, "eve@example.com", verified=True)
    path = f"/api/webhooks/{made['id']}"
    since = {"since": "2026-01-01T00:00:00Z"}
    for method, address, sent in (
        ("GET", path, None),
        ("PATCH", path, {"enabled": False}),
        ("DELETE", path, None),
        ("POST", f"{path}/rotate-secret", None),
        ("POST", f"{path}/test", None),
        ("GET", f"{path}/deliveries", None),
        ("POST", f"{path}/deliveries/dlv_1/redeliver", None),
        ("POST", f"{path}/replay", since),
    ):
        answer = api.open(address, method=method, json=sent, headers=eve.headers)
        assert code(answer) == (404, "WEBHOOK_NOT_FOUND"), address
    own = add_webhook(api, eve, URL)
    happen(end_of(add_job(person)))
    with reading() as db:
        [delivery] = db.query(WebhookDelivery)
    taken = f"/api/webhooks/{own['id']}/deliveries/{delivery.id}/redeliver"
    answer = api.post(taken, headers=eve.headers)
    assert code(answer) == (404, "WEBHOOK_DELIVERY_NOT_FOUND")


def test_a_key_needs_the_scope(app: Flask, api: FlaskClient, person: Person) -> None:
    keys = {}
    for scope in ("webhooks", "jobs:write"):
        sent = {"name": scope, "scopes": [scope]}
        keys[scope] = api.post("/api/keys", json=sent, headers=person.headers).json["key"]
    for scope, status in (("webhooks", 200), ("jobs:write", 403)):
        answer = api.get("/api/webhooks", headers={"X-API-Key": keys[scope]})
        assert answer.status_code == status
    made = api.post("/api/webhooks", json={"url": URL}, headers={"X-API-Key": keys["webhooks"]})
    assert made.status_code == 201


def test_the_number_of_webhooks_is_limited(
    app: Flask, api: FlaskClient, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "MOST", 2)
    for _ in range(2):
        add_webhook(api, person, URL)
    answer = api.post("/api/webhooks", json={"url": URL}, headers=person.headers)
    assert code(answer) == (409, "WEBHOOKS_LIMIT")
    add_webhook(api, sign_up(api, "eve@example.com", verified=True), URL)


@pytest.mark.parametrize(
    "url",
    [
        *("https://user:pw@hooks.example.com/", "ftp://x.example/"),
        *("https://10.0.0.1/", "https://[64:ff9b::a00:1]/", "https://169.254.169.254/", "hooks"),
    ],
)
def test_urls_that_lead_elsewhere_are_refused(
    app: Flask, api: FlaskClient, person: Person, url: str
) -> None:
    answer = api.post("/api/webhooks", json={"url": url}, headers=person.headers)
    assert code(answer) == (422, "WEBHOOK_URL_REFUSED")
    made = add_webhook(api, person, URL)
    change = api.patch(f"/api/webhooks/{made['id']}", json={"url": url}, headers=person.headers)
    assert code(change) == (422, "WEBHOOK_URL_REFUSED")


@pytest.mark.parametrize(
    "sent",
    [{}, {"url": URL, "events": []}, {"url": URL, "events": ["progress_update"]}, {"url": 3}],
)
def test_invalid_requests_are_refused(
    app: Flask, api: FlaskClient, person: Person, sent: dict[str, Any]
) -> None:
    answer = api.post("/api/webhooks", json=sent, headers=person.headers)
    assert code(answer) == (422, "VALIDATION_FAILED")


@pytest.fixture
def guarded(settings: Settings) -> Iterator[FlaskClient]:
    """A server that verifies addresses and lets webhooks lead to public addresses only."""
    notifications = {"webhook_loopback": "", "smtp_url": "smtp://127.0.0.1:9"}
    app = create_app(changed(settings, notifications=notifications))
    with app.app_context():
        yield app.test_client()
    close(app)


def test_this_machine_is_refused_by_default(guarded: FlaskClient) -> None:
    person = sign_up(guarded, verified=True)
    for url in (
        "https://127.0.0.1/",
        "http://127.0.0.1/",
        "https://[::1]/",
        "http://a.example.com/",
    ):
        answer = guarded.post("/api/webhooks", json={"url": url}, headers=person.headers)
        assert code(answer) == (422, "WEBHOOK_URL_REFUSED")


def test_an_address_must_be_verified_first(guarded: FlaskClient) -> None:
    person = sign_up(guarded)
    answer = guarded.post("/api/webhooks", json={"url": URL}, headers=person.headers)
    assert code(answer) == (403, "EMAIL_NOT_VERIFIED")


def test_webhooks_go_with_their_user(app: Flask, api: FlaskClient, person: Person) -> None:
    add_webhook(api, person, URL)
    with writing() as db:
        db.execute(delete(User))
        assert db.query(Webhook).count() == 0


# --- the webhook of a job -------------------------------------------------------------


def open_session(api: FlaskClient, person: Person | None) -> dict[str, str]:
    headers = person.headers if person else {}
    session = api.post("/session/create", json={"user_id": "ada"}, headers=headers).json[
        "session_id"
    ]
    headers = headers | {"X-Session-ID": session}
    face = {"session_id": session, "file": (BytesIO(picture()), "me.png")}
    assert api.post("/upload/face", data=face, headers=headers).status_code == 201
    return headers


def start(api: FlaskClient, headers: dict[str, str], url: str, **more: str) -> Any:
    sent = {"session_id": headers["X-Session-ID"], "script": "Hello.", "webhook_url": url}
    return api.post("/process/start", json=sent, headers=headers | more)


def test_the_webhook_of_a_job_receives_its_end_only(
    app: Flask, api: FlaskClient, person: Person, receiver: WebhookReceiver, deliver: Deliver
) -> None:
    headers = open_session(api, person)
    answer = start(api, headers, receiver.url())
    assert answer.status_code == 202, answer.text
    webhook = answer.json["webhook"]
    assert api.get("/api/webhooks", headers=person.headers).json["webhooks"] == []
    with reading() as db:
        job = db.get_one(Job, answer.json["job_id"])
    happen(end_of(add_job(person), 1), end_of(job, 2))
    deliver()
    [received] = receiver.received
    payload = standardwebhooks.Webhook(webhook["secret"]).verify(received.body, received.headers)
    assert payload["job_id"] == job.id
    shown = api.get(f"/api/webhooks/{webhook['id']}", headers=person.headers).json
    assert shown["job_id"] == job.id


def test_the_form_of_the_first_design_takes_a_webhook(
    api: FlaskClient, person: Person, receiver: WebhookReceiver
) -> None:
    def send(url: str, headers: dict[str, str]) -> Any:
        form = {"user_id": "ada", "script": "Hello.", "webhook_url": url}
        form["face_image"] = (BytesIO(picture()), "me.png")  # type: ignore[assignment]
        return api.post("/api/start-processing", data=form, headers=headers)

    started = send(receiver.url(), person.headers)
    assert started.status_code == 202, started.text
    address = f"/api/webhooks/{started.json['webhook']['id']}"
    assert api.get(address, headers=person.headers).json["job_id"] == started.json["job_id"]
    with reading() as db:
        before = db.query(Job).count()
    refused = send("https://10.0.0.1/", person.headers)
    assert (refused.status_code, refused.json["error_code"]) == (422, "WEBHOOK_URL_REFUSED")
    assert send(receiver.url(), {}).json["error_code"] == "LOGIN_REQUIRED"
    with reading() as db:
        assert db.query(Job).count() == before


def test_a_repeated_start_has_one_webhook(
    app: Flask, api: FlaskClient, person: Person, receiver: WebhookReceiver
) -> None:
    headers, key = open_session(api, person), {"Idempotency-Key": "one"}
    first, again = (start(api, headers, receiver.url(), **key) for _ in range(2))
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json["webhook"] == again.json["webhook"]
    other = start(api, headers, receiver.url("/other"), **key)
    assert code(other)[1] == "IDEMPOTENCY_KEY_REUSED"
    with reading() as db:
        assert db.query(Webhook).count() == 1


def test_a_job_without_a_user_has_no_webhook(app: Flask, api: FlaskClient) -> None:
    answer = start(api, open_session(api, None), URL)
    assert code(answer) == (401, "LOGIN_REQUIRED")


def test_a_job_with_a_wrong_url_is_not_started(
    app: Flask, api: FlaskClient, person: Person
) -> None:
    answer = start(api, open_session(api, person), "https://10.0.0.1/")
    assert code(answer) == (422, "WEBHOOK_URL_REFUSED")
    with reading() as db:
        assert db.query(Job).count() == 0


def test_the_end_of_a_job_and_its_message_are_one_transaction(
    app: Flask, api: FlaskClient, person: Person
) -> None:

    add_webhook(api, person, URL)
    job = add_job(person)
    with writing() as db:
        transitions.cancel(db, db.get_one(Job, job.id), now())
    [event] = outbox.publish_pending(current_services())
    assert outbox.publish_pending(current_services()) == []
    with reading() as db:
        [delivery] = db.query(WebhookDelivery)
    assert (delivery.event_id, delivery.event_type) == (event.event_id, "pipeline_cancelled")
    assert json.dumps(delivery.payload)
