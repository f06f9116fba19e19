"""What the API says after its commit. The ledger has it already, so none of it may fail."""

from __future__ import annotations

import logging

import redis

from tasks.domain.events import Event
from web.services import Services

log = logging.getLogger(__name__)


def emit_after_commit(services: Services, event: Event) -> None:
    """Tell live listeners, if Redis is there to carry it."""
    try:
        services.bus.emit(event)
    except redis.RedisError as error:
        log.warning("%s was not announced: %s", event.event_type, type(error).__name__)


def wake_controller(services: Services) -> None:
    """Ask control to look now; without it, control looks at its next round."""
    try:
        services.bus.wake_controller()
    except redis.RedisError as error:
        log.warning("control was not nudged: %s", type(error).__name__)
