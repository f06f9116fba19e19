"""Find jobs whose work has vanished, and let them be dispatched again.

A stage that could run now is alive while a worker sends heartbeats for it, while its message is
in a queue, or, for the length of a lease, after a worker took the message without a heartbeat so
far. The same holds for a stage that the canvas runs before it: a second attempt passes the steps
that are done first. A stage for which none of this is true on two sweeps is lost. Celery on Redis
loses messages in many ways, and this is the one answer to all of them.

A stage whose worker dies is lost within `LEASE_SECONDS` + `SWEEP_SECONDS`.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache, partial
from typing import Any, NamedTuple

import redis
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from config.settings import Settings
from tasks.domain.plan import Plan, Step
from tasks.messaging import keys
from tasks.messaging.pipeline import before
from tasks.messaging.routing import lists_of, unacked
from tasks.messaging.stage_call import StageCall
from tasks.nodes import registry
from tasks.nodes.registry import Node
from web.db.columns import now
from web.db.engine import reading, writing
from web.dead_letters import letters, quarantine
from web.jobs import revisions, transitions
from web.jobs.models import Job, PlanRevision, StageRun
from web.services import Services

log = logging.getLogger(__name__)


_NO_MESSAGE = (ValueError, LookupError, TypeError, RecursionError)


class DeliveredMessage(NamedTuple):
    """A message that a worker has taken and not acknowledged yet."""

    task_id: str
    tag: str
    """A new one for each delivery: a message that returns after a pause is another one."""


@dataclass(frozen=True, slots=True)
class QueueContents:
    """The messages in queues, by task id, and those that workers have taken."""

    queued: frozenset[str]
    taken: frozenset[DeliveredMessage]


@dataclass(slots=True)
class Sweeper:
    """Remembers since when a stage is missing; everything else is read again on each sweep."""

    services: Services
    missing_since: dict[tuple[str, float], float] = field(default_factory=dict)
    """By task id and grace period: a step that was held a moment ago and is nowhere now may just
    have ended, with its event on the way."""
    confirmed: frozenset[DeliveredMessage] = frozenset()
    """Messages that a worker has taken and, on this or an earlier sweep, sent a heartbeat for."""
    idle_since: dict[str, datetime] = field(default_factory=dict)
    """Jobs in flight whose next steps no worker can run now."""

    @property
    def pause(self) -> float:
        """Seconds between two sweeps; two of them make up `SWEEP_SECONDS`."""
        return self.services.settings.sweep_seconds / 2

    def sweep(self) -> list[str]:
        """Find the lost jobs and let each have another attempt; return their ids."""
        in_flight_jobs = _in_flight_jobs()
        self._withdraw_unservable(in_flight_jobs)
        absent = self._absent(in_flight_jobs)
        self.missing_since = {k: s for k, s in self.missing_since.items() if k in absent.items()}
        moment = time.monotonic()
        lost: list[str] = []
        for job_id, job in in_flight_jobs.items():
            ids = [job.call(step).task_id for step in job.steps]
            gone = [task_id for task_id in ids if self._gone(task_id, absent, moment)]
            if gone:
                log.warning("steps lost", extra={"job_id": job_id, "task_ids": gone})
                retry = partial(self._retry_lost, job_id, job.attempt, gone)
                if _decided(retry, job_id):
                    lost.append(job_id)
        return lost

    def _withdraw_unservable(self, in_flight_jobs: dict[str, _InFlightJob]) -> None:
        """Put jobs back in the queue whose messages wait for workers that are gone."""
        alive = registry.alive(self.services.redis) if in_flight_jobs else []
        idle = {job_id for job_id, job in in_flight_jobs.items() if not job.can_go_on(alive)}
        self.idle_since = {job_id: self.idle_since.get(job_id, now()) for job_id in idle}
        for job_id, since in self.idle_since.items():
            if now() - since >= in_flight_jobs[job_id].patience(self.services.settings, alive):
                log.warning("no worker can run the next step", extra={"job_id": job_id})
                withdraw = partial(_withdraw, job_id, in_flight_jobs[job_id].attempt, since)
                _decided(withdraw, job_id)

    def _absent(self, in_flight_jobs: dict[str, _InFlightJob]) -> dict[str, float]:
        """Find the task ids that are nowhere, and how long that may last."""
        paths = {
            job.call(step).task_id: [job.call(step).task_id, *job.ahead(step)]
            for job in in_flight_jobs.values()
            for step in job.steps
        }
        if not paths:
            return {}
        client = self.services.redis
        beating = _with_heartbeat(client, {task_id for path in paths.values() for task_id in path})
        contents = queue_contents(self.services.queues)
        alive = beating | contents.queued
        self.confirmed = frozenset(
            one for one in contents.taken if one in self.confirmed or one.task_id in beating
        )
        return {
            task_id: self._grace_seconds({one for one in contents.taken if one.task_id in path})
            for task_id, path in paths.items()
            if alive.isdisjoint(path)
        }

    def _grace_seconds(self, taken: Set[DeliveredMessage]) -> float:
        """Decide how long a step may be nowhere, by the messages that workers have taken."""
        settings = self.services.settings
        if taken - self.confirmed:
            return settings.lease_seconds  # it is paused, or its process is starting
        # A stage that ends acknowledges its message: an event can be on the way only without one.
        return self.pause if taken else settings.sweep_seconds

    def _gone(self, task_id: str, absent: dict[str, float], moment: float) -> bool:
        if task_id not in absent:
            return False
        grace = absent[task_id]
        since = self.missing_since.setdefault((task_id, grace), moment)
        # A little less than the grace period, so that the last of these sweeps counts.
        return since < moment and moment - since >= 0.9 * grace

    def _retry_lost(self, job_id: str, attempt: int, gone: list[str]) -> None:
        with writing() as db:
            job = db.get_one(Job, job_id, with_for_update=True)
            cap = self.services.settings.job_attempts
            reason = f"lost: {', '.join(gone)}"
            transitions.retry_lost(db, job, attempt, now(), reason=reason, cap=cap)


def _withdraw(job_id: str, attempt: int, since: datetime) -> None:
    """Put a job back in the queue whose next step no worker can run."""
    with writing() as db:
        job = db.get_one(Job, job_id, with_for_update=True)
        transitions.withdraw(job, attempt, since)


def _with_heartbeat(client: redis.Redis, task_ids: set[str]) -> frozenset[str]:
    """Find the steps with a heartbeat."""
    ids = sorted(task_ids)
    beats: Any = client.mget([keys.step_heartbeat(task_id) for task_id in ids])
    return frozenset(t for t, beat in zip(ids, beats, strict=True) if beat is not None)


def queue_contents(brokers: Iterable[tuple[redis.Redis, list[str]]]) -> QueueContents:
    """Read the task ids of all messages in the queues of these environments."""
    queued: set[str] = set()
    taken: set[DeliveredMessage] = set()
    for client, environments in brokers:
        pipe = client.pipeline()
        lists = [name for queue in environments for name in lists_of(queue)]
        for name in lists:
            pipe.lrange(name, 0, -1)
        for environment in environments:
            pipe.hvals(unacked(environment)["unacked_key"])
        answers = pipe.execute()
        queued.update(filter(None, (_queued(m) for of in answers[: len(lists)] for m in of)))
        taken.update(filter(None, (_taken(m) for of in answers[len(lists) :] for m in of)))
    return QueueContents(frozenset(queued), frozenset(taken))


def _queued(text: str) -> str | None:
    """Read the task id of a message in a queue; None for a foreign one."""
    try:
        return _task_id(json.loads(text))
    except _NO_MESSAGE:
        return None


def _taken(text: str) -> DeliveredMessage | None:
    """Read a message that a worker has taken; None for a foreign one."""
    try:
        message = json.loads(text)[0]
        return DeliveredMessage(_task_id(message), str(message["properties"]["delivery_tag"]))
    except _NO_MESSAGE:
        return None


def _task_id(message: dict[str, Any]) -> str:
    return str(message["headers"]["id"])


@dataclass(frozen=True, slots=True)
class _InFlightJob:
    """A job in flight, and its steps that could be running: all their inputs are done."""

    attempt: int
    plan: Plan
    steps: tuple[Step, ...]

    def call(self, step: Step) -> StageCall:
        plan = self.plan
        return StageCall(plan.job_id, plan.revision, self.attempt, step.stage, step.scene)

    def ahead(self, step: Step) -> list[str]:
        """List the task ids that a later attempt passes first, because they are done."""
        return [self.call(self.plan.by_name[name]).task_id for name in before(self.plan, step)]

    def can_go_on(self, alive: list[Node]) -> bool:
        """Return whether a live worker can run each of these steps."""
        return not self._stuck(alive)

    def patience(self, settings: Settings, alive: list[Node]) -> timedelta:
        """Return how long to wait for workers that can run the steps that none can run."""
        return max(revisions.patience(settings, step.engine) for step in self._stuck(alive))

    def _stuck(self, alive: list[Node]) -> list[Step]:
        return [
            step
            for step in self.steps
            if not any(node.takes(step.stage, step.engine) for node in alive)
        ]


def _in_flight_jobs() -> dict[str, _InFlightJob]:
    mine = Job.is_in_flight, Job.revision > 0
    jobs: dict[str, _InFlightJob] = {}

    def load(*which: ColumnElement[bool]) -> None:
        with reading() as db:
            for job in db.scalars(select(Job).where(*mine, *which)):
                jobs[job.id] = _read_job(db, job)

    def each() -> Iterator[Callable[[], object]]:
        with reading() as db:
            job_ids = list(db.scalars(select(Job.id).where(*mine)))
        yield from (partial(_decided, partial(load, Job.id == one), one) for one in job_ids)

    quarantine.together(load, each())
    return jobs


def _decided(decide: Callable[[], object], job_id: str) -> bool:
    """Make a decision for a job; if that raises, the job fails and the sweep continues."""
    return quarantine.attempt(decide, letters.DECISION, f"sweep {job_id}", "sweep", job_id=job_id)


_parse = lru_cache(maxsize=64)(Plan.from_json)
"""Plans do not change, and a job is in flight for many sweeps."""


def _read_job(db: Session, job: Job) -> _InFlightJob:
    plan = _parse(db.get_one(PlanRevision, (job.id, job.revision)).plan)
    done = select(StageRun.step).where(
        StageRun.job_id == job.id, StageRun.revision == job.revision, StageRun.state == "done"
    )
    steps = _frontier(plan, set(db.scalars(done)))
    return _InFlightJob(job.attempt, plan, steps)


def _frontier(plan: Plan, done: set[str]) -> tuple[Step, ...]:
    return tuple(s for s in plan.steps if s.name not in done and before(plan, s) <= done)
