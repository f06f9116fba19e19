"""Decide whether a plan can still be run, and choose the engines of its next revision if not.

A stage whose engine was given up (it failed on all workers that have it, twice) gets the next
engine at once. A stage whose engine no worker has gets it after `FALLBACK_SECONDS`, because a
worker may be restarting, or after `AUTOSCALED_START_MINUTES`, because it may be starting. Where no
engine can replace it, the job waits for a worker and fails after `ENGINE_WAIT_MINUTES`.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from config.settings import Settings
from tasks.domain.errors import EngineUnavailable
from tasks.domain.events import Event, EventType
from tasks.domain.fallback import changes, engines_of, full_name, next_engines
from tasks.domain.job import JobOptions
from tasks.domain.offers import Offer
from tasks.domain.plan import EngineChoice, Plan
from tasks.nodes.registry import Node
from web.db.columns import now
from web.jobs.models import Job
from web.jobs.stage_runs import done_steps

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PlanProblem:
    """Why a plan cannot be run as it is."""

    given_up: frozenset[str]
    """Stages whose engine failed repeatedly."""
    gone: frozenset[str]
    """Stages whose engine no worker has now."""
    too_high: bool
    """Whether it is planned for a larger picture than there is memory for."""


def unavailable_stages(plan: Plan, done: dict[str, str], alive: Sequence[Node]) -> frozenset[str]:
    """Find the stages with open steps whose engine no worker has now."""
    open_stages = {step.stage for step in plan.steps if step.name not in done}
    return frozenset(
        stage
        for stage, engine in engines_of(plan).items()
        if stage in open_stages and not any(node.takes(stage, engine) for node in alive)
    )


def plan_problem(plan: Plan, job: Job, options: JobOptions, alive: Sequence[Node]) -> PlanProblem:
    """Compare a plan with the engines that were given up and those that workers have."""
    done = done_steps(plan)
    open_stages = {step.stage for step in plan.steps if step.name not in done}
    engines = engines_of(plan)
    return PlanProblem(
        frozenset(s for s in open_stages if full_name(s, engines[s]) in job.given_up),
        unavailable_stages(plan, done, alive),
        plan.size[1] > options.size[1],
    )


def replacements(
    settings: Settings,
    plan: Plan,
    job: Job,
    options: JobOptions,
    alive: Sequence[Node],
    *,
    offers: Sequence[Offer],
) -> dict[str, EngineChoice] | None:
    """Return the engines of the plan's next revision; None if it can be run as it is.

    `offers` are those that the job may use, of the live workers.

    Raises `EngineUnavailable` while no worker can run it.
    """
    problem = plan_problem(plan, job, options, alive)
    waited = now() - job.waiting_since if job.waiting_since else timedelta()
    engines = engines_of(plan)
    late = {s for s in problem.gone if waited >= patience(settings, engines[s])}
    stages = problem.given_up | late
    if stages or problem.too_high:
        try:
            return next_engines(plan, offers, options, stages, job.given_up)
        except EngineUnavailable:
            log.debug("no other engine", extra={"job_id": job.id, "stages": sorted(stages)})
    if problem.gone:
        raise EngineUnavailable(_no_worker_message(plan, problem.gone), stages=sorted(problem.gone))
    return None


def patience(settings: Settings, engine: EngineChoice) -> timedelta:
    """Return how long a job waits for a worker with this engine before another replaces it."""
    if engine.environment in settings.scaling.autoscaled_environments:
        return settings.scaling.start_time
    return timedelta(seconds=settings.fallback_seconds)


def reason(job: Job, old: Plan, new: Plan) -> str:
    """Explain in one sentence why a plan replaces another one."""
    sizes = [plan.size[1] for plan in (old, new)]
    if sizes[1] < sizes[0]:
        return "There is too little memory for the requested size; the video is made smaller."
    replaced = changes(old, new)
    named = ", ".join(f"{c['stage']} uses {c['to']} instead of {c['from']}" for c in replaced)
    cause = "which failed" if job.given_up else "which no available worker has"
    return f"{named}, {cause}."


def revision_event(job: Job, old: Plan, new: Plan, why: str, kept: list[str]) -> Event:
    """Report a revision: what it changes, and which steps it keeps."""
    width, height = new.size
    return Event(
        event_type=EventType.PLAN_REVISED,
        session_id=job.session_id,
        job_id=job.id,
        message=why,
        details={
            "revision": new.revision,
            "attempt": job.attempt,
            "changes": changes(old, new),
            "kept": kept,
            "width": width,
            "height": height,
        },
        progress_percent=job.percent,
    )


def _no_worker_message(plan: Plan, stages: frozenset[str]) -> str:
    engines = engines_of(plan)
    named = ", ".join(full_name(stage, engines[stage]) for stage in sorted(stages))
    return f"No available worker can run: {named}."
