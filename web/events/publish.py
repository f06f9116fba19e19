"""Publish after a commit. The database has the change already, so a failure is only logged."""

from __future__ import annotations

import logging

import redis

from tasks.domain.events import Event
from tasks.messaging import redis_client
from web.services import Services

log = logging.getLogger(__name__)


def emit_after_commit(services: Services, event: Event) -> None:
    """Publish an event to live subscribers if Redis is available."""
    try:
        services.bus.emit(event)
    except redis.RedisError as error:
        what = {"event_type": event.event_type.value, "error": type(error).__name__}
        log.warning("event not published", extra=what)


def wake_controller(services: Services) -> None:
    """Ask the controller to check for work now instead of at its next poll."""
    try:
        services.bus.wake_controller()
    except redis.RedisError as error:
        log.warning("controller not notified", extra=redis_client.reason(error))
