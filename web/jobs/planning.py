"""The plan of a job that is about to be claimed: made at its first dispatch, revised where it
must be. It is drafted before the claim's transaction and stored inside it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import insert
from sqlalchemy.orm import Session

from tasks.domain.artifact import Blob
from tasks.domain.estimate import Estimate
from tasks.domain.events import Event, EventType
from tasks.domain.fallback import changes
from tasks.domain.job import JobOptions
from tasks.domain.offers import choose
from tasks.domain.plan import Plan
from tasks.domain.planner import Request, make_plan
from tasks.nodes.registry import Node
from web.db.columns import now
from web.db.engine import reading
from web.events.models import OutboxEvent
from web.jobs import revisions
from web.jobs.forecast import Forecast, expected, forecast
from web.jobs.history import history
from web.jobs.models import Job, PlanRevision, StageRun
from web.services import Services


@dataclass(frozen=True, slots=True)
class Capacity:
    """Who is there to carry a job out, and what they have to do besides."""

    alive: Sequence[Node]
    slots: int
    """How many jobs they may have at once."""
    in_flight: int = 0
    """How many they have."""

    @property
    def has_room(self) -> bool:
        return self.in_flight < self.slots


@dataclass(frozen=True, slots=True)
class Claim:
    """One attempt of a job: what its plan is made of, and whom it belongs to."""

    job_id: str
    session_id: str
    attempt: int
    failures: int
    """As many as it had when it was looked at."""
    revision: int
    options: JobOptions
    uploads: dict[str, Blob]
    consent: dict[str, dict[str, str]]
    salt: str
    """Of the owner, for the keys of its results."""
    percent: float
    rounds: int
    request_id: str

    @property
    def request(self) -> Request:
        who = self.job_id, self.session_id
        return Request(*who, self.options, self.uploads, self.consent, self.salt)


@dataclass(slots=True)
class PreparedPlan:
    """A plan that can be carried out, and what is expected of it."""

    plan: Plan
    estimate: Estimate
    forecast: Forecast | None = None
    """None: the plan is stored already, and so is what was expected of it."""
    before: Plan | None = None
    """The one whose place it takes."""
    kept: dict[str, str] = field(default_factory=dict)
    """What it has in common with that one and is done: steps and their artifacts."""


def prepare_plan(services: Services, claim: Claim, capacity: Capacity) -> PreparedPlan:
    """The plan that counts; raises `EngineUnavailable` while nobody can carry it out."""
    if claim.revision:
        return _prepare_revised(services, claim, capacity)
    engines = choose((offer for node in capacity.alive for offer in node.offers), claim.options)
    return _prepare_new(services, make_plan(claim.request, engines, history(services)), capacity)


def _prepare_revised(services: Services, claim: Claim, capacity: Capacity) -> PreparedPlan:
    old = revisions.stored_plan(claim.job_id, claim.revision)
    with reading() as db:
        job = db.get_one(Job, claim.job_id)
    plan = revisions.next_revision(services, old, job, claim.request, capacity.alive)
    return (
        PreparedPlan(old, expected(job, old))
        if plan is old
        else _prepare_new(services, plan, capacity, old)
    )


def _prepare_new(
    services: Services, plan: Plan, capacity: Capacity, before: Plan | None = None
) -> PreparedPlan:
    prediction = forecast(services, plan, len(capacity.alive), capacity.in_flight)
    return PreparedPlan(plan, prediction.seconds, prediction, before)


def store_plan(db: Session, job: Job, prepared: PreparedPlan) -> None:
    """Keep a new plan, in the transaction that claims its job."""
    if prepared.forecast is None:
        return
    why = "" if prepared.before is None else _revision_reason(job, prepared.before, prepared.plan)
    _add(db, prepared.plan, why)
    job.revision = prepared.plan.revision
    job.dispatched_at = job.dispatched_at or now()
    prepared.forecast.note(job)
    if prepared.before is not None:
        job.failures = 0
        prepared.kept = revisions.carry_over(db, prepared.before, prepared.plan)
        _add_revision_event(db, job, prepared.before, prepared.plan, sorted(prepared.kept))


def publish_plan(services: Services, prepared: PreparedPlan) -> None:
    """Let the workers find it: the plan, and what is done of it."""
    plan = prepared.plan
    services.artifacts.put_plan(plan)
    for step, artifact in prepared.kept.items():
        services.artifacts.record(plan.job_id, plan.revision, step, artifact)


def _add(db: Session, plan: Plan, why: str) -> None:
    text = plan.to_json().decode()
    db.add(PlanRevision(job_id=plan.job_id, revision=plan.revision, plan=text, why=why))
    db.execute(
        insert(StageRun),
        [
            {
                "job_id": plan.job_id,
                "revision": plan.revision,
                "step": step.name,
                "stage": step.stage,
                "scene": step.scene,
                "engine": step.engine.name,
                "kind": step.engine.kind,
                "environment": step.engine.environment,
                "size": step.size,
                "expected_seconds": step.seconds,
                "expected_high": step.within,
            }
            for step in plan.steps
        ],
    )


def _revision_reason(job: Job, old: Plan, new: Plan) -> str:
    """A sentence for who looks at the job."""
    sizes = [plan.step("face", None).params["height"] for plan in (old, new)]
    if sizes[1] < sizes[0]:
        return "There is too little memory for the size that was asked for; it is made smaller."
    replaced = changes(old, new)
    named = ", ".join(f"{c['stage']} goes on with {c['to']} after {c['from']}" for c in replaced)
    reason = "it failed" if job.given_up else "no machine has it now"
    return f"{named}: {reason}."


def _add_revision_event(db: Session, job: Job, old: Plan, new: Plan, kept: list[str]) -> None:
    why = _revision_reason(job, old, new)
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
    db.add(OutboxEvent(position=time.time_ns(), payload=event.to_dict()))
