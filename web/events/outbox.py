"""Add an event to the outbox, in the transaction that decides it."""

from __future__ import annotations

import time

from sqlalchemy.orm import Session

from tasks.domain.events import Event
from web.events.models import OutboxEvent


def add(db: Session, event: Event) -> None:
    """Keep an event until the controller has published it, in the order of the decisions."""
    db.add(OutboxEvent(position=time.time_ns(), payload=event.to_dict()))
