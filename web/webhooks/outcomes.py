"""Record what came of attempts: retries, failures, disabled webhooks and recoveries."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from web.accounts.notices import notify
from web.services import Services
from web.webhooks import queueing, registry
from web.webhooks.models import DELIVERED, FAILED, Webhook, WebhookDelivery
from web.webhooks.sending import Outcome

log = logging.getLogger(__name__)

RETRIES: Final = tuple(
    timedelta(seconds=seconds) for seconds in (5, 300, 1800, 7200, 18000, 36000, 36000)
)
FAILING_FOR: Final = timedelta(days=5)
MOST_ATTEMPTS_KEPT: Final = 20
_REASONS: Final = {
    "gone": "it answered 410 Gone",
    "asked": "it asked for it (webhook-delivery: disable)",
    "failing": "every message of the last five days failed",
}


def load(db: Session, many: Sequence[Outcome]) -> list[Any]:
    """Read and lock what attempts are about with two statements, so that `record` need not.

    The caller keeps what it returns until then: the session holds its rows weakly.
    """
    webhooks = {outcome.message.webhook_id for outcome in many}
    mine = {outcome.message.delivery_id for outcome in many}
    in_order = select(Webhook).where(Webhook.id.in_(webhooks)).order_by(Webhook.id)
    rows = select(WebhookDelivery).where(WebhookDelivery.id.in_(mine)).order_by(WebhookDelivery.id)
    return [*db.scalars(in_order.with_for_update()), *db.scalars(rows.with_for_update())]


def record(db: Session, services: Services, outcome: Outcome) -> None:
    """Record an attempt whose rows were loaded, in the caller's transaction."""
    webhook = db.get(Webhook, outcome.message.webhook_id)
    row = db.get(WebhookDelivery, outcome.message.delivery_id)
    if webhook is None or row is None:
        return  # deleted meanwhile
    row.claimed = False
    row.attempts = [*row.attempts, _attempt(outcome)][-MOST_ATTEMPTS_KEPT:]
    row.tries += 1
    if outcome.accepted:
        row.state, row.due_at, row.delivered_at = DELIVERED, None, outcome.at
        _recovered(db, webhook, outcome)
    else:
        _failed(row, outcome)
        webhook.failing_since = webhook.failing_since or outcome.at
        webhook.failures += 1
    reason = outcome.disable
    if reason is None and webhook.failing_since is not None:
        reason = "failing" if outcome.at - webhook.failing_since >= FAILING_FOR else None
    if reason is not None and webhook.disabled_at is None:
        _disable(db, services, webhook, reason)
    elif webhook.disabled_at is not None and not outcome.accepted:
        row.state, row.due_at = FAILED, None


def _failed(row: WebhookDelivery, outcome: Outcome) -> None:
    pauses = RETRIES[row.tries - 1 : row.tries]
    if not pauses:
        row.state, row.due_at = FAILED, None
        return
    row.due_at = outcome.at + max(pauses[0], timedelta(seconds=outcome.retry_after))


def _recovered(db: Session, webhook: Webhook, outcome: Outcome) -> None:
    if webhook.failing_since is None:
        return
    details = {
        "webhook_id": webhook.id,
        "failing_since": webhook.failing_since.isoformat(),
        "failed_attempts": webhook.failures,
        "recovered_at": outcome.at.isoformat(),
    }
    webhook.failing_since, webhook.failures = None, 0
    queueing.queue_recovery(db, webhook, details)


def _disable(db: Session, services: Services, webhook: Webhook, reason: str) -> None:
    registry.disable(db, webhook, reason)
    log.warning("webhook disabled", extra={"webhook_id": webhook.id, "reason": reason})
    moment = webhook.disabled_at
    notify(
        db,
        services,
        webhook.user_id,
        "A webhook was disabled",
        f"Messages are no longer sent to your webhook {webhook.url}, because "
        f"{_REASONS[reason]}.\n\n"
        "Enable it again on the page of webhooks, and replay what it has missed.",
        kind="webhook_disabled",
        once=f"webhook_disabled:{webhook.id}:{moment:%Y%m%dT%H%M%S}",
    )


def _attempt(outcome: Outcome) -> dict[str, Any]:
    return {
        "at": outcome.at.isoformat(),
        "seconds": round(outcome.seconds, 3),
        "status": outcome.status,
        "answer": outcome.answer,
        "error": outcome.error,
    }
