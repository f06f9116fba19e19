"""Claim a job's row, plan it once, publish its chord. By the API after its commit, else by control.

A claim is a new attempt number and a moment until which nobody else may claim. If the
claimer dies, or Redis is away, the moment passes and the job is due again; the next
attempt finds what is committed already and costs nothing for it.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta
from typing import Any

import redis
from kombu.exceptions import OperationalError
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from config import log_context
from tasks import keys, nodes
from tasks.app import LONGEST_JOB, VISIBILITY_TIMEOUT
from tasks.bus import Progress
from tasks.domain.artifact import Blob
from tasks.domain.errors import EngineUnavailable, StoreUnavailable
from tasks.domain.events import Event, EventType
from tasks.domain.job import JobOptions
from tasks.domain.plan import Plan
from tasks.pipeline import canvas
from tasks.routing import queue_of
from web import line, revisions, tracing
from web.database import reading, writing
from web.models import Job
from web.models.columns import now
from web.planning import Claim, Overtaken, planned
from web.progress import begin_progress, known_progress, started_reference
from web.services import Services

log = logging.getLogger(__name__)

CLAIM = timedelta(seconds=10)
KEY_SECONDS = VISIBILITY_TIMEOUT + LONGEST_JOB
"""Attempt and stop keys outlive every message of their job."""


def dispatch(services: Services, job_id: str) -> bool:
    """Publish a job if it is due and there is room; False leaves it to the next look."""
    try:
        claim = _claim(job_id, _places(services))
        if claim is None:
            return False
        with (
            log_context.bound(
                request_id=claim.request_id,
                session_id=claim.session_id,
                job_id=job_id,
                attempt=claim.attempt,
            ),
            tracing.dispatching(services, job_id, claim.attempt),
        ):
            if not _plan_and_publish(services, claim):
                return False
    except (redis.RedisError, OperationalError, StoreUnavailable) as away:
        log.warning("job %s was not published: %s", job_id, type(away).__name__)
        return False
    with writing() as session:
        job = session.get_one(Job, job_id)
        if job.attempt == claim.attempt:
            job.published = True
            job.retry_at = job.waiting_since = job.waiting_for = None
    return True


def _plan_and_publish(services: Services, claim: Claim) -> bool:
    try:
        plan = planned(services, claim)
    except EngineUnavailable as nobody:
        revisions.wait(services, claim.job_id, claim.attempt, nobody.user_message)
        return False
    except Overtaken:
        log.info("somebody else was faster")
        return False
    _publish(services, claim, plan)
    log.info("dispatched")
    return True


def due_jobs(session: Session) -> list[str]:
    """Jobs that wait for a dispatch, in the order in which they should get it."""
    return list(session.scalars(line.in_line(*_due()).limit(100)))


def in_flight(session: Session) -> int:
    taken = select(func.count()).select_from(Job).where(line.is_open(), Job.published, _ours())
    return session.scalar(taken) or 0


def _ours() -> Any:
    """Not those that somebody else carries out."""
    return Job.kind == "pipeline"


def _due() -> tuple[Any, ...]:
    ripe = Job.retry_at.is_(None) | (Job.retry_at <= now())
    return (
        line.is_open(),
        _ours(),
        Job.published.is_(False),
        Job.cancel_requested_at.is_(None),
        ripe,
    )


def has_room(services: Services) -> bool:
    """Whether another job may be dispatched now."""
    most = _places(services)
    with reading() as session:
        return in_flight(session) < most


def _places(services: Services) -> int:
    return line.places(len(nodes.alive(services.redis)), services.settings.jobs_in_flight)


def _claim(job_id: str, places: int) -> Claim | None:
    with writing() as session:
        # Who is claiming it already shall have it: on PostgreSQL writers do not wait in line.
        mine = select(Job).where(Job.id == job_id, *_due()).with_for_update(skip_locked=True)
        job = session.scalar(mine)
        if job is None or in_flight(session) >= places:
            return None
        job.attempt += 1
        job.retry_at = now() + CLAIM
        return Claim(
            job_id=job.id,
            session_id=job.session_id,
            attempt=job.attempt,
            revision=job.revision,
            options=_options(job),
            uploads={name: Blob(**blob) for name, blob in job.inputs.items()},
            consent=job.consent or {},
            percent=job.percent,
            rounds=job.rounds,
            request_id=job.request_id,
        )


def _options(job: Job) -> JobOptions:
    """What was asked for, at the size that there is memory for."""
    options = JobOptions(**job.options)
    return options if job.height is None else replace(options, height=job.height)


def _publish(services: Services, claim: Claim, plan: Plan) -> None:
    services.redis.set(keys.attempt(claim.job_id), claim.attempt, ex=KEY_SECONDS)
    again = claim.attempt > 1
    known = known_progress(plan, claim.percent, claim.rounds) if again else Progress()
    begin_progress(services, plan, known)
    services.bus.emit(
        _started(plan, claim.rounds), reference=started_reference(claim.job_id, claim.rounds)
    )
    elsewhere = _elsewhere(services, plan) if again else {}
    canvas(services.celery, plan, claim.attempt, elsewhere).apply_async()


def _elsewhere(services: Services, plan: Plan) -> dict[str, str]:
    """Another queue for steps that are done and whose own nobody serves any more.

    They need a worker to pass them by, not one that could compute them.
    """
    served = {queue for node in nodes.alive(services.redis) for queue in node.queues}
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
