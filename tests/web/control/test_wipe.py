"""A wipe of Redis, seen by the controller."""

from __future__ import annotations

from flask import Flask

from tasks.domain.events import Event, EventType
from tests.services.waiting import until
from tests.web.control.test_dead_letters import controlled
from web.control import outbox
from web.db.engine import writing
from web.events.backlog import missed_events
from web.events.models import OutboxEvent
from web.services import current_services


def test_an_end_that_a_wipe_took_before_it_was_read_back_is_kept(app: Flask) -> None:
    """A client that was not connected at that moment finds it, under the id that others heard."""
    services = current_services()
    ended = Event(EventType.PIPELINE_COMPLETED, "session", "job")
    with writing() as db:
        db.add(OutboxEvent(position=1, payload=ended.to_dict()))
    [published] = outbox.publish_pending(services)
    services.redis.flushall()
    with controlled(app):
        kept = until(lambda: missed_events(services, "session", "0-0"), "it is recorded", 20)
    assert [event.event_id for event in kept] == [published.event_id]
