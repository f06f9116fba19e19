"""A hub on the parts of this process."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tasks.domain.events import Event
from web.events.backlog import missed_events
from web.events.hub import Hub, Slots
from web.services import Services

Received = Iterator[Event | None]


def open_hub(
    services: Services, slots: Slots, observe: Callable[[Received], Received] = iter
) -> Hub:
    """A hub that hears all events of this system from now on; `look` sees them in passing."""
    hub = Hub(
        lambda: observe(services.bus.listen()),
        lambda session, after: missed_events(services, session, after),
        slots,
    )
    hub.start()
    return hub
