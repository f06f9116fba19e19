"""Store published events under their ids."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from tasks.domain.events import Event, id_order
from web.events.models import LedgerEvent


def record(db: Session, events: Iterable[Event]) -> list[Event]:
    """Store events and return those that were not stored before."""
    new: dict[tuple[int, int], Event] = {}
    for event in events:
        new.setdefault(id_order(event.event_id), event)
    if not new:
        return []
    stored = db.execute(
        select(LedgerEvent.milliseconds, LedgerEvent.sequence).where(
            LedgerEvent.milliseconds.between(min(new)[0], max(new)[0])
        )
    )
    for milliseconds, sequence in stored:
        new.pop((milliseconds, sequence), None)
    if new:
        db.execute(insert(LedgerEvent), [_row(place, event) for place, event in new.items()])
    return list(new.values())


def _row(place: tuple[int, int], event: Event) -> dict[str, Any]:
    return {
        "milliseconds": place[0],
        "sequence": place[1],
        "session_id": event.session_id,
        "job_id": event.job_id,
        "event_type": event.event_type.value,
        "payload": event.to_dict(),
    }
