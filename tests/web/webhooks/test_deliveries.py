"""Messages reach their receivers: signed, at least once, again after failures."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import standardwebhooks
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from tasks.domain.events import EventType
from tests.services.webhook_receiver import Received, Reply, WebhookReceiver
from tests.web.people import Person, sign_up
from tests.web.webhooks.conftest import (
    Deliver,
    add_job,
    add_webhook,
    end_of,
    happen,
    record,
)
from web.db.columns import now
from web.db.engine import reading, writing
from web.notifications.models import QueuedMail
from web.webhooks import deliverer as deliveries_in_threads
from web.webhooks import outcomes
from web.webhooks.deliverer import Deliverer
from web.webhooks.models import Webhook, WebhookDelivery


def listed(api: FlaskClient, person: Person, webhook: dict[str, Any]) -> list[dict[str, Any]]:
    address = f"/api/webhooks/{webhook['id']}/deliveries"
    found: list[dict[str, Any]] = api.get(address, headers=person.headers).json["deliveries"]
    return found


def state(api: FlaskClient, person: Person, webhook: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = api.get(f"/api/webhooks/{webhook['id']}", headers=person.headers).json
    return found


def ask(api: FlaskClient, person: Person, webhook: dict[str, Any], what: str, **more: Any) -> Any:
    return api.post(f"/api/webhooks/{webhook['id']}/{what}", headers=person.headers, **more)


def make_due() -> None:
    """Let the pauses before all retries pass."""
    with writing() as db:
        pending = update(WebhookDelivery).where(WebhookDelivery.due_at.is_not(None))
        db.execute(pending.values(due_at=now()))


def verify(received: Received, secret: str) -> Any:
    return standardwebhooks.Webhook(secret).verify(received.body, received.headers)


def test_an_event_is_delivered_signed_and_as_documented(
    app: Flask, api: FlaskClient, person: Person, receiver: WebhookReceiver, deliver: Deliver
) -> None:
    webhook = add_webhook(api, person, receiver.url())
    job = add_job(person)
    assert happen(end_of(job))
    deliver()
    [received] = receiver.received
    payload = verify(received, webhook["secret"])
    assert received.headers["webhook-id"] == payload["event_id"] == "1795240500001-0"
    assert (payload["event_type"], payload["job_id"]) == ("pipeline_completed", job.id)
    assert abs(int(received.headers["webhook-timestamp"]) - datetime.now(UTC).timestamp()) < 60
    assert received.headers["content-type"] == "application/json"
    assert b"secret-host" not in received.body
    [delivery] = listed(api, person, webhook)
    assert (delivery["state"], delivery["attempts"][0]["status"]) == ("delivered", 204)
    assert delivery["payload"] == payload


def test_another_secret_and_a_changed_body_do_not_verify(
    app: Flask, api: FlaskClient, person: Person, receiver: WebhookReceiver, deliver: Deliver
) -> None:
    webhook = add_webhook(api, person, receiver.url())
    other = add_webhook(api, person, receiver.url("/other"))
    happen(end_of(add_job(person)))
    deliver()
    received = next(one for one in receiver.received if one.path == "/hook")
    wrong = standardwebhooks.WebhookVerificationError
    with pytest.raises(wrong):
        verify(received, other["secret"])
    changed = replace(received, body=received.body.replace(b"ready", b"READY"))
    with pytest.raises(wrong):
        verify(changed, webhook["secret"])


def test_after_a_rotation_both_secrets_verify_for_a_day(
    app: Flask, api: FlaskClient, person: Person, receiver: WebhookReceiver, deliver: Deliver
) -> None:
    webhook = add_webhook(api, person, receiver.url())
    rotated = ask(api, person, webhook, "rotate-secret").json
    until = datetime.fromisoformat(rotated["previous_secret_valid_until"])
    assert timedelta(hours=23) < until - now() <= timedelta(hours=24)
    ask(api, person, webhook, "test")
    deliver()
    for secret in (webhook["secret"], rotated["secret"]):
        assert verify(receiver.received[0], secret)["event_type"] == "webhook.test"
    with writing() as db:
        db.execute(update(Webhook).values(previous_until=now() - timedelta(seconds=1)))
    ask(api, person, webhook, "test")
    deliver()
    assert verify(receiver.received[1], rotated["secret"])
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        verify(receiver.received[1], webhook["secret"])


def test_only_the_events_and_the_owner_of_a_webhook_count(
    app: Flask, api: FlaskClient, person: Person, receiver: WebhookReceiver, deliver: Deliver
) -> None:
    add_webhook(api, person, receiver.url(), events=["pipeline_failed"])
    other = add_job(sign_up(api, "eve@example.com", verified=True))
    job = add_job(person)
    events = [end_of(job, 1), end_of(job, 2, EventType.PIPELINE_FAILED)]
    happen(*events, end_of(other, 3, EventType.PIPELINE_FAILED))
    deliver()
    assert [one.headers["webhook-id"] for one in receiver.received] == [events[1].event_id]


def test_an_event_that_is_recorded_twice_is_one_message(
    app: Flask, api: FlaskClient, person: Person, receiver: WebhookReceiver, deliver: Deliver
) -> None:
    add_webhook(api, person, receiver.url())
    event = end_of(add_job(person))
    happen(event)
    happen(event)
    deliver()
    assert len(receiver.received) == 1


# --- failures -------------------------------------------------------------------------


@pytest.mark.parametrize("status", [301, 302, 400, 404, 429, 500, 503])
def test_everything_but_success_is_tried_again(
    app: Flask,
    api: FlaskClient,
    person: Person,
    receiver: WebhookReceiver,
    deliver: Deliver,
    status: int,
) -> None:
    webhook = add_webhook(api, person, receiver.url())
    receiver.reply = lambda _: Reply(status, body=b"no" * 2000)
    happen(end_of(add_job(person)))
    deliver()
    [delivery] = listed(api, person, webhook)
    [attempt] = delivery["attempts"]
    assert delivery["state"] == "pending"
    assert attempt["answer"] == "no" * 512
    due = datetime.fromisoformat(delivery["next_attempt_at"])
    assert due - datetime.fromisoformat(attempt["at"]) == timedelta(seconds=5)


def test_retries_follow_their_schedule_and_then_end(
    app: Flask, api: FlaskClient, person: Person, receiver: WebhookReceiver, deliver: Deliver
) -> None:
    webhook = add_webhook(api, person, receiver.url())
    receiver.reply = lambda _: Reply(500)
    happen(end_of(add_job(person)))
    pauses = []
    for _ in range(8):
        deliver()
        [delivery] = listed(api, person, webhook)
        if delivery["next_attempt_at"]:
            last = datetime.fromisoformat(delivery["attempts"][-1]["at"])
            pauses.append(datetime.fromisoformat(delivery["next_attempt_at"]) - last)
        make_due()
    seconds = [5, 300, 1800, 7200, 18000, 36000, 36000]
    assert pauses == [timedelta(seconds=one) for one in seconds]
    assert (delivery["state"], len(receiver.received)) == ("failed", 8)
    assert {one.headers["webhook-id"] for one in receiver.received} == {delivery["event_id"]}
    deliver()
    assert len(receiver.received) == 8


def test_a_pause_that_the_receiver_asks_for_is_kept(
    app: Flask, api: FlaskClient, person: Person, receiver: WebhookReceiver, deliver: Deliver
) -> None:
    webhook = add_webhook(api, person, receiver.url())
    receiver.reply = lambda _: Reply(503, {"Retry-After": "120"})
    happen(end_of(add_job(person)))
    deliver()
    [delivery] = listed(api, person, webhook)
    last = datetime.fromisoformat(delivery["attempts"][0]["at"])
    assert datetime.fromisoformat(delivery["next_attempt_at"]) - last == timedelta(seconds=120)


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Reply(410), "gone"),
        (Reply(200, {"webhook-delivery": "disable"}), "asked"),
        (Reply(500, {"Webhook-Delivery": "Disable"}), "asked"),
    ],
)
def test_a_receiver_that_wants_no_more_messages_gets_none(
    app: Flask,
    api: FlaskClient,
    person: Person,
    receiver: WebhookReceiver,
    deliver: Deliver,
    reply: Reply,
    reason: str,
) -> None:
    webhook = add_webhook(api, person, receiver.url())
    receiver.reply = lambda _: reply
    job = add_job(person)
    happen(end_of(job))
    deliver()
    happen(end_of(job, 2))
    make_due()
    deliver()
    assert len(receiver.received) == 1
    found = state(api, person, webhook)
    assert (found["enabled"], found["disabled_reason"]) == (False, reason)
    with reading() as db:
        mails = list(db.scalars(select(QueuedMail).where(QueuedMail.kind == "webhook_disabled")))
    assert [mail.address for mail in mails] == [person.email]
    assert ask(api, person, webhook, "test").json["error_code"] == "WEBHOOK_DISABLED"


def test_five_days_of_failures_disable_and_a_success_in_between_does_not(
    app: Flask, api: FlaskClient, person: Person, receiver: WebhookReceiver, deliver: Deliver
) -> None:
    webhook = add_webhook(api, person, receiver.url())
    job = add_job(person)

    def fail(number: int, days: float) -> None:
        receiver.reply = lambda _: Reply(500)
        happen(end_of(job, number))
        deliver()
        with writing() as db:
            db.execute(update(Webhook).values(failing_since=now() - timedelta(days=days)))

    fail(1, 4.9)
    receiver.reply = lambda _: Reply(200)
    happen(end_of(job, 2))
    deliver()
    assert state(api, person, webhook)["failing_since"] is None
    fail(3, 4.9)
    fail(4, 5.1)
    assert state(api, person, webhook)["enabled"]
    fail(5, 5.1)
    found = state(api, person, webhook)
    assert (found["enabled"], found["disabled_reason"]) == (False, "failing")


def test_a_recovery_is_an_event_of_its_own(
    app: Flask, api: FlaskClient, person: Person, receiver: WebhookReceiver, deliver: Deliver
) -> None:
    webhook = add_webhook(
        api, person, receiver.url(), events=["pipeline_completed", "attempt.recovered"]
    )
    job = add_job(person)
    receiver.reply = lambda _: Reply(500)
    happen(end_of(job))
    deliver()
    receiver.reply = lambda _: Reply(200)
    make_due()
    deliver()
    deliver()
    recovered = json.loads(receiver.received[-1].body)
    assert recovered["event_type"] == "attempt.recovered"
    assert recovered["details"]["webhook_id"] == webhook["id"]
    assert recovered["details"]["failed_attempts"] == 1
    happen(end_of(job, 2))
    deliver()
    assert len(receiver.received) == 4


# --- again ----------------------------------------------------------------------------


def test_a_message_is_redelivered_with_the_same_id(
    app: Flask, api: FlaskClient, person: Person, receiver: WebhookReceiver, deliver: Deliver
) -> None:
    webhook = add_webhook(api, person, receiver.url())
    happen(end_of(add_job(person)))
    deliver()
    [delivery] = listed(api, person, webhook)
    answer = ask(api, person, webhook, f"deliveries/{delivery['id']}/redeliver")
    assert answer.status_code == 202
    deliver()
    assert len({one.headers["webhook-id"] for one in receiver.received}) == 1
    assert [len(one["attempts"]) for one in listed(api, person, webhook)] == [2]


def test_replay_sends_what_failed_and_what_was_missed(
    app: Flask, api: FlaskClient, person: Person, receiver: WebhookReceiver, deliver: Deliver
) -> None:
    webhook = add_webhook(api, person, receiver.url())
    job = add_job(person)
    happen(end_of(job, 1))
    deliver()
    receiver.reply = lambda _: Reply(410)
    happen(end_of(job, 2))
    deliver()
    record(end_of(job, 1), end_of(job, 2), end_of(job, 3))
    since = {"since": (now() - timedelta(hours=1)).isoformat()}
    assert ask(api, person, webhook, "replay", json=since).status_code == 409
    receiver.reply = lambda _: Reply()
    receiver.received.clear()
    address = f"/api/webhooks/{webhook['id']}"
    api.patch(address, json={"enabled": True}, headers=person.headers)
    answer = ask(api, person, webhook, "replay", json=since)
    assert (answer.status_code, answer.json) == (202, {"messages": 2})
    deliver()
    sent = sorted(one.headers["webhook-id"] for one in receiver.received)
    assert sent == [end_of(job, 2).event_id, end_of(job, 3).event_id]
    assert ask(api, person, webhook, "replay", json=since).json == {"messages": 0}


# --- many at once ---------------------------------------------------------------------


def test_a_receiver_that_hangs_delays_no_other(
    app: Flask,
    api: FlaskClient,
    person: Person,
    receiver: WebhookReceiver,
    deliverer: Deliverer,
) -> None:
    for number in range(10):
        add_webhook(api, person, receiver.url(f"/hang/{number}"))
    add_webhook(api, person, receiver.url("/healthy"))
    receiver.reply = lambda one: Reply(hang=one.path.startswith("/hang"))
    job = add_job(person)
    happen(*(end_of(job, number) for number in range(50)))
    healthy: list[Received] = []
    while len(healthy) < 50:
        deliverer.turn()
        deliverer.wake_event.wait(10)
        deliverer.wake_event.clear()
        healthy = [one for one in receiver.received if one.path == "/healthy"]
    hanging = [one for one in receiver.received if one.path.startswith("/hang")]
    assert len(hanging) == 10
    receiver.ending.set()


def test_what_a_process_was_sending_when_it_ended_is_sent_by_the_next_one(
    app: Flask, api: FlaskClient, person: Person, receiver: WebhookReceiver, deliverer: Deliverer
) -> None:
    add_webhook(api, person, receiver.url())
    happen(end_of(add_job(person)))
    with writing() as db:
        claimed = update(WebhookDelivery)
        db.execute(claimed.values(claimed=True, due_at=now() + deliveries_in_threads.CLAIM))
    assert deliverer.turn() == 0
    deliverer.take_over()
    assert deliverer.turn() == 1
    receiver.wait_for(1)


def test_a_claim_is_longer_than_an_attempt() -> None:
    assert timedelta(seconds=2 * 15) < deliveries_in_threads.CLAIM
    assert sum(outcomes.RETRIES, timedelta()) < outcomes.FAILING_FOR
