"""Alert operators once when a resource crosses a threshold: in the log, live and by webhook.

The levels are kept in Redis, so that a new leader does not repeat an alert.
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
from web.control.alert_receiver import AlertReceiver
from web.db.columns import now
from web.services import Services

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Alert:
    """A threshold that was crossed, in either direction."""

    host: str
    resource: str
    level: str
    former_level: str
    percent: float
    threshold: float
    """The threshold that was crossed."""
    at: str

    @property
    def message(self) -> str:
        return f"{self.resource} of {self.host} is {self.level}: {self.percent:g} %"


class Alarm:
    """The level of each resource of each machine at the last check."""

    def __init__(self, thresholds: Thresholds, known: dict[str, str] | None = None) -> None:
        self._thresholds = thresholds
        self.levels = dict(known or {})

    def check(self, machines: Iterable[Usage]) -> list[Alert]:
        """Return the changes; a machine counts once, even if several of its processes report it."""
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
        current = level(percent, warning, critical, before)
        if current == before:
            return None
        self.levels[name] = current
        highest = max(LEVELS.index(current), LEVELS.index(before))
        crossed = critical if highest == 2 and critical != NEVER else warning
        return Alert(host, resource, current, before, percent, crossed, now().isoformat())


class Alerts:
    """Sends alerts to the log, to operators and to the webhook."""

    def __init__(self, services: Services) -> None:
        self.services = services
        address = services.settings.monitoring.alert_url
        self._receiver = AlertReceiver(services.circuit_breakers, address) if address else None

    def alarm(self) -> Alarm:
        """Restore the alarm with the levels that were last reported."""
        known: Any = self.services.redis.hgetall(keys.ALARMS)
        return Alarm(Thresholds.of(self.services.settings), known)

    def send(self, alert: Alert) -> None:
        """Send an alert everywhere, without waiting for the webhook."""
        serious = logging.INFO if alert.level == HEALTHY else logging.WARNING
        what = {"alert": alert.message, "details": asdict(alert)}
        log.log(serious, "resource alert", extra=what)
        name = f"{alert.host}/{alert.resource}"
        self.services.redis.hset(keys.ALARMS, name, alert.level)
        event = Event(
            EventType.RESOURCE_ALERT, OPERATORS, message=alert.message, details=asdict(alert)
        )
        try:
            self.services.bus.emit(event)
        except redis.RedisError as error:
            log.warning("alert not published", extra={"error": type(error).__name__})
        if self._receiver is not None:
            self._receiver.send(event)

    def close(self) -> None:
        """End the thread that sends to the webhook."""
        if self._receiver is not None:
            self._receiver.close()
