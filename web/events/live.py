"""A hub on the parts of this process."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tasks.domain.events import Event
from web.events.backlog import missed
from web.events.hub import Hub, Slots
from web.services import Services

Heard = Iterator[Event | None]


def open_hub(services: Services, slots: Slots, look: Callable[[Heard], Heard] = iter) -> Hub:
    """A hub that hears all events of this system from now on; `look` sees them in passing."""
    hub = Hub(
        lambda: look(services.bus.listen()),
        lambda session, after: missed(services, session, after),
        slots,
    )
    hub.start()
    return hub
