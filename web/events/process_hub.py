"""The hub of a process that has the database, where older events are read."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from flask import Flask

from tasks.domain.events import Event
from tasks.messaging.live_channel import Heard
from web.events.backlog import missed_events
from web.events.hub import Hub, Slots
from web.events.pseudonyms import NodePseudonyms
from web.services import Services

Received = Iterator[Heard]


def open_hub(
    app: Flask, services: Services, slots: Slots, observe: Callable[[Received], Received] = iter
) -> Hub:
    """Start a hub that receives all later events; `observe` sees each of them first."""

    def missed(session: str, after: str) -> list[Event]:
        with app.app_context():
            return missed_events(services, session, after)

    hub = Hub(
        lambda: observe(services.bus.listen()),
        missed,
        slots,
        NodePseudonyms(services.secret_key).disguise,
    )
    hub.start()
    return hub
