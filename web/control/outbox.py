"""Publish the events of the outbox after their transactions, in order and once."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from functools import partial
from typing import Final
from typing import cast as cast_type

from sqlalchemy import ColumnElement, Table, Text, bindparam, cast, select, update
from sqlalchemy.orm import Session

from config.log_context import bound
from tasks.domain import wire
from tasks.domain.events import Event, EventType
from tasks.domain.wire import Malformed
from tasks.messaging import keys
from tasks.messaging.event_bus import ALREADY_EMITTED
from web.db.engine import reading, writing
from web.dead_letters import letters, quarantine
from web.dead_letters.outages import is_outage
from web.events import ledger
from web.events.models import OutboxEvent
from web.jobs import notices
from web.jobs.dispatch import KEY_SECONDS
from web.jobs.models import Job
from web.services import Services
from web.webhooks.queueing import queue

log = logging.getLogger(__name__)

QUARANTINED = "quarantined"
"""Marks a row whose event could not be published, in place of its id."""
ENDS = {
    EventType.PIPELINE_COMPLETED: "succeeded",
    EventType.PIPELINE_FAILED: "failed",
    EventType.PIPELINE_CANCELLED: "cancelled",
}
STOPS = (EventType.PIPELINE_FAILED, EventType.PIPELINE_CANCELLED)


_outbox: Final = cast_type(Table, OutboxEvent.__table__)
_NOTE: Final = (
    update(_outbox).where(_outbox.c.id == bindparam("row_id")).values(event_id=bindparam("number"))
)


def publish_pending(services: Services) -> list[Event]:
    """Publish all pending events; an outage of Redis is raised, and the rest follows later.

    A crash between publishing and marking repeats the call with the same reference, which the
    bus recognises: the event keeps its id and is published once.
    """
    with reading() as db:
        pending = select(OutboxEvent.id).where(OutboxEvent.event_id.is_(None))
        row_ids = list(db.scalars(pending.order_by(OutboxEvent.position)))
    if not row_ids:
        return []
    marker = services.redis.get(keys.MARKER)
    published: dict[str, Event] = {}
    for row_id in row_ids:
        emit = partial(_emit, services, row_id, published)
        contents = partial(_payload_and_job, row_id)
        if not quarantine.attempt(emit, letters.OUTBOX, row_id, look_up=contents):
            _quarantine(row_id)
    if marker is not None and services.redis.get(keys.MARKER) is None:
        # Earlier ones may have been wiped before anyone read them, and later ones not: a client
        # that has heard those would skip these as older. All are published again after the next
        # turn has noticed the wipe: what is still there keeps its id, the others get higher ones.
        log.warning("redis was wiped while events were published: publishing them again")
        return []
    if published:
        jobs = _mark(services, published)
        # These jobs have no more events; others may be reopened and continue their progress.
        done = [e for e in published.values() if e.event_type is EventType.PIPELINE_COMPLETED]
        services.bus.forget(event.job_id for event in done if event.job_id)
        _log_ends(list(published.values()), jobs)
    return list(published.values())


def _log_ends(events: list[Event], jobs: Iterable[Job]) -> None:
    """Log how each job ended; a job whose event is published again is logged again."""
    ended = {event.job_id: event for event in events if event.event_type.terminal and event.job_id}
    for job in jobs:
        event = ended[job.id]
        with bound(request_id=job.request_id, session_id=job.session_id, job_id=job.id):
            log.info(
                "job ended",
                extra={
                    "state": ENDS[event.event_type],
                    "seconds": _seconds(job),
                    "attempts": job.attempt,
                    "error_code": event.details.get("error_code", ""),
                },
            )


def _seconds(job: Job) -> float | None:
    """Return how long a job took; None if it was opened again meanwhile."""
    if job.finished_at is None:
        return None
    return round((job.finished_at - job.created_at).total_seconds(), 1)


def _mark(services: Services, published: dict[str, Event]) -> list[Job]:
    """Note the ids of the events, store them, and queue webhooks and mails, in one transaction.

    Returns the jobs that have ended, which are read once for all that follows. The events are
    stored before they are read from the stream, because Redis may lose them first. If webhooks
    cannot be queued, that must not repeat the publication forever.
    """
    try:
        with writing() as db:
            _note_all(db, published)
            jobs = _ended_jobs(db, published)
            _notify(db, services, list(published.values()))
    except Exception as error:
        if is_outage(error):
            raise
        log.exception("webhooks and mails not queued")
        with writing() as db:
            _note_all(db, published)
            jobs = _ended_jobs(db, published)
        for row_id, event in published.items():
            one = partial(_queue_one, services, event)
            quarantine.attempt(one, letters.DUTY, f"notify {row_id}", event.to_json())
    return jobs


def _ended_jobs(db: Session, published: dict[str, Event]) -> list[Job]:
    ids = {event.job_id for event in published.values() if event.event_type.terminal}
    return list(db.scalars(select(Job).where(Job.id.in_(ids)))) if ids else []


def _queue_one(services: Services, event: Event) -> None:
    with writing() as db:
        _notify(db, services, [event])


def _notify(db: Session, services: Services, events: list[Event]) -> None:
    queue(db, services, events)
    notices.ended(db, services, events)


def _note_all(db: Session, published: dict[str, Event]) -> None:
    ids = [{"row_id": row_id, "number": event.event_id} for row_id, event in published.items()]
    db.connection().execute(_NOTE, ids)
    unnumbered = ("", ALREADY_EMITTED)
    ledger.record(db, [e for e in published.values() if e.event_id not in unnumbered])


def publish_again(row_id: str) -> None:
    """Let a quarantined row be published in the next turn."""
    with writing() as db:
        mine = OutboxEvent.id == row_id, OutboxEvent.event_id == QUARANTINED
        db.execute(update(OutboxEvent).where(*mine).values(event_id=None))


def _emit(services: Services, row_id: str, published: dict[str, Event]) -> None:
    with reading() as db:
        row = db.get_one(OutboxEvent, row_id)
    event = Event.from_dict(row.payload)
    if event.event_type in STOPS and event.job_id is not None:
        # The stop key comes first: when clients receive the event, the work stops.
        attempt = wire.field(event.details, "attempt", int)
        services.redis.set(keys.stop(event.job_id), attempt, ex=KEY_SECONDS)
    published[row_id] = services.bus.emit(event, reference=row_id)


def _payload_and_job(row_id: str) -> tuple[str, str | None]:
    """Read a row as text, and the job that it belongs to, if they can be parsed."""
    with reading() as db:
        payload = db.scalar(select(cast(OutboxEvent.payload, Text)).where(_is(row_id)))
    text = str(payload or "")
    try:
        job_id = wire.parse(text)["job_id"]
    except (Malformed, LookupError, TypeError):
        job_id = None
    return text, job_id if isinstance(job_id, str) else None


def _quarantine(row_id: str) -> None:
    with writing() as db:
        _set_event_id(db, row_id, QUARANTINED)


def _set_event_id(db: Session, row_id: str, event_id: str) -> None:
    db.execute(update(OutboxEvent).where(_is(row_id)).values(event_id=event_id))


def _is(row_id: str) -> ColumnElement[bool]:
    return OutboxEvent.id == row_id
