"""The plan of a claimed job: made at its first dispatch, kept, revised where it must be."""

from __future__ import annotations

import time
from dataclasses import dataclass

from sqlalchemy.orm import Session

from tasks import nodes
from tasks.domain.artifact import Blob
from tasks.domain.events import Event, EventType
from tasks.domain.fallback import changes
from tasks.domain.job import JobOptions
from tasks.domain.offers import choose
from tasks.domain.plan import Plan
from tasks.domain.planner import Request, make_plan
from web import revisions
from web.database import reading, writing
from web.forecast import Forecast, forecast
from web.history import history
from web.models import Job, OutboxEvent, PlanRevision, StageRun
from web.models.columns import now
from web.services import Services


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


def planned(services: Services, claim: Claim) -> Plan:
    """The plan that counts; raises `EngineUnavailable` while nobody can carry it out."""
    plan = _revised(services, claim) if claim.revision else _first(services, claim)
    services.artifacts.put_plan(plan)
    return plan


def _first(services: Services, claim: Claim) -> Plan:
    """Made once there is an engine for every stage."""
    alive = nodes.alive(services.redis)
    engines = choose((offer for node in alive for offer in node.offers), claim.options)
    plan = make_plan(_request(claim), engines, history(services))
    prediction = forecast(services, plan, len(alive))
    with writing() as session:
        _store(session, claim, plan, prediction)
    return plan


def _revised(services: Services, claim: Claim) -> Plan:
    old = revisions.stored(claim.job_id, claim.revision)
    alive = nodes.alive(services.redis)
    with reading() as session:
        job = session.get_one(Job, claim.job_id)
    plan = revisions.next_revision(services, old, job, _request(claim), alive)
    if plan is old:
        return old
    prediction = forecast(services, plan, len(alive))
    with writing() as session:
        job = _store(session, claim, plan, prediction, _why(job, old, plan))
        job.failures = 0
        kept = revisions.carry_over(session, old, plan)
        session.flush()
        _say(session, job, old, plan, sorted(kept))
    services.artifacts.put_plan(plan)
    for step, artifact in kept.items():
        services.artifacts.enter(plan.job_id, plan.revision, step, artifact)
    return plan


def _request(claim: Claim) -> Request:
    return Request(claim.job_id, claim.session_id, claim.options, claim.uploads, claim.consent)


def _store(session: Session, claim: Claim, plan: Plan, prediction: Forecast, why: str = "") -> Job:
    job = session.get_one(Job, plan.job_id, with_for_update=True)
    if job.attempt != claim.attempt:
        raise Overtaken(claim.job_id)
    job.revision = plan.revision
    job.dispatched_at = job.dispatched_at or now()
    prediction.note(job)
    text = plan.to_json().decode()
    session.add(PlanRevision(job_id=plan.job_id, revision=plan.revision, plan=text, why=why))
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
    return job


def _why(job: Job, old: Plan, new: Plan) -> str:
    """A sentence for who looks at the job."""
    sizes = [plan.step("face", None).params["height"] for plan in (old, new)]
    if sizes[1] < sizes[0]:
        return "There is too little memory for the size that was asked for; it is made smaller."
    replaced = changes(old, new)
    named = ", ".join(f"{c['stage']} goes on with {c['to']} after {c['from']}" for c in replaced)
    reason = "it failed" if job.given_up else "no machine has it now"
    return f"{named}: {reason}."


def _say(session: Session, job: Job, old: Plan, new: Plan, kept: list[str]) -> None:
    why = _why(job, old, new)
    face = new.step("face", None).params
    event = Event(
        event_type=EventType.PLAN_REVISED,
        session_id=job.session_id,
        job_id=job.id,
        message=why,
        details={
            "revision": new.revision,
            "attempt": job.attempt,
            "changes": changes(old, new),
            "kept": kept,
            "width": face["width"],
            "height": face["height"],
        },
        progress_percent=job.percent,
    )
    session.add(OutboxEvent(position=time.time_ns(), payload=event.to_dict()))
