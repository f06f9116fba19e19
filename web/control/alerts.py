"""A resource that crosses a threshold: said once, to the log, to operators, to a webhook.

What is said is remembered in Redis, so that a standby that takes over does not say it again.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

import redis

from tasks.domain.events import OPERATORS, Event, EventType
from tasks.messaging import keys
from tasks.telemetry.host_metrics import HEALTHY, LEVELS, NEVER, Thresholds, Usage, level
from web.control.webhook import Webhook
from web.db.columns import now
from web.services import Services

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Alert:
    """A crossing, in either direction."""

    host: str
    resource: str
    level: str
    former_level: str
    percent: float
    threshold: float
    """The one that was crossed."""
    at: str

    @property
    def message(self) -> str:
        return f"{self.resource} of {self.host} is {self.level}: {self.percent:g} %"


class Alarm:
    """How bad each resource of each machine was when it was last looked at."""

    def __init__(self, thresholds: Thresholds, known: dict[str, str] | None = None) -> None:
        self._thresholds = thresholds
        self.levels = dict(known or {})

    def check(self, machines: Iterable[Usage]) -> list[Alert]:
        """What has changed. Several processes of one machine tell of it; one is enough."""
        one_each = {machine.host: machine for machine in machines}
        return [
            alert
            for machine in one_each.values()
            for resource, percent in machine.percents.items()
            if (alert := self._crossed(machine.host, resource, percent)) is not None
        ]

    def _crossed(self, host: str, resource: str, percent: float) -> Alert | None:
        warning, critical = self._thresholds.of_resource(resource)
        name = f"{host}/{resource}"
        before = self.levels.get(name, HEALTHY)
        found = level(percent, warning, critical, before)
        if found == before:
            return None
        self.levels[name] = found
        highest = max(LEVELS.index(found), LEVELS.index(before))
        crossed = critical if highest == 2 and critical != NEVER else warning
        return Alert(host, resource, found, before, percent, crossed, now().isoformat())


class Alerts:
    """Where alerts go."""

    def __init__(self, services: Services) -> None:
        self.services = services
        address = services.settings.alert_url
        self._webhook = Webhook(services.circuit_breakers, address) if address else None

    def alarm(self) -> Alarm:
        """One that knows what was said before."""
        known: Any = self.services.redis.hgetall(keys.ALARMS)
        return Alarm(Thresholds.of(self.services.settings), known)

    def send(self, alert: Alert) -> None:
        """Everywhere at once; nobody here waits for a webhook."""
        serious = logging.INFO if alert.level == HEALTHY else logging.WARNING
        log.log(serious, "resource_alert: %s", alert.message, extra={"alert": asdict(alert)})
        name = f"{alert.host}/{alert.resource}"
        self.services.redis.hset(keys.ALARMS, name, alert.level)
        event = Event(
            EventType.RESOURCE_ALERT, OPERATORS, message=alert.message, details=asdict(alert)
        )
        try:
            self.services.bus.emit(event)
        except redis.RedisError as error:
            log.warning("operators were not told: %s", type(error).__name__)
        if self._webhook is not None:
            self._webhook.send(event)
