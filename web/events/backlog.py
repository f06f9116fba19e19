"""Events that a subscriber missed: from the session's stream or, for older ones, the database."""

from __future__ import annotations

import logging
from collections.abc import Iterable

import redis
from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from tasks.domain.events import Event, EventType, id_order
from tasks.messaging import redis_client
from web.db.engine import reading
from web.events.models import LedgerEvent
from web.services import Services

log = logging.getLogger(__name__)

BEGINNING = "0-0"


def missed_events(services: Services, session_id: str, after: str) -> list[Event]:
    """Return all events of a session after an event id, in order, each once."""
    streamed: list[Event] = []
    try:
        streamed, reaches_back = services.bus.since(session_id, after)
    except redis.RedisError as error:
        log.warning("session stream unavailable", extra=redis_client.reason(error))
    else:
        if reaches_back:
            return streamed
    # The database may lag behind the stream, and the stream may begin too late: merge both. The
    # database is read last, because it has what was wiped before the stream was read.
    with reading() as db:
        kept = _from_database(db, session_id, after)
    events = {event.event_id: event for event in (*kept, *streamed)}
    return sorted(events.values(), key=lambda event: id_order(event.event_id))


def newest(db: Session, session_id: str) -> str:
    """Return the id of the last event of a session in the database."""
    mine = select(LedgerEvent.milliseconds, LedgerEvent.sequence).where(
        LedgerEvent.session_id == session_id
    )
    found = db.execute(
        mine.order_by(LedgerEvent.milliseconds.desc(), LedgerEvent.sequence.desc()).limit(1)
    ).first()
    return f"{found[0]}-{found[1]}" if found else BEGINNING


def has_last_of(db: Session, job_id: str, types: Iterable[EventType], event_id: str) -> bool:
    """Return whether the job's last event of these types is this event or an earlier one."""
    matching = select(LedgerEvent).where(
        LedgerEvent.job_id == job_id, LedgerEvent.event_type.in_([kind.value for kind in types])
    )
    last = db.scalar(
        matching.order_by(LedgerEvent.milliseconds.desc(), LedgerEvent.sequence.desc()).limit(1)
    )
    return last is not None and (last.milliseconds, last.sequence) <= id_order(event_id)


def _from_database(db: Session, session_id: str, after: str) -> list[Event]:
    milliseconds, sequence = id_order(after)
    later = or_(
        LedgerEvent.milliseconds > milliseconds,
        and_(LedgerEvent.milliseconds == milliseconds, LedgerEvent.sequence > sequence),
    )
    rows = db.scalars(
        select(LedgerEvent)
        .where(LedgerEvent.session_id == session_id, later)
        .order_by(LedgerEvent.milliseconds, LedgerEvent.sequence)
    )
    return [Event.from_dict(row.payload) for row in rows]
