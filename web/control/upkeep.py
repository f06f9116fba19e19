"""Tidying that needs nobody's decision: streams that grow, events that age."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete

from tasks import keys
from tasks.domain.events import id_order
from web.database import writing
from web.models import LedgerEvent, OutboxEvent
from web.models.columns import now
from web.services import Services

KEEP_EVENTS = timedelta(days=7)
KEEP_STREAM_MS = 10 * 60 * 1000
"""A web process that was away for less than this catches up from the stream."""


def trim(services: Services, mark: str) -> None:
    """Cut what control has read long ago from the ledger stream."""
    oldest = id_order(mark)[0] - KEEP_STREAM_MS
    if oldest > 0:
        services.redis.xtrim(keys.LEDGER, minid=f"{oldest}-0", approximate=True)


def forget() -> None:
    """Drop old events from the database."""
    before = now() - KEEP_EVENTS
    with writing() as session:
        session.execute(delete(LedgerEvent).where(LedgerEvent.created_at < before))
        session.execute(
            delete(OutboxEvent).where(
                OutboxEvent.created_at < before, OutboxEvent.event_id.is_not(None)
            )
        )
