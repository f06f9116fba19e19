"""Metrics of webhooks and mails: what the controller sends, and what waits in the database."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from web.db.columns import now
from web.notifications.models import QueuedMail
from web.webhooks.models import WebhookDelivery
from web.webhooks.sending import Outcome

_SECONDS = (0.05, 0.1, 0.3, 1.0, 3.0, 10.0, 15.0)


class DeliveryMetrics:
    """Counters of attempts; they restart at zero with the process."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._attempts = Counter(
            "callsheet_webhook_attempts",
            "Attempts to send a webhook: accepted, refused by its status, or not answered.",
            ("outcome",),
            registry=registry,
        )
        self._seconds = Histogram(
            "callsheet_webhook_attempt_seconds",
            "How long receivers take to answer.",
            buckets=_SECONDS,
            registry=registry,
        )
        self._mails = Counter(
            "callsheet_mails",
            "Attempts to send a mail: sent, tried again later, or given up.",
            ("outcome",),
            registry=registry,
        )
        for outcome in ("accepted", "refused", "unanswered"):
            self._attempts.labels(outcome)
        for outcome in ("sent", "postponed", "given_up"):
            self._mails.labels(outcome)

    def count_attempt(self, outcome: Outcome) -> None:
        """Count an attempt to send a webhook."""
        answered = "accepted" if outcome.accepted else "refused"
        self._attempts.labels("unanswered" if outcome.status is None else answered).inc()
        self._seconds.observe(outcome.seconds)

    def count_mail(self, outcome: str) -> None:
        """Count an attempt to send a mail."""
        self._mails.labels(outcome).inc()


def waiting(db: Session) -> Iterator[Metric]:
    """Report how many webhook messages and mails are due, and since when the oldest is."""
    number = GaugeMetricFamily(
        "callsheet_messages_due", "Messages that are due and not sent.", labels=["kind"]
    )
    age = GaugeMetricFamily(
        "callsheet_message_age_seconds", "How long the oldest message is due.", labels=["kind"]
    )
    moment = now()
    for kind, due_at in (("webhook", WebhookDelivery.due_at), ("mail", QueuedMail.due_at)):
        query = select(func.count(), func.min(due_at)).where(due_at <= moment)
        count, oldest = db.execute(query).one()
        number.add_metric([kind], float(count))
        age.add_metric([kind], _age(oldest, moment))
    yield number
    yield age


def _age(oldest: datetime | None, moment: datetime) -> float:
    return 0.0 if oldest is None else max(0.0, (moment - oldest).total_seconds())
