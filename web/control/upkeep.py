"""Tidying that needs nobody's decision: streams that grow, events that age."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import delete

from tasks import keys
from tasks.domain.events import id_order
from web.database import writing
from web.models import LedgerEvent, OutboxEvent
from web.models.columns import now
from web.resources import CleanupPriority, MemoryCleanupManager
from web.services import Services

log = logging.getLogger(__name__)

KEEP_EVENTS = timedelta(days=7)
KEEP_STREAM_MS = 10 * 60 * 1000
"""A web process that was away for less than this catches up from the stream."""


def trim(services: Services, mark: str) -> None:
    """Cut what control has read long ago from the ledger stream."""
    oldest = id_order(mark)[0] - KEEP_STREAM_MS
    if oldest > 0:
        services.redis.xtrim(keys.LEDGER, minid=f"{oldest}-0", approximate=True)


def forget() -> None:
    """Drop old events from the database."""
    before = now() - KEEP_EVENTS
    with writing() as session:
        session.execute(delete(LedgerEvent).where(LedgerEvent.created_at < before))
        session.execute(
            delete(OutboxEvent).where(
                OutboxEvent.created_at < before, OutboxEvent.event_id.is_not(None)
            )
        )


@dataclass(slots=True)
class Cleaner:
    """Cleans on its schedule; under pressure more often and more thoroughly."""

    manager: MemoryCleanupManager
    _last: dict[CleanupPriority, float] = field(default_factory=dict)
    _health: str = "healthy"

    def turn(self) -> None:
        """To be called often; most of the time nothing is due."""
        if self._due(CleanupPriority.CRITICAL):
            self._watch()
        if self._health == "critical" and self._due(CleanupPriority.HIGH):
            log.warning("emergency cleaning: %s", self.manager.emergency_cleanup())
        elif self._due(CleanupPriority.MEDIUM):
            log.debug("cleaning: %s", self.manager.force_cleanup(CleanupPriority.MEDIUM))

    def _watch(self) -> None:
        """Say a change of health once."""
        health = self.manager.check_resource_health()
        if health["overall_health"] != self._health:
            self._health = health["overall_health"]
            log.warning("resources are %s: %s", self._health, health["recommendations"])

    def _due(self, priority: CleanupPriority) -> bool:
        moment = time.monotonic()
        last = self._last.get(priority)
        if last is not None and moment - last < self.manager.cleanup_intervals[priority]:
            return False
        self._last[priority] = moment
        return True
