"""Restore the progress of jobs in Redis from the database."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from tasks.domain.estimate import Estimate
from tasks.domain.events import Event, EventType
from tasks.domain.plan import Plan
from tasks.messaging.event_bus import Progress
from tasks.messaging.stage_call import completion_reference
from web.db.engine import reading
from web.events.models import LedgerEvent
from web.jobs import stage_runs
from web.jobs.forecast import expected
from web.jobs.models import Job, PlanRevision
from web.services import Services


def started_reference(job_id: str, rounds: int) -> str:
    """Name the start of a round, which is reported once however often the job is dispatched."""
    return f"{job_id}.started.{rounds}"


def known_progress(plan: Plan, percent: float, rounds: int) -> Progress:
    """Read the progress of a job, so that a new attempt neither falls back nor repeats events."""
    done = stage_runs.done_steps(plan)
    with reading() as db:
        begun = _begun(db, plan.job_id, rounds)
    references = [completion_reference(plan.job_id, plan.revision, step) for step in sorted(done)]
    if begun:
        references.append(started_reference(plan.job_id, rounds))
    shares = {step.name: step.weight for step in plan.steps if step.name in done}
    return Progress(percent, shares, tuple(references))


def _begun(db: Session, job_id: str, rounds: int) -> bool:
    """Return whether the start of this round was recorded."""
    starts = select(LedgerEvent.payload).where(
        LedgerEvent.job_id == job_id,
        LedgerEvent.event_type == EventType.PROCESSING_STARTED.value,
    )
    return any(payload["details"].get("round") == rounds for payload in db.scalars(starts))


def begin_progress(services: Services, plan: Plan, known: Progress, estimate: Estimate) -> None:
    """Write the progress of a job with the estimate that was made when it was planned."""
    spread = estimate.low, estimate.high
    services.bus.start_progress(plan.job_id, estimate.likely, known, spread)


def begin_with(
    services: Services, started: Event, rounds: int, known: Progress, estimate: Estimate
) -> None:
    """Write the progress of a job, and report that a round of it has started."""
    reference = started_reference(started.job_id or "", rounds)
    spread = estimate.low, estimate.high
    services.bus.start_with(started, reference, estimate.likely, known, spread)


def jobs_in_flight() -> list[str]:
    """List the jobs in flight, whose progress Redis should have."""
    with reading() as db:
        return list(db.scalars(select(Job.id).where(Job.is_in_flight, Job.revision > 0)))


def restore_progress(services: Services, job_id: str) -> None:
    """Restore the progress of a job in flight after a wipe of Redis."""
    with reading() as db:
        job = db.get_one(Job, job_id)
        text = db.get_one(PlanRevision, (job_id, job.revision)).plan
    plan = Plan.from_json(text)
    known = known_progress(plan, job.percent, job.rounds)
    begin_progress(services, plan, known, expected(job, plan))
