"""List deliveries, and send them again."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import String, cast, delete, exists, select
from sqlalchemy.orm import Session

from tasks.domain.events import Event
from web.db.columns import now
from web.db.engine import writing
from web.db.pages import Page, newest_first
from web.events.models import LedgerEvent
from web.events.pseudonyms import NodePseudonyms
from web.events.publish import wake_controller
from web.jobs.models import Job
from web.services import Services
from web.webhooks import queueing, registry
from web.webhooks.errors import WebhookDeliveryNotFound, WebhookDisabled
from web.webhooks.events import TEST, own_event
from web.webhooks.models import FAILED, PENDING, Webhook, WebhookDelivery

KEEP: Final = timedelta(days=30)
MOST_REPLAYED: Final = 1000
"""Messages that one request sends again."""
_FORGET_AT_ONCE: Final = 5000


def listed(
    db: Session,
    user_id: str,
    webhook_id: str,
    *,
    state: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[WebhookDelivery]:
    """List the deliveries of a webhook, newest first."""
    webhook = registry.find(db, user_id, webhook_id)
    query = select(WebhookDelivery).where(WebhookDelivery.webhook_id == webhook.id)
    if state is not None:
        query = query.where(WebhookDelivery.state == state)
    return newest_first(db, query, WebhookDelivery, cursor=cursor, limit=limit)


def send_test(services: Services, user_id: str, webhook_id: str) -> WebhookDelivery:
    """Queue a test message, also for a webhook that does not receive this type."""
    with writing() as db:
        webhook = _enabled(db, user_id, webhook_id)
        details = {"webhook_id": webhook.id}
        row = queueing.add(db, webhook, own_event(TEST, "This is a test.", details))
        db.flush()
    wake_controller(services)
    return row


def redeliver(
    services: Services, user_id: str, webhook_id: str, delivery_id: str
) -> WebhookDelivery:
    """Send a message again, with the same id."""
    with writing() as db:
        webhook = _enabled(db, user_id, webhook_id)
        row = db.get(WebhookDelivery, delivery_id)
        if row is None or row.webhook_id != webhook.id:
            raise WebhookDeliveryNotFound
        _again(row)
    wake_controller(services)
    return row


def replay(services: Services, user_id: str, webhook_id: str, since: datetime) -> int:
    """Send what a webhook has not accepted since then, oldest first; return how many messages.

    That is what has failed, and what happened while the webhook was disabled.
    """
    with writing() as db:
        webhook = _enabled(db, user_id, webhook_id)
        failed = select(WebhookDelivery).where(
            WebhookDelivery.webhook_id == webhook.id,
            WebhookDelivery.created_at >= since,
            WebhookDelivery.state == FAILED,
        )
        rows = list(db.scalars(failed.order_by(WebhookDelivery.created_at).limit(MOST_REPLAYED)))
        for row in rows:
            _again(row)
        missed = _missed(db, webhook, since, MOST_REPLAYED - len(rows))
        pseudonyms = NodePseudonyms(services.secret_key)
        for event in missed:
            shown = pseudonyms.disguise(Event.from_dict(event.payload))
            queueing.add(db, webhook, shown.to_dict())
    wake_controller(services)
    return len(rows) + len(missed)


def forget(db: Session) -> None:
    """Delete deliveries that are older than their retention."""
    old = select(WebhookDelivery.id).where(WebhookDelivery.created_at < now() - KEEP)
    some = list(db.scalars(old.limit(_FORGET_AT_ONCE)))
    if some:
        db.execute(delete(WebhookDelivery).where(WebhookDelivery.id.in_(some)))


def report(row: WebhookDelivery) -> dict[str, Any]:
    """Describe a delivery to its owner."""
    return {
        "id": row.id,
        "event_id": row.event_id,
        "event_type": row.event_type,
        "job_id": row.payload.get("job_id"),
        "state": row.state,
        "attempts": row.attempts,
        "next_attempt_at": row.due_at if row.state == PENDING and not row.claimed else None,
        "delivered_at": row.delivered_at,
        "created_at": row.created_at,
        "payload": row.payload,
    }


def _enabled(db: Session, user_id: str, webhook_id: str) -> Webhook:
    webhook = registry.find(db, user_id, webhook_id)
    if webhook.disabled_at is not None:
        raise WebhookDisabled
    return webhook


def _again(row: WebhookDelivery) -> None:
    if not row.claimed:
        row.state, row.tries, row.due_at = PENDING, 0, now()


def _missed(db: Session, webhook: Webhook, since: datetime, most: int) -> list[LedgerEvent]:
    """Find events that were never queued for a webhook, as long as the database has them."""
    mine = select(Job.id).where(Job.owner == webhook.owner)
    if webhook.job_id is not None:
        mine = mine.where(Job.id == webhook.job_id)
    name = cast(LedgerEvent.milliseconds, String) + "-" + cast(LedgerEvent.sequence, String)
    queued = exists().where(
        WebhookDelivery.webhook_id == webhook.id, WebhookDelivery.event_id == name
    )
    query = select(LedgerEvent).where(
        LedgerEvent.created_at >= since,
        LedgerEvent.event_type.in_(webhook.events),
        LedgerEvent.job_id.in_(mine),
        ~queued,
    )
    order = LedgerEvent.milliseconds, LedgerEvent.sequence
    return list(db.scalars(query.order_by(*order).limit(most)))
