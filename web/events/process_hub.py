"""The hub of a process that has the database, where older events are read."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tasks.domain.events import Event
from web.events.backlog import missed_events
from web.events.hub import Hub, Slots
from web.events.pseudonyms import NodePseudonyms
from web.services import Services

Received = Iterator[Event | None]


def open_hub(
    services: Services, slots: Slots, observe: Callable[[Received], Received] = iter
) -> Hub:
    """Start a hub that receives all later events; `observe` sees each of them first."""
    hub = Hub(
        lambda: observe(services.bus.listen()),
        lambda session, after: missed_events(services, session, after),
        slots,
        NodePseudonyms(services.secret_key).disguise,
    )
    hub.start()
    return hub
