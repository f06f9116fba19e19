"""Can a plan still be carried out? If not: the next revision of it, or a job that waits.

A stage whose engine was given up (it failed on all that have it, twice) gets the next one at
once; one whose engine no worker has gets it after `FALLBACK_SECONDS`, for a worker may only
be starting anew. Where nothing may take its place the job waits, says for what, and fails
after `ENGINE_WAIT_MINUTES`.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from tasks.domain.errors import EngineUnavailable
from tasks.domain.fallback import engines_of, full_name, next_engines, shared_steps
from tasks.domain.job import JobOptions
from tasks.domain.plan import Plan
from tasks.domain.planner import Request, make_plan
from tasks.nodes.registry import Node
from web.db.columns import now
from web.db.engine import reading, writing
from web.jobs import transitions
from web.jobs.history import history
from web.jobs.models import Job, PlanRevision, StageRun
from web.services import Services

log = logging.getLogger(__name__)

_CARRIED = (
    *("state", "attempt", "found", "worker", "device", "artifact", "facts"),
    *("started_at", "finished_at", "seconds"),
)

PAUSE = timedelta(seconds=2)
"""Between two looks at whether somebody is there now."""


@dataclass(frozen=True, slots=True)
class PlanProblem:
    """What stands in the way of a plan."""

    given_up: frozenset[str]
    """Stages whose engine failed again and again."""
    gone: frozenset[str]
    """Stages whose engine nobody has now."""
    too_high: bool
    """Planned for a larger picture than there is memory for."""


def stored_plan(job_id: str, revision: int) -> Plan:
    with reading() as db:
        return Plan.from_json(db.get_one(PlanRevision, (job_id, revision)).plan)


def done_steps(plan: Plan) -> dict[str, str]:
    """Steps that are done, and the artifact of each."""
    of_this_plan = StageRun.job_id == plan.job_id, StageRun.revision == plan.revision
    with reading() as db:
        rows = select(StageRun.step, StageRun.artifact).where(
            *of_this_plan, StageRun.state == "done"
        )
        return {row.step: row.artifact for row in db.execute(rows)}


def unavailable_stages(plan: Plan, done: dict[str, str], alive: Sequence[Node]) -> frozenset[str]:
    """Stages that still have work to do, on an engine that no worker has now."""
    open_stages = {step.stage for step in plan.steps if step.name not in done}
    return frozenset(
        stage
        for stage, engine in engines_of(plan).items()
        if stage in open_stages and not any(node.takes(stage, engine) for node in alive)
    )


def plan_problem(plan: Plan, job: Job, options: JobOptions, alive: Sequence[Node]) -> PlanProblem:
    done = done_steps(plan)
    open_stages = {step.stage for step in plan.steps if step.name not in done}
    engines = engines_of(plan)
    return PlanProblem(
        frozenset(s for s in open_stages if full_name(s, engines[s]) in job.given_up),
        unavailable_stages(plan, done, alive),
        plan.step("face", None).params["height"] > options.size[1],
    )


def next_revision(
    services: Services, plan: Plan, job: Job, request: Request, alive: Sequence[Node]
) -> Plan:
    """The same plan if it can be carried out, the next one if there is one; else raises."""
    found = plan_problem(plan, job, request.options, alive)
    patience = timedelta(seconds=services.settings.fallback_seconds)
    late = job.waiting_since is not None and now() - job.waiting_since >= patience
    stages = found.given_up | (found.gone if late else frozenset())
    if stages or found.too_high:
        offers = [offer for node in alive for offer in node.offers]
        try:
            engines = next_engines(plan, offers, request.options, stages, job.given_up)
        except EngineUnavailable:
            log.debug("job %s has nothing to go on with for %s", job.id, ", ".join(sorted(stages)))
        else:
            return make_plan(request, engines, history(services), plan.revision + 1)
    if found.gone:
        raise EngineUnavailable(_no_worker_message(plan, found.gone), stages=sorted(found.gone))
    return plan


def carry_over(db: Session, old: Plan, new: Plan) -> dict[str, str]:
    """Steps that both plans have in common and that are done: done in the new one too."""
    same = shared_steps(old, new)
    of_job = select(StageRun).where(StageRun.job_id == old.job_id, StageRun.step.in_(same))
    before = db.scalars(of_job.where(StageRun.revision == old.revision, StageRun.state == "done"))
    after = {run.step: run for run in db.scalars(of_job.where(StageRun.revision == new.revision))}
    kept: dict[str, str] = {}
    for run in before:
        for name in _CARRIED:
            setattr(after[run.step], name, getattr(run, name))
        kept[run.step] = run.artifact
    return kept


def wait_for_worker(services: Services, job_id: str, attempt: int, why: str) -> None:
    """Look again in a moment; when it has been too long, that was the end of it."""
    with writing() as db:
        job = db.get_one(Job, job_id)
        if job.attempt != attempt:
            return
        job.retry_at = now() + PAUSE
        job.waiting_since = job.waiting_since or now()
        if job.waiting_for != why:
            log.info("waits: %s", why)
        job.waiting_for = why
        if now() - job.waiting_since >= timedelta(minutes=services.settings.engine_wait_minutes):
            failure = {"error_code": EngineUnavailable.code, "user_message": why}
            transitions.fail(db, job, failure, now())


def withdraw_attempt(job_id: str, attempt: int, since: datetime) -> None:
    """A job in flight whose next step nobody can do goes back into the line."""
    with writing() as db:
        job = db.get_one(Job, job_id)
        if job.attempt == attempt and job.published:
            job.published, job.retry_at = False, None
            job.waiting_since = since


def _no_worker_message(plan: Plan, stages: frozenset[str]) -> str:
    engines = engines_of(plan)
    named = ", ".join(full_name(stage, engines[stage]) for stage in sorted(stages))
    return f"No machine is there now that can go on with: {named}."
