"""Say what was decided: after its transaction, in order, once."""

from __future__ import annotations

from sqlalchemy import select

from tasks import keys
from tasks.domain.events import Event, EventType
from web.database import reading, writing
from web.dispatch.claims import KEY_SECONDS
from web.models import OutboxEvent
from web.services import Services

STOPS = (EventType.PIPELINE_FAILED, EventType.PIPELINE_CANCELLED)


def drain(services: Services) -> list[Event]:
    """Say everything that was not said yet; raises when Redis is away, and goes on later.

    A crash between saying and noting repeats the call with the same reference, which the
    bus knows: the event keeps its id, and nobody hears it twice.
    """
    with reading() as session:
        unsaid = select(OutboxEvent).where(OutboxEvent.event_id.is_(None))
        rows = list(session.scalars(unsaid.order_by(OutboxEvent.position)))
    said = [_say(services, row) for row in rows]
    if rows:
        with writing() as session:
            for row, event in zip(rows, said, strict=True):
                session.get_one(OutboxEvent, row.id).event_id = event.event_id
        # Nothing is said of them any more. Others may be tried again, and go on where they were.
        done = [event for event in said if event.event_type is EventType.PIPELINE_COMPLETED]
        services.bus.forget(event.job_id for event in done if event.job_id)
    return said


def _say(services: Services, row: OutboxEvent) -> Event:
    event = Event.from_dict(row.payload)
    if event.event_type in STOPS and event.job_id is not None:
        # First the brake, then the news: who hears "cancelled" sees the work stop.
        services.redis.set(keys.stop(event.job_id), event.details["attempt"], ex=KEY_SECONDS)
    return services.bus.emit(event, reference=row.id)
