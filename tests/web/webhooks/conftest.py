"""A user with webhooks, and https servers that receive them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from config.settings import Settings
from tasks.domain.events import Event, EventType, id_order
from tasks.outbound.addresses import Reach
from tasks.outbound.client import GuardedClient
from tests.changed_settings import changed
from tests.services.tls import Authority, authority
from tests.services.waiting import until
from tests.services.webhook_receiver import WebhookReceiver
from tests.web.people import Person, sign_up
from web.db.engine import writing
from web.events.models import LedgerEvent
from web.jobs.models import Job
from web.services import current_services
from web.sessions.models import UserSession
from web.webhooks.deliverer import Deliverer
from web.webhooks.queueing import queue


@pytest.fixture(scope="session")
def trusted(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return authority(Path(tmp_path_factory.mktemp("tls")))


@pytest.fixture
def receiver(trusted: Authority) -> Iterator[WebhookReceiver]:
    with WebhookReceiver(trusted.server()) as server:
        yield server


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return changed(settings, notifications={"webhook_loopback": "1"})


@pytest.fixture
def person(api: FlaskClient) -> Person:
    return sign_up(api, verified=True)


@pytest.fixture
def deliverer(app: Flask, trusted: Authority) -> Iterator[Deliverer]:
    client = GuardedClient(Reach(loopback=True), tls=trusted.client())
    found = Deliverer(current_services(), client)
    yield found
    found.close()
    for thread in found._threads:
        thread.join(timeout=20)


Deliver = Callable[[], None]


@pytest.fixture
def deliver(deliverer: Deliverer) -> Deliver:
    """Send what is due now, and record what came of it."""

    def run() -> None:
        deliverer.turn()

        def is_done() -> bool:
            deliverer.turn()
            return deliverer.under_way == 0

        until(is_done, "all messages are sent")

    return run


def add_webhook(api: FlaskClient, person: Person, url: str, **more: Any) -> dict[str, Any]:
    answer = api.post("/api/webhooks", json={"url": url, **more}, headers=person.headers)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json
    return found


def add_job(person: Person) -> Job:
    """A job of a user, in a session of theirs."""
    owner = f"user:{person.user_id}"
    with writing() as db:
        session = UserSession(user_id="ada", owner=owner)
        db.add(session)
        db.flush()
        job = Job(session_id=session.id, options={"script": "Hi."}, inputs={}, owner=owner)
        db.add(job)
        db.flush()
    return job


def end_of(job: Job, number: int = 1, kind: EventType = EventType.PIPELINE_COMPLETED) -> Event:
    return Event(
        kind,
        job.session_id,
        job.id,
        message="the video is ready",
        details={"worker": "lite@secret-host.1"},
        event_id=f"{1_795_240_500_000 + number}-0",
    )


def happen(*events: Event) -> bool:
    """Record events, as the controller does."""
    with writing() as db:
        return queue(db, current_services(), events)


def record(*events: Event) -> None:
    """Store events in the history, without queueing them."""
    with writing() as db:
        for event in events:
            milliseconds, sequence = id_order(event.event_id)
            db.add(
                LedgerEvent(
                    milliseconds=milliseconds,
                    sequence=sequence,
                    session_id=event.session_id,
                    job_id=event.job_id,
                    event_type=event.event_type.value,
                    payload=event.to_dict(),
                )
            )
