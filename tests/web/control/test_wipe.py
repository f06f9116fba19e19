"""A wipe of Redis, seen by the controller."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event as listening

from tasks.domain.events import Event, EventType
from tasks.messaging import keys
from tests.services.waiting import until
from tests.web.control.test_dead_letters import controlled
from web.control import outbox
from web.db.engine import db, writing
from web.events import ledger
from web.events.backlog import missed_events
from web.events.models import OutboxEvent
from web.services import current_services


def test_an_end_that_a_wipe_took_before_it_was_read_back_is_kept(app: Flask) -> None:
    """A client that was not connected at that moment finds it, under the id that others heard."""
    services = current_services()
    ended = Event(EventType.PIPELINE_COMPLETED, "session", "job")
    with writing() as session:
        session.add(OutboxEvent(position=1, payload=ended.to_dict()))
    [published] = outbox.publish_pending(services)
    services.redis.flushall()
    with controlled(app):
        kept = until(lambda: missed_events(services, "session", "0-0"), "it is recorded", 20)
    assert [event.event_id for event in kept] == [published.event_id]


@contextmanager
def during(number: int, statement: str, moment: str, act: Callable[[], object]) -> Iterator[None]:
    """Act at a moment of the statement with this number of those that contain a text."""
    seen = 0

    def look(*details: Any) -> None:
        nonlocal seen
        if statement in details[2]:
            seen += 1
            if seen == number:
                act()

    listening.listen(db.engine, moment, look)
    try:
        yield
    finally:
        listening.remove(db.engine, moment, look)
    assert seen >= number


def _end(job: str) -> Event:
    return Event(EventType.PIPELINE_COMPLETED, "session", job)


def _jobs_read() -> list[str | None]:
    return [event.job_id for event in missed_events(current_services(), "session", "0-0")]


@pytest.mark.parametrize("moment", ["before_cursor_execute", "after_cursor_execute"])
def test_a_reader_gets_no_event_without_those_before_it(app: Flask, moment: str) -> None:
    """An end is stored and wiped, and another one published, while a client reads its events."""
    services = current_services()

    def go_on() -> None:
        first = services.bus.emit(_end("first"))
        with writing() as session:
            ledger.record(session, [first])
        services.redis.flushall()
        services.bus.seed(first.event_id)
        services.bus.emit(_end("second"))

    with during(1, "FROM event", moment, go_on):
        assert _jobs_read() in ([], ["first"], ["first", "second"])
    assert _jobs_read() == ["first", "second"]


def test_ends_that_a_wipe_took_while_they_were_published_are_published_again(app: Flask) -> None:
    """Else a client that hears the later one first skips the other as older."""
    services = current_services()
    services.redis.set(keys.MARKER, "1")
    with writing() as session:
        for position, job in enumerate(("first", "second")):
            session.add(OutboxEvent(id=job, position=position, payload=_end(job).to_dict()))
    with during(2, "WHERE outbox.id =", "before_cursor_execute", services.redis.flushall):
        assert outbox.publish_pending(services) == []
    heard = [event.job_id for event in services.bus.since("session", "0-0").events]
    assert heard == ["second"]
    assert [event.job_id for event in outbox.publish_pending(services)] == ["first", "second"]
    assert _jobs_read() == ["second", "first"]
