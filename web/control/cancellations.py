"""Cancel jobs: set the stop key first, then end processes that do not react.

A process that stops by itself keeps its model loaded.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Iterator
from functools import partial

from sqlalchemy import ColumnElement, and_, select

from tasks.domain.events import Event
from tasks.messaging.app import broker_connection
from tasks.messaging.stage_call import StageCall
from tasks.nodes import registry
from tasks.nodes.leases import is_stopped
from web.control.outbox import STOPS
from web.db.columns import now
from web.db.engine import reading, writing
from web.dead_letters import letters, quarantine
from web.jobs import transitions
from web.jobs.models import Job, StageRun
from web.services import Services

log = logging.getLogger(__name__)

GRACE_SECONDS = 1.5


def decide_requested() -> None:
    """Cancel the open jobs whose cancellation was requested."""
    requested = and_(Job.cancel_requested_at.is_not(None), Job.is_open)
    with reading() as db:
        job_ids = list(db.scalars(select(Job.id).where(requested).order_by(Job.id)))
    if job_ids:
        cancel_all = partial(_cancel, Job.id.in_(job_ids), requested)
        quarantine.together(cancel_all, (partial(_cancel_one, j, requested) for j in job_ids))


def _cancel_one(job_id: str, requested: ColumnElement[bool]) -> None:
    cancel = partial(_cancel, Job.id == job_id, requested)
    quarantine.attempt(cancel, letters.DECISION, f"cancel {job_id}", "cancel", job_id=job_id)


def _cancel(*which: ColumnElement[bool]) -> None:
    with writing() as db:
        for job in db.scalars(select(Job).where(*which).with_for_update()):
            transitions.cancel(db, job, now())


class Terminations:
    """Jobs that must stop, and the deadlines after which their processes are killed."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._deadlines: dict[str, float] = {}

    def add(self, published: list[Event]) -> None:
        """Set the deadlines of the jobs that these events stop."""
        for event in published:
            if event.event_type in STOPS and event.job_id is not None:
                self._deadlines[event.job_id] = time.monotonic() + GRACE_SECONDS

    def enforce(self) -> None:
        """Kill the process of every stage that still runs for an ended job."""
        due = [job for job, deadline in self._deadlines.items() if deadline <= time.monotonic()]
        if not due:
            return
        tasks = sorted({*self._ended_jobs(due), *_dropped_tasks(due)})
        if tasks:
            # A stage that has stopped by itself no longer runs under this id.
            log.info("ending processes of cancelled steps", extra={"task_ids": tasks})
            self._kill(tasks)
        for job in due:
            del self._deadlines[job]

    def _kill(self, tasks: list[str]) -> None:
        """Send the order to the workers of every broker."""
        for url in self._services.queues.urls:
            app = self._services.celery
            with broker_connection(app, url) as connection:
                app.control.revoke(tasks, terminate=True, signal="SIGKILL", connection=connection)

    def _ended_jobs(self, jobs: list[str]) -> Iterator[str]:
        """Find the tasks that workers report for these jobs."""
        for node in registry.known(self._services.redis):
            call = StageCall.from_task_id(node.doing)
            if call is not None and call.job_id in jobs and is_stopped(self._services.redis, call):
                yield node.doing

    @property
    def due_in(self) -> float:
        """The seconds until the first deadline."""
        return min(self._deadlines.values(), default=math.inf) - time.monotonic()


def _dropped_tasks(jobs: list[str]) -> list[str]:
    """Find the tasks that ran when these jobs ended.

    A process that holds its interpreter's lock in a C call reports nothing, or an old task.
    """
    dropped = select(StageRun).where(StageRun.job_id.in_(jobs), StageRun.state == "dropped")
    with reading() as db:
        return [
            StageCall(run.job_id, run.revision, run.attempt, run.stage, run.scene).task_id
            for run in db.scalars(dropped)
        ]
