"""Add an event to the outbox, in the transaction that decides it."""

from __future__ import annotations

import time

from sqlalchemy.orm import Session

from tasks.domain.events import Event
from web.events.models import OutboxEvent

_added = 0


def add(db: Session, event: Event) -> None:
    """Keep an event until the controller has published it, in the order of the decisions."""
    global _added  # noqa: PLW0603  of the process; a count that is too high costs one query
    db.add(OutboxEvent(position=time.time_ns(), payload=event.to_dict()))
    _added += 1


def added() -> int:
    """Return how many events this process has added, committed or not."""
    return _added
