"""Events that count for the service level objectives: each is good or bad.

The objectives, their error budgets and burn rates are in `docker/prometheus/rules.yml`.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from typing import Final

from prometheus_client import CollectorRegistry, Counter
from sqlalchemy import select

from config.settings import Settings
from tasks.domain.errors import BY_CODE, RequestError
from tasks.domain.events import Event, EventType, id_order
from web.db.engine import reading
from web.jobs.models import Job

JOBS: Final = "jobs"
FIRST_SCENE: Final = "first_scene"
START: Final = "start"
_SCENE_STAGE: Final = "animate"
_REMEMBERED: Final = 10_000
"""Jobs whose first step or scene was counted; more are not under way at once."""


class SloMetrics:
    """Counts by objective; they restart at zero with the process."""

    def __init__(self, registry: CollectorRegistry, settings: Settings) -> None:
        limits = settings.monitoring
        self._seconds = {
            START: limits.slo_start_seconds,
            FIRST_SCENE: limits.slo_first_scene_seconds,
        }
        self._counter = Counter(
            "callsheet_slo_events",
            "Events that count for a service level objective.",
            ("slo", "good"),
            registry=registry,
        )
        for slo in (JOBS, *self._seconds):
            for good in ("yes", "no"):
                self._counter.labels(slo, good)
        self._counted: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._accepted: OrderedDict[str, float] = OrderedDict()
        """When jobs were asked for, read once for all that is counted of them."""

    def count(self, events: Iterable[Event]) -> None:
        firsts: dict[tuple[str, str], float] = {}
        for event in events:
            if event.event_type is EventType.PIPELINE_COMPLETED:
                self._add(JOBS, good=True)
            elif event.event_type is EventType.PIPELINE_FAILED:
                self._failed(event)
            elif slo := _first_of(event):
                key = slo, event.job_id or ""
                if key not in self._counted:
                    firsts.setdefault(key, id_order(event.event_id)[0] / 1000)
        self._count_firsts(firsts)

    def _failed(self, event: Event) -> None:
        """Count a failure that is ours: what was sent may be wrong, and no budget pays for that."""
        error = BY_CODE.get(str(event.details.get("error_code")))
        if error is None or not issubclass(error, RequestError):
            self._add(JOBS, good=False)

    def _count_firsts(self, firsts: dict[tuple[str, str], float]) -> None:
        """Compare the first step and the first scene of jobs with the time of their request."""
        if not firsts:
            return
        self._read({job for _, job in firsts} - self._accepted.keys())
        for (slo, job_id), at in firsts.items():
            self._counted[slo, job_id] = None
            if job_id in self._accepted:
                self._add(slo, good=at - self._accepted[job_id] <= self._seconds[slo])
        for remembered in (self._counted, self._accepted):
            while len(remembered) > _REMEMBERED:
                remembered.popitem(last=False)

    def _read(self, job_ids: set[str]) -> None:
        if job_ids:
            query = select(Job.id, Job.created_at).where(Job.id.in_(job_ids))
            with reading() as db:
                for row in db.execute(query):
                    self._accepted[row.id] = row.created_at.timestamp()

    def _add(self, slo: str, *, good: bool) -> None:
        self._counter.labels(slo, "yes" if good else "no").inc()


def _first_of(event: Event) -> str:
    """Return the objective that this event may be the first event of."""
    if event.event_type is EventType.STAGE_STARTED:
        return START
    if event.event_type is EventType.STAGE_COMPLETED and event.stage == _SCENE_STAGE:
        return FIRST_SCENE
    return ""
