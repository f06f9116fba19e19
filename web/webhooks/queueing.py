"""Queue events for the webhooks of their owners, in the transaction that records the events."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.util import identity_key

from tasks.domain.events import Event
from web.db.columns import now
from web.events.pseudonyms import NodePseudonyms
from web.jobs.models import Job
from web.services import Services
from web.sessions.models import UserSession
from web.webhooks.events import RECOVERED, TYPES, own_event
from web.webhooks.models import Webhook, WebhookDelivery

_OWNERS: Final = "user:"
"""Only users have webhooks."""
_queued = 0


def queue(db: Session, services: Services, events: Sequence[Event]) -> bool:
    """Queue events for every webhook that receives them; return whether there was one.

    An event that is queued for a webhook already is not queued again.
    """
    wanted = [event for event in events if event.event_type.value in TYPES]
    owners = _owners(db, wanted)
    if not owners:
        return False
    webhooks = _webhooks(db, set(owners.values()), {event.job_id for event in wanted})
    pseudonyms = NodePseudonyms(services.secret_key)
    found = [
        (webhook, event)
        for event in wanted
        for webhook in webhooks
        if _receives(webhook, event, owners.get(event.event_id))
    ]
    if not found:
        return False
    known = _known(db, found)
    shown = {event.event_id: pseudonyms.disguise(event).to_dict() for _, event in found}
    for webhook, event in found:
        if (webhook.id, event.event_id) not in known:
            add(db, webhook, shown[event.event_id])
    return True


def queue_recovery(db: Session, recovered: Webhook, details: dict[str, Any]) -> None:
    """Queue the event that a webhook accepts messages again."""
    event = own_event(RECOVERED, "the webhook accepts messages again", details)
    for webhook in _webhooks(db, {recovered.owner}, {recovered.job_id}):
        if RECOVERED in webhook.events:
            add(db, webhook, event)


def add(db: Session, webhook: Webhook, payload: dict[str, Any]) -> WebhookDelivery:
    """Queue one message."""
    global _queued  # noqa: PLW0603  of the process; a count that is too high costs one query
    row = WebhookDelivery(
        webhook_id=webhook.id,
        event_id=payload["event_id"],
        event_type=payload["event_type"],
        payload=payload,
        due_at=now(),
    )
    db.add(row)
    _queued += 1
    return row


def queued() -> int:
    """Return how many messages this process has queued, committed or not."""
    return _queued


def _owners(db: Session, events: Sequence[Event]) -> dict[str, str]:
    """Return the owner of each event that belongs to a user."""
    jobs = _column(db, Job, {event.job_id for event in events if event.job_id})
    sessions = _column(db, UserSession, {event.session_id for event in events if not event.job_id})
    found = {
        event.event_id: jobs.get(event.job_id) if event.job_id else sessions.get(event.session_id)
        for event in events
    }
    return {name: owner for name, owner in found.items() if owner and owner.startswith(_OWNERS)}


def _column(db: Session, table: Any, names: set[str]) -> dict[str, str]:
    """Return the owner of each row; those that the transaction has loaded cost no query."""
    keys = {name: identity_key(table, name) for name in names}
    loaded = {name: db.identity_map[key] for name, key in keys.items() if key in db.identity_map}
    owners = {name: row.owner for name, row in loaded.items()}
    left = names - owners.keys()
    if left:
        rows = db.execute(select(table.id, table.owner).where(table.id.in_(left)))
        owners |= {row[0]: row[1] for row in rows}
    return owners


def _webhooks(db: Session, owners: set[str], jobs: Iterable[str | None]) -> list[Webhook]:
    these = [job_id for job_id in set(jobs) if job_id is not None]
    query = select(Webhook).where(
        Webhook.owner.in_(owners),
        Webhook.disabled_at.is_(None),
        or_(Webhook.job_id.is_(None), Webhook.job_id.in_(these)),
    )
    return list(db.scalars(query))


def _receives(webhook: Webhook, event: Event, owner: str | None) -> bool:
    return (
        webhook.owner == owner
        and webhook.job_id in (None, event.job_id)
        and event.event_type.value in webhook.events
    )


def _known(db: Session, found: Sequence[tuple[Webhook, Event]]) -> set[tuple[str, str]]:
    """Return which of these are queued already."""
    rows = db.execute(
        select(WebhookDelivery.webhook_id, WebhookDelivery.event_id).where(
            WebhookDelivery.webhook_id.in_({webhook.id for webhook, _ in found}),
            WebhookDelivery.event_id.in_({event.event_id for _, event in found}),
        )
    )
    return {(row[0], row[1]) for row in rows}
