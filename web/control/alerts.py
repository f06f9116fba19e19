"""A resource that crosses a threshold: said once, to the log, to operators, to a webhook.

What is said is remembered in Redis, so that a standby that takes over does not say it again.
"""

from __future__ import annotations

import json
import logging
import threading
import time
import urllib.request
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Final

import redis

from tasks import keys
from tasks.domain.errors import ProviderUnavailable
from tasks.domain.events import OPERATORS, Event, EventType
from tasks.host import HEALTHY, LEVELS, NEVER, Thresholds, Usage, level
from tasks.outside import Outside
from web.models.columns import now
from web.services import Services

log = logging.getLogger(__name__)

POST_SECONDS: Final = 5.0
TRIES: Final = 3
CIRCUIT: Final = "alert_url"


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

    def look(self, machines: Iterable[Usage]) -> list[Alert]:
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


@dataclass(slots=True)
class Alerts:
    """Where alerts go."""

    services: Services

    def alarm(self) -> Alarm:
        """One that knows what was said before."""
        known: Any = self.services.redis.hgetall(keys.ALARMS)
        return Alarm(Thresholds.of(self.services.settings), known)

    def tell(self, alert: Alert) -> None:
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
        except redis.RedisError as away:
            log.warning("operators were not told: %s", type(away).__name__)
        if self.services.settings.alert_url:
            address = self.services.settings.alert_url
            asked = (self.services.outside, address, event)
            threading.Thread(target=post, args=asked, name="alert", daemon=True).start()


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """An address that sends us elsewhere is not the one that an operator gave us."""

    def redirect_request(self, *_: Any) -> None:
        return None


def post(outside: Outside, address: str, event: Event, pause: float = 1.0) -> bool:
    """Tell a webhook, trying a few times; whether it has taken it."""
    opener = urllib.request.build_opener(_NoRedirects)
    body = json.dumps({"event": event.event_type.value, **event.details, "message": event.message})
    headers = {"Content-Type": "application/json", "User-Agent": "callsheet"}
    tries = 0
    while tries < TRIES:
        try:
            with outside.calling(CIRCUIT, (OSError, ValueError)):
                asked = urllib.request.Request(address, body.encode(), headers)  # noqa: S310  an operator's
                opener.open(asked, timeout=POST_SECONDS).close()
            return True
        except ProviderUnavailable as away:
            wait = away.details.get("retry_after")  # where it is left alone: that is no try
            if wait is None:
                tries += 1
                log.warning("ALERT_URL did not take an alert: %s", away.details["error"])
                wait = pause * 2**tries if tries < TRIES else 0.0
            time.sleep(wait)
    return False
