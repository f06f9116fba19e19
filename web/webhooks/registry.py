"""Create, find, change and delete webhooks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from tasks.outbound.addresses import Reach
from tasks.outbound.destinations import DestinationRefused, checked
from web.accounts import verification
from web.accounts.errors import EmailNotVerified
from web.accounts.models import User, owner_of
from web.audit import log
from web.audit.log import Actor
from web.db.columns import now
from web.db.engine import serialise_writers, writing
from web.services import Services
from web.webhooks import signing
from web.webhooks.errors import WebhookNotFound, WebhooksFull, WebhookUrlRefused
from web.webhooks.events import ENDS, TYPES
from web.webhooks.models import FAILED, PENDING, Webhook, WebhookDelivery

MOST: Final = 20
"""Webhooks that a user may have; those of jobs do not count."""
OVERLAP: Final = timedelta(hours=24)
"""How long the former secret signs too."""
KEEP_OF_JOBS: Final = timedelta(days=30)
USER: Final = "user"
"""The reason of a webhook that its user has disabled."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A webhook and its secret, which its owner sees once."""

    row: Webhook
    secret: str


def reach(services: Services) -> Reach:
    """Return where webhooks may go."""
    return Reach(loopback=services.settings.notifications.webhook_loopback == "1")


def create(
    services: Services,
    actor: Actor,
    user_id: str,
    url: str,
    *,
    events: Sequence[str] = ENDS,
    description: str = "",
) -> Shown:
    """Create a webhook of a user with a verified address."""
    _require_url(services, url)
    with writing() as db:
        serialise_writers(db)
        _require_verified(db, services, user_id)
        mine = select(func.count()).select_from(Webhook).where(*_of(user_id))
        if (db.scalar(mine) or 0) >= MOST:
            raise WebhooksFull
        shown = _add(db, services, user_id, url, events=events, description=description)
        log.record(db, actor, "webhook.created", owner_of(user_id), webhook_id=shown.row.id)
    return shown


def create_for_job(db: Session, services: Services, user_id: str, job_id: str, url: str) -> Shown:
    """Create the webhook of a job, in the transaction that starts the job."""
    _require_verified(db, services, user_id)
    return _add(db, services, user_id, url, events=ENDS, job_id=job_id)


def require_allowed(services: Services, db: Session, user_id: str, url: str) -> None:
    """Refuse a `webhook_url` before any work is done for its job."""
    _require_url(services, url)
    _require_verified(db, services, user_id)


def of_job(db: Session, job_id: str) -> Webhook | None:
    """Find the webhook of a job."""
    return db.scalar(select(Webhook).where(Webhook.job_id == job_id))


def of_user(db: Session, user_id: str) -> list[Webhook]:
    """List the webhooks of a user, newest first, without those of single jobs."""
    mine = select(Webhook).where(*_of(user_id))
    return list(db.scalars(mine.order_by(Webhook.created_at.desc(), Webhook.id)))


def find(db: Session, user_id: str, webhook_id: str) -> Webhook:
    """Find a webhook of a user; raises `WebhookNotFound`."""
    row = db.get(Webhook, webhook_id)
    if row is None or row.user_id != user_id:
        raise WebhookNotFound
    return row


def change(
    services: Services, actor: Actor, user_id: str, webhook_id: str, values: dict[str, Any]
) -> Webhook:
    """Change the address, events or description of a webhook, or enable or disable it."""
    if "url" in values:
        _require_url(services, values["url"])
    with writing() as db:
        row = find(db, user_id, webhook_id)
        row.url = values.get("url", row.url)
        row.description = values.get("description", row.description)
        row.events = _ordered(values.get("events", row.events))
        enabled = values.get("enabled")
        if enabled is True:
            row.disabled_at = row.disabled_reason = row.failing_since = None
            row.failures = 0
        elif enabled is False and row.disabled_at is None:
            disable(db, row, USER)
        log.record(db, actor, "webhook.changed", owner_of(user_id), webhook_id=row.id)
        return row


def rotate(services: Services, actor: Actor, user_id: str, webhook_id: str) -> Shown:
    """Replace the secret; messages carry both signatures until the overlap ends."""
    secret = signing.new_secret()
    with writing() as db:
        row = find(db, user_id, webhook_id)
        row.previous_secret, row.previous_until = row.sealed_secret, now() + OVERLAP
        row.sealed_secret = signing.sealed(services, row.id, secret)
        log.record(db, actor, "webhook.rotated", owner_of(user_id), webhook_id=row.id)
    return Shown(row, secret)


def remove(actor: Actor, user_id: str, webhook_id: str) -> None:
    """Delete a webhook with its deliveries."""
    with writing() as db:
        row = find(db, user_id, webhook_id)
        db.execute(delete(Webhook).where(Webhook.id == row.id))
        log.record(db, actor, "webhook.deleted", owner_of(user_id), webhook_id=row.id)


def disable(db: Session, row: Webhook, reason: str) -> None:
    """Disable a webhook; what waits for it is not sent. `replay` sends it later."""
    row.disabled_at, row.disabled_reason = now(), reason
    waiting = WebhookDelivery.webhook_id == row.id, WebhookDelivery.state == PENDING
    ended = {"state": FAILED, "due_at": None, "claimed": False}
    db.execute(update(WebhookDelivery).where(*waiting).values(ended))


def forget(db: Session) -> None:
    """Delete the webhooks of jobs that were started long ago."""
    old = Webhook.job_id.is_not(None), Webhook.created_at < now() - KEEP_OF_JOBS
    db.execute(delete(Webhook).where(*old))


def report(row: Webhook) -> dict[str, Any]:
    """Describe a webhook to its owner."""
    overlaps = row.previous_until is not None and row.previous_until > now()
    return {
        "id": row.id,
        "url": row.url,
        "description": row.description,
        "events": row.events,
        "job_id": row.job_id,
        "enabled": row.disabled_at is None,
        "disabled_at": row.disabled_at,
        "disabled_reason": row.disabled_reason,
        "failing_since": row.failing_since,
        "previous_secret_valid_until": row.previous_until if overlaps else None,
        "created_at": row.created_at,
    }


def _add(
    db: Session,
    services: Services,
    user_id: str,
    url: str,
    *,
    events: Sequence[str],
    description: str = "",
    job_id: str | None = None,
) -> Shown:
    secret = signing.new_secret()
    row = Webhook(
        user_id=user_id,
        owner=owner_of(user_id),
        job_id=job_id,
        url=url,
        description=description,
        events=_ordered(events),
        sealed_secret="",
    )
    db.add(row)
    db.flush()
    row.sealed_secret = signing.sealed(services, row.id, secret)
    return Shown(row, secret)


def _ordered(events: Sequence[str]) -> list[str]:
    return [name for name in TYPES if name in events]


def _of(user_id: str) -> tuple[Any, ...]:
    return Webhook.owner == owner_of(user_id), Webhook.job_id.is_(None)


def _require_url(services: Services, url: str) -> None:
    try:
        checked(url, reach(services))
    except DestinationRefused as refused:
        raise WebhookUrlRefused(str(refused)) from None


def _require_verified(db: Session, services: Services, user_id: str) -> None:
    user = db.get_one(User, user_id)
    if not verification.is_verified(services.settings, user.verified_at):
        raise EmailNotVerified
