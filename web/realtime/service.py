"""A hub on the parts of this process."""

from __future__ import annotations

from web.realtime.backlog import missed
from web.realtime.hub import Hub, Slots
from web.services import Services


def open_hub(services: Services, slots: Slots) -> Hub:
    """A hub that hears all events of this system from now on."""
    hub = Hub(services.bus.listen, lambda session, after: missed(services, session, after), slots)
    hub.start()
    return hub
