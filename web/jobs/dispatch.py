"""Dispatch jobs: plan an attempt, claim its row, publish its canvas, mark it published.

What the cache has is reported at once and not published (`web/jobs/reuse.py`).

A claim is a new attempt number and a moment until which no other process may claim the job.
The plan is stored in its transaction (for the API, the one that inserts the job), and the
attempt is published after it. If the process dies or Redis is unavailable, the claim expires
and the job is due again; the next attempt reuses what is committed already.
"""

from __future__ import annotations

import logging
from contextlib import AbstractContextManager
from dataclasses import fields, replace
from datetime import timedelta
from typing import Final

import redis
from kombu.exceptions import OperationalError
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from config import log_context
from tasks.domain.artifact import Blob
from tasks.domain.errors import EngineUnavailable, StoreUnavailable
from tasks.domain.events import Event, EventType
from tasks.domain.job import JobOptions
from tasks.domain.plan import Plan
from tasks.messaging import keys
from tasks.messaging.app import LONGEST_HELD, LONGEST_JOB
from tasks.messaging.event_bus import Progress
from tasks.messaging.pipeline import canvas
from tasks.nodes import registry
from web.db.columns import Moment, now
from web.db.engine import reading, writing
from web.jobs import queue, reuse, tracing, transitions
from web.jobs.models import PIPELINE, Job
from web.jobs.planning import Attempt, Capacity, Claim, prepare, publish_plan
from web.jobs.progress import begin_with, known_progress
from web.services import Services
from web.sessions import salts

log = logging.getLogger(__name__)

KEY_SECONDS = LONGEST_HELD + LONGEST_JOB
"""Attempt and stop keys outlive every message of their job."""
_MOST_DUE: Final = 100
# Statements of every dispatch: to build one costs more than to run it.
_DUE_JOB: Final = select(Job).where(
    Job.id == bindparam("job_id"), Job.due(bindparam("at", type_=Moment()))
)


class Dispatcher:
    """Dispatches the jobs of this deployment, from the API or from the controller."""

    def __init__(self, services: Services) -> None:
        self.services = services

    def capacity(self) -> Capacity:
        """Count the live workers and the jobs that they have."""
        capacity = self.slots()
        with reading() as db:
            capacity.in_flight = _count_in_flight(db)
        return capacity

    def slots(self) -> Capacity:
        """Count the live workers; how many jobs they have is not known yet."""
        alive = registry.alive(self.services.redis)
        return Capacity(alive, queue.slots(len(alive), self.services.settings.jobs_in_flight))

    def has_due(self) -> bool:
        """Return whether any job waits for a dispatch."""
        with reading() as db:
            return bool(db.scalar(queue.IS_ANYTHING_DUE, {"at": now()}))

    def due(self) -> list[str]:
        """List the jobs that wait for a dispatch, in the order of their turns."""
        with reading() as db:
            return list(db.scalars(queue.waiting_jobs(Job.due(now())).limit(_MOST_DUE)))

    def dispatch(self, job_id: str, capacity: Capacity) -> bool:
        """Publish a job if it is due and a slot is free; False leaves it in the queue."""
        attempt = self.next_attempt(job_id) if capacity.has_room else None
        if attempt is None:
            return False
        with _log_context(attempt):
            try:
                claim = prepare(self.services, attempt, capacity)
            except EngineUnavailable as error:
                self._wait_for_worker(attempt, error.user_message)
                return False
            return self.claim(claim, capacity) and self.publish(claim)

    def answer(self, job_id: str, capacity: Capacity) -> bool:
        """Complete a due job whose steps are all in the cache, whether or not a slot is free."""
        attempt = self.next_attempt(job_id)
        if attempt is None or attempt.number > 1:
            return False
        with _log_context(attempt):
            try:
                claim = prepare(self.services, attempt, capacity)
                claim.reused = reuse.find_done(self.services, claim.plan, again=False)
            except (EngineUnavailable, StoreUnavailable):
                return False  # it waits for its turn
            return claim.is_answered and self.claim(claim, capacity) and self.publish(claim)

    def claim(self, claim: Claim, capacity: Capacity) -> bool:
        """Claim a due job in a transaction of its own; False if another process was faster."""
        attempt = claim.attempt
        with writing() as db:
            # A row that is being claimed is skipped: writers do not wait in turn on PostgreSQL.
            due = {"job_id": attempt.job_id, "at": now()}
            job = db.scalar(_DUE_JOB.with_for_update(skip_locked=True), due)
            room = claim.is_answered or _count_in_flight(db) < capacity.slots
            claimed = room and job is not None and claim.take(db, job, now())
        if not claimed:
            log.info("job already claimed by another process")
        return claimed

    def claim_new(self, db: Session, job: Job, capacity: Capacity) -> Claim | None:
        """Claim a job in the transaction that inserts it, if there is room."""
        if not capacity.has_room:
            return None
        try:
            claim = prepare(self.services, self._attempt(job), capacity)
        except EngineUnavailable:
            return None  # the controller lets it wait, and reports what for
        return claim if claim.take(db, job, now()) else None

    def publish(self, claim: Claim) -> bool:
        """Send a claimed attempt to the workers; if that fails, the claim expires."""
        attempt = claim.attempt
        try:
            with tracing.dispatch_span(self.services, attempt.job_id, attempt.number):
                publish_plan(self.services, claim)
                if claim.reused is None:
                    again = attempt.number > 1
                    claim.reused = reuse.find_done(self.services, claim.plan, again=again)
                self._send(claim)
        except (redis.RedisError, OperationalError, StoreUnavailable) as error:
            reason = type(error).__name__
            log.warning("job not published", extra={"error": reason})
            return False
        log.info("job answered from the cache" if claim.is_answered else "job dispatched")
        with writing() as db:
            transitions.mark_published(db, attempt.job_id, attempt.number)
        return True

    def next_attempt(self, job_id: str) -> Attempt | None:
        """Read a due job from the database."""
        with reading() as db:
            job = db.scalar(_DUE_JOB, {"job_id": job_id, "at": now()})
            return None if job is None else self._attempt(job)

    def _attempt(self, job: Job) -> Attempt:
        return Attempt(
            job_id=job.id,
            session_id=job.session_id,
            number=job.attempt + 1,
            revision=job.revision,
            options=_options(job),
            uploads={name: Blob(**blob) for name, blob in job.inputs.items()},
            consent=job.consent or {},
            salt=salts.of_owner(self.services, job.owner),
            percent=job.percent,
            rounds=job.rounds,
            request_id=job.request_id,
            billed=job.billed,
            waiting_since=job.waiting_since,
            project=None if job.kind == PIPELINE else job.options,
        )

    def _wait_for_worker(self, attempt: Attempt, reason: str) -> None:
        """Let the job wait; its number was not used, so the next attempt takes it."""
        limit = timedelta(minutes=self.services.settings.engine_wait_minutes)
        with writing() as db:
            job = db.get_one(Job, attempt.job_id, with_for_update=True)
            news = job.waiting_for != reason
            waits = transitions.wait_for_worker(
                db, job, attempt.number - 1, now(), reason=reason, limit=limit
            )
        if waits and news:
            log.info("job waits for a worker", extra={"reason": reason})

    def _send(self, claim: Claim) -> None:
        """Let Redis know the attempt and its progress, report what is done, publish the rest."""
        services, plan, attempt = self.services, claim.plan, claim.attempt
        found = claim.reused or {}
        again = attempt.number > 1
        if again:  # a first attempt has no older messages to tell from its own
            services.redis.set(keys.attempt(attempt.job_id), attempt.number, ex=KEY_SECONDS)
        known = known_progress(plan, attempt.percent, attempt.rounds) if again else Progress()
        started = _started(plan, attempt.rounds)
        begin_with(services, started, attempt.rounds, known, claim.estimate)
        reuse.report_done(services, plan, attempt.number, found)
        if not claim.is_answered:
            rest = canvas(
                services.celery,
                plan,
                attempt.number,
                found,
                call_keys=services.call_keys,
                workers=claim.workers,
            )
            rest.apply_async()


def _count_in_flight(db: Session) -> int:
    return db.scalar(queue.IN_FLIGHT) or 0


def _log_context(attempt: Attempt) -> AbstractContextManager[None]:
    """Bind the job's ids to the log lines and to the headers of its messages."""
    return log_context.bound(
        request_id=attempt.request_id,
        session_id=attempt.session_id,
        job_id=attempt.job_id,
        attempt=attempt.number,
    )


def _options(job: Job) -> JobOptions:
    """Read what was asked for, at the height that there is memory for."""
    asked = job.options
    if job.kind != PIPELINE:
        known = {field.name for field in fields(JobOptions)}
        asked = {name: value for name, value in asked.items() if name in known}
    options = JobOptions(**asked)
    return options if job.height is None else replace(options, height=job.height)


def _started(plan: Plan, rounds: int) -> Event:
    return Event(
        event_type=EventType.PROCESSING_STARTED,
        session_id=plan.session_id,
        job_id=plan.job_id,
        message="processing started",
        details={
            "round": rounds,
            "scenes": plan.scenes,
            "mode": plan.mode,
            "estimated_seconds": round(plan.estimated_seconds, 1),
            "stages": [
                {"stage": s.stage, "scene": s.scene, "engine": s.engine.name, "weight": s.weight}
                for s in plan.steps
            ],
        },
    )
