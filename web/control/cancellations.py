"""Cancel: the stop key first, so that the warm model lives; then, if it must be, the process."""

from __future__ import annotations

import logging
import time

from sqlalchemy import select

from tasks import nodes
from tasks.domain.events import Event
from tasks.domain.job import OPEN_STATES
from tasks.leases import stopped
from tasks.stage import StageCall
from web.control import decisions
from web.control.outbox import STOPS
from web.database import reading, writing
from web.models import Job
from web.models.columns import now
from web.services import Services

log = logging.getLogger(__name__)

PATIENCE_SECONDS = 1.5


def decide_requested() -> None:
    """Turn requests to cancel into states."""
    wanted = select(Job.id).where(
        Job.cancel_requested_at.is_not(None),
        Job.state.in_([state.value for state in OPEN_STATES]),
    )
    with reading() as session:
        requested = list(session.scalars(wanted))
    if not requested:
        return
    with writing() as session:
        for job in session.scalars(select(Job).where(Job.id.in_(requested))):
            decisions.cancel(session, job, now())


class Terminations:
    """Jobs that were told to stop, and when to stop asking."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._deadlines: dict[str, float] = {}

    def watch(self, said: list[Event]) -> None:
        for event in said:
            if event.event_type in STOPS and event.job_id is not None:
                self._deadlines[event.job_id] = time.monotonic() + PATIENCE_SECONDS

    def enforce(self) -> None:
        """End the process of every stage that still works for a job that is over."""
        due = [job for job, deadline in self._deadlines.items() if deadline <= time.monotonic()]
        if not due:
            return
        for node in nodes.alive(self._services.redis):
            call = StageCall.from_task_id(node.doing)
            if call is not None and call.job_id in due and stopped(self._services.redis, call):
                log.warning("%s does not stop %s: ending its process", node.name, node.doing)
                self._services.celery.control.revoke(node.doing, terminate=True, signal="SIGKILL")
        for job in due:
            del self._deadlines[job]

    @property
    def pending(self) -> bool:
        return bool(self._deadlines)
