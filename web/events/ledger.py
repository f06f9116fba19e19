"""Store published events under their ids."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from sqlalchemy import Executable
from sqlalchemy.orm import Session

from tasks.domain.events import Event, id_order
from web.db.upserts import dialect_of, insert_into
from web.events.models import LedgerEvent


def record(db: Session, events: Iterable[Event]) -> list[Event]:
    """Store events and return those that were not stored before."""
    new: dict[tuple[int, int], Event] = {}
    for event in events:
        new.setdefault(id_order(event.event_id), event)
    if not new:
        return []
    rows = [_row(place, event) for place, event in new.items()]
    stored = {(row[0], row[1]) for row in db.execute(_adding(dialect_of(db)), rows)}
    return [event for place, event in new.items() if place in stored]


@cache
def _adding(dialect: str) -> Executable:
    """Build the statement that stores events and returns which of them are new."""
    added = insert_into(dialect, LedgerEvent).on_conflict_do_nothing()
    return added.returning(LedgerEvent.milliseconds, LedgerEvent.sequence)


def _row(place: tuple[int, int], event: Event) -> dict[str, Any]:
    return {
        "milliseconds": place[0],
        "sequence": place[1],
        "session_id": event.session_id,
        "job_id": event.job_id,
        "event_type": event.event_type.value,
        "payload": event.to_dict(),
    }
