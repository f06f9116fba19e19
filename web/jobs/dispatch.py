"""Plan a job, claim its row, publish its chord. By the API after its commit, else by control.

A claim is a new attempt number and a moment until which nobody else may claim; the plan is
stored in its transaction (the API's is the one that takes the job in), and what was claimed
is published after it. If the claimer dies, or Redis is away, the moment passes and the job is
due again; the next attempt finds what is committed already and costs nothing for it.
"""

from __future__ import annotations

import logging
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import redis
from kombu.exceptions import OperationalError
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from config import log_context
from tasks.domain.artifact import Blob
from tasks.domain.errors import EngineUnavailable, StoreUnavailable
from tasks.domain.events import Event, EventType
from tasks.domain.job import JobOptions
from tasks.domain.plan import Plan
from tasks.messaging import keys
from tasks.messaging.app import LONGEST_JOB, VISIBILITY_TIMEOUT
from tasks.messaging.event_bus import Progress
from tasks.messaging.pipeline import canvas
from tasks.messaging.routing import queue_of
from tasks.nodes import registry
from web.db.columns import now
from web.db.engine import reading, writing
from web.jobs import queue, revisions, tracing
from web.jobs.models import Job
from web.jobs.planning import Capacity, Claim, PreparedPlan, prepare_plan, publish_plan, store_plan
from web.jobs.progress import begin_progress, known_progress, started_reference
from web.services import Services
from web.sessions import salts
from web.sessions.models import UserSession

log = logging.getLogger(__name__)

CLAIM_TIMEOUT = timedelta(seconds=10)
KEY_SECONDS = VISIBILITY_TIMEOUT + LONGEST_JOB
"""Attempt and stop keys outlive every message of their job."""


def dispatch(services: Services, job_id: str, capacity: Capacity) -> bool:
    """Publish a job if it is due and there is room; False leaves it to the next look."""
    claim = _find_claim(services, job_id) if capacity.has_room else None
    if claim is None:
        return False
    with _log_context(claim):
        try:
            prepared = prepare_plan(services, claim, capacity)
        except EngineUnavailable as error:
            # Nothing is sent under its number: the next attempt takes it.
            revisions.wait_for_worker(services, claim.job_id, claim.attempt - 1, error.user_message)
            return False
        if not _try_claim(claim, prepared, capacity.slots):
            log.info("somebody else was faster")
            return False
        return publish(services, claim, prepared)


def publish(services: Services, claim: Claim, prepared: PreparedPlan) -> bool:
    """Send what was claimed; if Redis is away, or nobody gets here, the claim runs out."""
    try:
        with tracing.dispatch_span(services, claim.job_id, claim.attempt):
            publish_plan(services, prepared)
            _publish(services, claim, prepared)
    except (redis.RedisError, OperationalError, StoreUnavailable) as error:
        log.warning("job %s was not published: %s", claim.job_id, type(error).__name__)
        return False
    log.info("dispatched")
    _mark_published(claim)
    return True


def _mark_published(claim: Claim) -> None:
    """Unless it has failed meanwhile, and waits for its next attempt already."""
    sent = {"published": True, "retry_at": None, "waiting_since": None, "waiting_for": None}
    still = (
        Job.id == claim.job_id,
        Job.attempt == claim.attempt,
        Job.failures == claim.failures,
        queue.is_open(),
    )
    with writing() as db:
        db.execute(update(Job).where(*still).values(sent))


def claim_at_once(
    services: Services, db: Session, job: Job, capacity: Capacity
) -> tuple[Claim, PreparedPlan] | None:
    """In the transaction that takes a job in: its first attempt, if nobody stands before it."""
    others = select(Job.id).where(*_is_due(), Job.id != job.id)
    if not capacity.has_room or db.scalar(others.limit(1)) is not None:
        return None
    claim = _claim(services, db, job)
    try:
        prepared = prepare_plan(services, claim, capacity)
    except EngineUnavailable:
        return None  # control sees to it that it waits, and says for whom
    _begin_attempt(db, job, prepared)
    return claim, prepared


def current_capacity(services: Services) -> Capacity:
    """Who is there now, and how much they have to do."""
    alive = registry.alive(services.redis)
    with reading() as db:
        in_flight_jobs = in_flight(db)
    return Capacity(
        alive, queue.slots(len(alive), services.settings.jobs_in_flight), in_flight_jobs
    )


def _log_context(claim: Claim) -> AbstractContextManager[None]:
    """Whose work it is, for the log and for the headers of its messages."""
    return log_context.bound(
        request_id=claim.request_id,
        session_id=claim.session_id,
        job_id=claim.job_id,
        attempt=claim.attempt,
    )


def due_jobs(db: Session) -> list[str]:
    """Jobs that wait for a dispatch, in the order in which they should get it."""
    return list(db.scalars(queue.waiting_jobs(*_is_due()).limit(100)))


def in_flight(db: Session) -> int:
    taken = (
        select(func.count())
        .select_from(Job)
        .where(queue.is_open(), Job.published, _is_pipeline_job())
    )
    return db.scalar(taken) or 0


def _is_pipeline_job() -> Any:
    """Not those that somebody else carries out."""
    return Job.kind == "pipeline"


def _is_due() -> tuple[Any, ...]:
    ripe = Job.retry_at.is_(None) | (Job.retry_at <= now())
    return (
        queue.is_open(),
        _is_pipeline_job(),
        Job.published.is_(False),
        Job.cancel_requested_at.is_(None),
        ripe,
    )


def _find_claim(services: Services, job_id: str) -> Claim | None:
    """The next attempt of a job, if it is due."""
    with reading() as db:
        job = db.scalar(select(Job).where(Job.id == job_id, *_is_due()))
        return None if job is None else _claim(services, db, job)


def _claim(services: Services, db: Session, job: Job) -> Claim:
    owner = db.get_one(UserSession, job.session_id).owner
    return Claim(
        job_id=job.id,
        session_id=job.session_id,
        attempt=job.attempt + 1,
        failures=job.failures,
        revision=job.revision,
        options=_options(job),
        uploads={name: Blob(**blob) for name, blob in job.inputs.items()},
        consent=job.consent or {},
        salt=salts.of_owner(services, owner),
        percent=job.percent,
        rounds=job.rounds,
        request_id=job.request_id,
    )


def _try_claim(claim: Claim, prepared: PreparedPlan, slots: int) -> bool:
    """One transaction: it is still due and nobody else's, and from now on it is ours."""
    mine = select(Job).where(Job.id == claim.job_id, Job.attempt == claim.attempt - 1, *_is_due())
    with writing() as db:
        # Who is claiming it already shall have it: on PostgreSQL writers do not wait in line.
        job = db.scalar(mine.with_for_update(skip_locked=True))
        if job is None or in_flight(db) >= slots:
            return False
        _begin_attempt(db, job, prepared)
    return True


def _begin_attempt(db: Session, job: Job, prepared: PreparedPlan) -> None:
    job.attempt += 1
    job.retry_at = now() + CLAIM_TIMEOUT
    store_plan(db, job, prepared)


def _options(job: Job) -> JobOptions:
    """What was asked for, at the size that there is memory for."""
    options = JobOptions(**job.options)
    return options if job.height is None else replace(options, height=job.height)


def _publish(services: Services, claim: Claim, prepared: PreparedPlan) -> None:
    plan, again = prepared.plan, claim.attempt > 1
    if again:  # of a first attempt nothing older can be under way
        services.redis.set(keys.attempt(claim.job_id), claim.attempt, ex=KEY_SECONDS)
    known = known_progress(plan, claim.percent, claim.rounds) if again else Progress()
    begin_progress(services, plan, known, prepared.estimate)
    services.bus.emit(
        _started(plan, claim.rounds), reference=started_reference(claim.job_id, claim.rounds)
    )
    elsewhere = _elsewhere(services, plan) if again else {}
    canvas(services.celery, plan, claim.attempt, elsewhere, services.call_keys).apply_async()


def _elsewhere(services: Services, plan: Plan) -> dict[str, str]:
    """Another queue for steps that are done and whose own nobody serves any more.

    They need a worker to pass them by, not one that could compute them.
    """
    served = {queue for node in registry.alive(services.redis) for queue in node.queues}
    left = [step for step in plan.steps if queue_of(step) not in served]
    if not left or not served:
        return {}
    done = revisions.done_steps(plan)
    return {step.name: min(served) for step in left if step.name in done}


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
