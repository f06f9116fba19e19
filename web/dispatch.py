"""Claim a job's row, plan it once, publish its chord. By the API after its commit, else by control.

A claim is a new attempt number and a moment until which nobody else may claim. If the
claimer dies, or Redis is away, the moment passes and the job is due again; the next
attempt finds what is committed already and costs nothing for it.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
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
from tasks.domain.errors import EngineUnavailable
from tasks.domain.events import Event, EventType
from tasks.domain.job import JobOptions
from tasks.domain.offers import choose
from tasks.domain.plan import Plan
from tasks.domain.planner import Request, make_plan
from tasks.pipeline import canvas
from web import line
from web.database import reading, writing
from web.forecast import Forecast, forecast
from web.history import history
from web.models import Job, PlanRevision, StageRun
from web.models.columns import now
from web.progress import begin_progress, known_progress, started_reference
from web.services import Services

log = logging.getLogger(__name__)

CLAIM = timedelta(seconds=10)
NO_ENGINE_PAUSE = timedelta(seconds=2)
KEY_SECONDS = VISIBILITY_TIMEOUT + LONGEST_JOB
"""Attempt and stop keys outlive every message of their job."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to publish one attempt of a job."""

    job_id: str
    session_id: str
    attempt: int
    revision: int
    options: JobOptions
    uploads: dict[str, Blob]
    consent: dict[str, dict[str, str]]
    percent: float
    rounds: int
    request_id: str


class Overtaken(Exception):
    """The claim ran out while its owner was held up, and somebody else has planned the job."""


def dispatch(services: Services, job_id: str) -> bool:
    """Publish a job if it is due and there is room; False leaves it to the next look."""
    try:
        claim = _claim(job_id, _places(services))
        if claim is None:
            return False
        with log_context.bound(
            request_id=claim.request_id,
            session_id=claim.session_id,
            job_id=job_id,
            attempt=claim.attempt,
        ):
            if not _plan_and_publish(services, claim):
                return False
    except (redis.RedisError, OperationalError) as away:
        log.warning("job %s was not published: %s", job_id, type(away).__name__)
        return False
    with writing() as session:
        job = session.get_one(Job, job_id)
        if job.attempt == claim.attempt:
            job.published = True
            job.retry_at = None
    return True


def _plan_and_publish(services: Services, claim: Claim) -> bool:
    try:
        plan = _plan(services, claim)
    except EngineUnavailable as nobody:
        log.info("job %s waits: %s", claim.job_id, nobody.user_message)
        _postpone(claim.job_id, claim.attempt)
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
            options=JobOptions(**job.options),
            uploads={name: Blob(**blob) for name, blob in job.inputs.items()},
            consent=job.consent or {},
            percent=job.percent,
            rounds=job.rounds,
            request_id=job.request_id,
        )


def _plan(services: Services, claim: Claim) -> Plan:
    """The plan that counts; made at the first dispatch that finds an engine for every stage."""
    if claim.revision:
        with reading() as session:
            row = session.get_one(PlanRevision, (claim.job_id, claim.revision))
            plan = Plan.from_json(row.plan)
    else:
        alive = nodes.alive(services.redis)
        offers = [offer for node in alive for offer in node.offers]
        engines = choose(offers, claim.options)
        request = Request(
            claim.job_id, claim.session_id, claim.options, claim.uploads, claim.consent
        )
        plan = make_plan(request, engines, history(services))
        _store(plan, forecast(services, plan, len(alive)), claim.attempt)
    services.artifacts.put_plan(plan)
    return plan


def _store(plan: Plan, forecast: Forecast, attempt: int) -> None:
    with writing() as session:
        job = session.get_one(Job, plan.job_id, with_for_update=True)
        if job.attempt != attempt:
            raise Overtaken(plan.job_id)
        job.revision = plan.revision
        job.dispatched_at = job.dispatched_at or now()
        forecast.note(job)
        text = plan.to_json().decode()
        session.add(PlanRevision(job_id=plan.job_id, revision=plan.revision, plan=text))
        session.add_all(
            StageRun(
                job_id=plan.job_id,
                revision=plan.revision,
                step=step.name,
                stage=step.stage,
                scene=step.scene,
                engine=step.engine.name,
                kind=step.engine.kind,
                environment=step.engine.environment,
                size=step.size,
                expected_seconds=step.seconds,
                expected_high=step.within,
            )
            for step in plan.steps
        )


def _publish(services: Services, claim: Claim, plan: Plan) -> None:
    services.redis.set(keys.attempt(claim.job_id), claim.attempt, ex=KEY_SECONDS)
    again = claim.attempt > 1
    known = known_progress(plan, claim.percent, claim.rounds) if again else Progress()
    begin_progress(services, plan, known)
    services.bus.emit(_started(plan), reference=started_reference(claim.job_id, claim.rounds))
    canvas(services.celery, plan, claim.attempt).apply_async()


def _started(plan: Plan) -> Event:
    return Event(
        event_type=EventType.PROCESSING_STARTED,
        session_id=plan.session_id,
        job_id=plan.job_id,
        message="processing started",
        details={
            "scenes": plan.scenes,
            "mode": plan.mode,
            "estimated_seconds": round(plan.estimated_seconds, 1),
            "stages": [
                {"stage": s.stage, "scene": s.scene, "engine": s.engine.name, "weight": s.weight}
                for s in plan.steps
            ],
        },
    )


def _postpone(job_id: str, attempt: int) -> None:
    with writing() as session:
        job = session.get_one(Job, job_id)
        if job.attempt == attempt:
            job.retry_at = now() + NO_ENGINE_PAUSE
