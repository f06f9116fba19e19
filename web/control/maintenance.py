"""Tidying that needs nobody's decision: streams that grow, events that age."""

from __future__ import annotations

import logging
import os
import signal
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from sqlalchemy import delete

from tasks.domain.events import id_order
from tasks.messaging import keys
from tasks.telemetry.host_metrics import CRITICAL, HEALTHY, Observer
from web.control.alerts import Alarm, Alerts
from web.db.columns import now
from web.db.engine import writing
from web.dead_letters import letters
from web.dead_letters.models import DeadLetter
from web.events.models import LedgerEvent, OutboxEvent
from web.monitoring.heartbeats import usages
from web.services import Services
from web.state_directory import StateDirectory
from web.storage import references, retention
from web.storage.cleanup import Cleanup, CleanupPriority

log = logging.getLogger(__name__)

KEEP_EVENTS = timedelta(days=7)
TEMPORARY_SECONDS = 3600.0
SESSIONS_SECONDS = 60.0
"""A caller who was told when a session expires finds its place free then."""
KEEP_STREAM_MS = 10 * 60 * 1000
"""A web process that was away for less than this catches up from the stream."""


def trim(services: Services, mark: str) -> None:
    """Cut what control has read long ago from the ledger stream."""
    oldest = id_order(mark)[0] - KEEP_STREAM_MS
    if oldest > 0:
        services.redis.xtrim(keys.EVENT_STREAM, minid=f"{oldest}-0", approximate=True)


def forget() -> None:
    """Drop old events from the database."""
    before = now() - KEEP_EVENTS
    with writing() as db:
        db.execute(delete(LedgerEvent).where(LedgerEvent.created_at < before))
        resolved = DeadLetter.state == letters.RESOLVED, DeadLetter.tried_at < before
        db.execute(delete(DeadLetter).where(*resolved))
        db.execute(
            delete(OutboxEvent).where(
                OutboxEvent.created_at < before, OutboxEvent.event_id.is_not(None)
            )
        )


@dataclass(slots=True)
class Cleaner:
    """Cleans on its schedule; under pressure more often and more thoroughly."""

    manager: Cleanup
    _last: dict[str, float] = field(default_factory=dict)

    def run_due(self) -> None:
        """To be called often; most of the time nothing is due."""
        services, every = self.manager.services, self.manager.cleanup_intervals
        references.drop_cut_off(services)
        storage = self.manager.check_resource_health()["storage_health"]
        if storage == CRITICAL and self._due("emergency", every[CleanupPriority.CRITICAL]):
            log.warning("emergency cleaning: %s", self.manager.emergency_cleanup())
        elif storage != HEALTHY and self._due("pressure", every[CleanupPriority.HIGH]):
            log.info("cleaning: %s", self.manager.force_cleanup(CleanupPriority.HIGH))
        if self._due("sessions", SESSIONS_SECONDS):
            retention.idle_sessions(services)
        if self._due("temporary", TEMPORARY_SECONDS):
            retention.temporary(services)
        if self._due("retention", every[CleanupPriority.LOW]):
            rotate_logs(StateDirectory(services.settings.state))
            self.manager.clean(
                CleanupPriority.LOW,
                (partial(retention.retention, services), partial(retention.log_files, services)),
            )

    def _due(self, what: str, seconds: float) -> bool:
        moment = time.monotonic()
        last = self._last.get(what)
        if last is not None and moment - last < seconds:
            return False
        self._last[what] = moment
        return True


class Watch:
    """Compares what every machine tells with the thresholds."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._alerts = Alerts(services)
        self._observer = Observer(services.settings.state)
        self._alarm: Alarm | None = None

    def check(self) -> None:
        """Tell of what has crossed a threshold since the last turn."""
        if self._alarm is None:
            self._alarm = self._alerts.alarm()
        for alert in self._alarm.check([*usages(self._services.redis), self._observer.measure()]):
            self._alerts.send(alert)

    def forget(self) -> None:
        """Another control leads, or led meanwhile: what it has told of is in Redis."""
        self._alarm = None


def rotate_logs(state: StateDirectory) -> None:
    """Let the process manager begin its logs anew, so that old lines get a file of their own.

    It does so by itself when a log has grown; one that grows slowly would keep its lines
    for ever. No line is lost: what is written until it opens the new file goes to the old.
    """
    try:
        manager = int((state.sockets / "supervisord.pid").read_text())
    except (FileNotFoundError, ValueError):
        return  # nobody manages logs here: they go where the process manager sends them
    day = now().date().isoformat()
    for log_file in sorted(state.logs.glob("*.log")):
        former = log_file.with_name(f"{log_file.name}.{day}")
        # Another control may have led today already: its lines are not to be written over.
        if log_file.stat().st_size and log_file.name != "manager.log" and not former.exists():
            log_file.rename(former)
    with suppress(ProcessLookupError):
        os.kill(manager, signal.SIGUSR2)
