"""Trim streams, delete old events and files, and watch the machines."""

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
from tasks.nodes import registry as nodes
from tasks.telemetry.host_metrics import CRITICAL, HEALTHY, Observer
from web.accounts import api_keys, logins
from web.analytics import rollup
from web.audit import log as log_of_actions
from web.billing import check, quotes
from web.control import key_alerts
from web.control.alerts import Alarm, Alerts
from web.control.schedule import Schedule
from web.db.columns import now
from web.db.engine import reading, writing
from web.dead_letters import letters
from web.dead_letters.models import DeadLetter
from web.events.models import LedgerEvent, OutboxEvent
from web.jobs import scene_previews
from web.monitoring.heartbeats import usages
from web.notifications import delivery
from web.providers import retention as purchases
from web.services import Services
from web.state_directory import StateDirectory
from web.storage import references, retention
from web.storage.cleanup import Cleanup, CleanupPriority
from web.webhooks import deliveries, registry

log = logging.getLogger(__name__)

KEEP_EVENTS = timedelta(days=7)
TEMPORARY_SECONDS = 3600.0
SESSIONS_SECONDS = 60.0
"""Often, because callers are told when a session expires."""
FIGURES_SHARE = 0.01
"""The largest share of the controller's time for figures."""
KEEP_STREAM_MS = 10 * 60 * 1000
"""A web process that was disconnected for less than this catches up from the stream."""


def trim(services: Services, mark: str) -> None:
    """Remove entries from the event stream that were applied long ago."""
    oldest = id_order(mark)[0] - KEEP_STREAM_MS
    if oldest > 0:
        services.redis.xtrim(keys.EVENT_STREAM, minid=f"{oldest}-0", approximate=True)


def forget(services: Services) -> None:
    """Delete old events, mails, deliveries and resolved dead letters from the database."""
    before = now() - KEEP_EVENTS
    scene_previews.forget(services, before)
    with writing() as db:
        delivery.forget(db)
        deliveries.forget(db)
        registry.forget(db)
        db.execute(delete(LedgerEvent).where(LedgerEvent.created_at < before))
        resolved = DeadLetter.state == letters.RESOLVED, DeadLetter.tried_at < before
        db.execute(delete(DeadLetter).where(*resolved))
        db.execute(
            delete(OutboxEvent).where(
                OutboxEvent.created_at < before, OutboxEvent.event_id.is_not(None)
            )
        )


def forget_accounts(services: Services) -> None:
    """Delete ended logins and tokens, and audit entries past their retention."""
    logins.forget_expired()
    api_keys.forget_revoked()
    log_of_actions.forget(services.settings.accounts.audit_days)


def check_credits(services: Services) -> None:
    """Delete old quotes, and report balances and holds that do not add up."""
    if not services.settings.billing.is_on:
        return
    quotes.forget()
    with reading() as db:
        found = check.differences(db)
    for one in found:
        log.error(
            "credits do not add up",
            extra={"of": one.of, "what": one.what, "expected": one.expected, "found": one.found},
        )


@dataclass(slots=True)
class Cleaner:
    """Deletes what is past its retention; more often and more thoroughly under pressure."""

    manager: Cleanup
    _schedule: Schedule = field(default_factory=Schedule)

    def run_due(self) -> None:
        """Run the cleanups that are due; called often, and usually none is."""
        services, every = self.manager.services, self.manager.cleanup_intervals
        references.drop_cut_off(services)
        storage = self.manager.check_resource_health()["storage_health"]
        due = self._schedule.take
        if storage == CRITICAL and due("emergency", every[CleanupPriority.CRITICAL]):
            report = str(self.manager.emergency_cleanup())
            log.warning("emergency cleanup finished", extra={"report": report})
        elif storage != HEALTHY and due("pressure", every[CleanupPriority.HIGH]):
            report = str(self.manager.force_cleanup(CleanupPriority.HIGH))
            log.info("cleanup finished", extra={"report": report})
        if due("sessions", SESSIONS_SECONDS):
            retention.idle_sessions(services)
        if due("temporary", TEMPORARY_SECONDS):
            retention.temporary(services)
            references.drop_late_clips(services)
            purchases.forget_notes(services)
        if due("retention", every[CleanupPriority.LOW]):
            rotate_logs(StateDirectory(services.settings.state))
            self.manager.clean(
                CleanupPriority.LOW,
                (partial(retention.retention, services), partial(retention.log_files, services)),
            )


class FigureKeeper:
    """Keeps the daily figures of the analytics up to date, in little of the controller's time."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._schedule = Schedule()
        self._pause = 0.0

    def refresh(self) -> None:
        """Compute what has changed, less often the longer it takes."""
        if not self._schedule.take("figures", self._pause):
            return
        began = time.monotonic()
        rollup.refresh(self._services.redis)
        self._pause = (time.monotonic() - began) / FIGURES_SHARE


class Watch:
    """Compares the usage of every machine with the thresholds."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._alerts = Alerts(services)
        self._observer = Observer(services.settings.state)
        self._alarm: Alarm | None = None

    def check(self) -> None:
        """Send an alert for each usage that has crossed a threshold since the last check."""
        if self._alarm is None:
            self._alarm = self._alerts.alarm()
        for alert in self._alarm.check([*usages(self._services.redis), self._observer.measure()]):
            self._alerts.send(alert)
        for refused in key_alerts.changes(self._services.redis, self._alarm.levels):
            self._alerts.send(refused)
        workers = nodes.alive(self._services.redis)
        for lacking in key_alerts.missing_keys(workers, self._alarm.levels):
            self._alerts.send(lacking)

    def close(self) -> None:
        """End the thread that sends alerts."""
        self._alerts.close()

    def forget(self) -> None:
        """Read the levels from Redis again, which another controller may have changed."""
        self._alarm = None


def rotate_logs(state: StateDirectory) -> None:
    """Let the process manager start new log files each day, so that old lines can be deleted.

    By itself it does so only when a log has grown large. No line is lost: until the new file is
    open, processes write to the old one.
    """
    try:
        manager = int((state.sockets / "supervisord.pid").read_text())
    except (FileNotFoundError, ValueError):
        return  # no process manager of ours runs here
    day = now().date().isoformat()
    for log_file in sorted(state.logs.glob("*.log")):
        former = log_file.with_name(f"{log_file.name}.{day}")
        # Another leader may have done this today already; its file must not be overwritten.
        if log_file.stat().st_size and log_file.name != "manager.log" and not former.exists():
            log_file.rename(former)
    with suppress(ProcessLookupError):
        os.kill(manager, signal.SIGUSR2)
