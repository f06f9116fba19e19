"""How far jobs are, as the ledger knows it: written into Redis again when Redis has forgotten."""

from __future__ import annotations

from sqlalchemy import select

from tasks.bus import Progress
from tasks.domain.estimate import Estimate
from tasks.domain.job import OPEN_STATES
from tasks.domain.plan import Plan
from tasks.stage import completion_reference
from web.database import reading
from web.forecast import expected
from web.models import Job, PlanRevision, StageRun
from web.services import Services


def started_reference(job_id: str, rounds: int) -> str:
    """That processing has started is said once a round, however often the job is dispatched."""
    return f"{job_id}.started.{rounds}"


def known_progress(plan: Plan, percent: float, rounds: int) -> Progress:
    """So that a job taken up again neither runs backwards nor says anything twice."""
    with reading() as session:
        runs = select(StageRun.step).where(
            StageRun.job_id == plan.job_id,
            StageRun.revision == plan.revision,
            StageRun.state == "done",
        )
        done = set(session.scalars(runs))
    said = [completion_reference(plan.job_id, plan.revision, step) for step in sorted(done)]
    # A first round that has got somewhere has been told of; of a later one Redis knows.
    if percent > 0 and rounds == 0:
        said.append(started_reference(plan.job_id, rounds))
    shares = {step.name: step.weight for step in plan.steps if step.name in done}
    return Progress(percent, shares, tuple(said))


def begin_progress(services: Services, plan: Plan, known: Progress, estimate: Estimate) -> None:
    """With the estimate that was made when the job was planned."""
    spread = estimate.low, estimate.high
    services.bus.start_progress(plan.job_id, estimate.likely, known, spread)


def restore_progress(services: Services) -> None:
    """After a wipe: every job in flight is as far as its listeners were told."""
    states = [state.value for state in OPEN_STATES]
    with reading() as session:
        flying = session.execute(
            select(Job, PlanRevision.plan)
            .join(PlanRevision, PlanRevision.job_id == Job.id)
            .where(Job.state.in_(states), Job.published, PlanRevision.revision == Job.revision)
        ).all()
    for job, text in flying:
        plan = Plan.from_json(text)
        known = known_progress(plan, job.percent, job.rounds)
        begin_progress(services, plan, known, expected(job, plan))
