"""Metrics of webhooks and mails: what came of attempts, and how long messages have waited."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import Metric

from config.settings import Settings
from tests.web.conftest import close
from web.app import create_app
from web.db.columns import now
from web.db.engine import reading, writing
from web.monitoring.metrics.deliveries import DeliveryMetrics, waiting
from web.notifications.models import QueuedMail
from web.webhooks.sending import Message, Outcome


def test_attempts_are_counted_by_what_came_of_them() -> None:
    registry = CollectorRegistry()
    metrics = DeliveryMetrics(registry)
    message = Message("whd_1", "whk_1", "https://example.com", (), "1-0", {})
    for status in (200, 204, 500, None):
        metrics.count_attempt(Outcome(message, now(), 0.2, status=status))
    metrics.count_mail("sent")
    text = generate_latest(registry).decode()
    for line in (
        'callsheet_webhook_attempts_total{outcome="accepted"} 2.0',
        'callsheet_webhook_attempts_total{outcome="refused"} 1.0',
        'callsheet_webhook_attempts_total{outcome="unanswered"} 1.0',
        "callsheet_webhook_attempt_seconds_count 4.0",
        'callsheet_mails_total{outcome="sent"} 1.0',
        'callsheet_mails_total{outcome="given_up"} 0.0',
    ):
        assert line in text.splitlines()


def test_the_oldest_message_that_is_due_says_how_long_it_waits(either: Settings) -> None:
    app = create_app(either)
    with app.app_context():
        with reading() as db:
            assert _values(waiting(db)) == {
                "callsheet_messages_due": 0.0,
                "callsheet_message_age_seconds": 0.0,
            }
        with writing() as db:
            for due_at in (-90, -30, 300, None):
                at = None if due_at is None else now() + timedelta(seconds=due_at)
                db.add(QueuedMail(kind="account", address="a@example.com", due_at=at))
        with reading() as db:
            found = _values(waiting(db))
    close(app)
    assert found["callsheet_messages_due"] == 2
    assert 90 <= found["callsheet_message_age_seconds"] < 150


def _values(families: Iterable[Metric]) -> dict[str, float]:
    """The values of mails."""
    found: dict[str, float] = {}
    for family in families:
        found |= {s.name: s.value for s in family.samples if s.labels["kind"] == "mail"}
    return found
