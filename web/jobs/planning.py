"""Prepare the plan of a job that is about to be claimed.

The plan is made at the first dispatch and revised where it can no longer be run. It is
prepared before the transaction of the claim and stored inside it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from config.stages import STAGES
from tasks.domain.artifact import Blob
from tasks.domain.autoscaling import to_start
from tasks.domain.errors import EngineUnavailable
from tasks.domain.estimate import Estimate
from tasks.domain.job import JobOptions
from tasks.domain.offers import choose
from tasks.domain.plan import EngineChoice, Plan
from tasks.domain.planner import History, Request, make_plan
from tasks.domain.project_planner import ProjectRequest, make_project_plan
from tasks.domain.video_plan import VideoPlan
from tasks.nodes import registry
from tasks.nodes.registry import Node
from web.db.columns import now
from web.db.engine import reading
from web.jobs import charging, reuse, revisions, transitions
from web.jobs.forecast import Forecast, expected, forecast
from web.jobs.history import history
from web.jobs.models import Job, PlanRevision
from web.services import Services


@dataclass(slots=True)
class Capacity:
    """The live workers, and how many jobs they have and may have at once."""

    alive: Sequence[Node]
    slots: int
    in_flight: int = 0

    @property
    def has_room(self) -> bool:
        return self.in_flight < self.slots


@dataclass(frozen=True, slots=True)
class Attempt:
    """The next attempt of a job, as its row describes it."""

    job_id: str
    session_id: str
    number: int
    revision: int
    options: JobOptions
    uploads: dict[str, Blob]
    consent: dict[str, dict[str, str]]
    salt: str
    """The owner's, for the keys of its results."""
    percent: float
    rounds: int
    request_id: str
    billed: bool = False
    waiting_since: datetime | None = None
    project: dict[str, Any] | None = None
    """The options of a project's job; None: it makes a talking video."""

    @property
    def stages(self) -> Collection[str]:
        """The stages that need an engine."""
        return tuple(STAGES) if self.project is None else self.project_request.stages

    def make_plan(self, engines: Mapping[str, EngineChoice], past: History) -> Plan:
        """Make the next revision of the plan on the given engines."""
        if self.project is None:
            return make_plan(self.request, engines, past, self.revision + 1)
        return make_project_plan(self.project_request, engines, past, self.revision + 1)

    @property
    def project_request(self) -> ProjectRequest:
        sent = (self.project or {}).get("video_plan")
        return ProjectRequest(
            job_id=self.job_id,
            session_id=self.session_id,
            uploads=self.uploads,
            plan=None if sent is None else VideoPlan.from_dict(sent),
            size=self.options.size,
            consent=self.consent,
            salt=self.salt,
            mode=self.options.mode,
            label=self.options.label,
            enhanced=tuple((self.project or {}).get("enhanced", ())),
        )

    @property
    def request(self) -> Request:
        ids = self.job_id, self.session_id
        return Request(*ids, self.options, self.uploads, self.consent, self.salt)


@dataclass(slots=True)
class Claim:
    """An attempt with its plan, to be claimed and then published."""

    attempt: Attempt
    plan: Plan
    estimate: Estimate
    forecast: Forecast | None = None
    """None: the plan is stored already, and so is its forecast."""
    before: Plan | None = None
    """The revision that this plan replaces."""
    kept: dict[str, str] = field(default_factory=dict)
    """The steps that both share and that are done, with their artifacts."""
    workers: dict[str, int] = field(default_factory=dict)
    """How many serve each queue."""
    reused: reuse.Found | None = None
    """The steps with a result, which are not computed; None: not searched yet."""

    @property
    def is_answered(self) -> bool:
        """Whether nothing of the plan is left to compute."""
        return self.reused is not None and len(self.reused) == len(self.plan.steps)

    def take(self, db: Session, job: Job, at: datetime) -> bool:
        """Claim the job and store a new plan, in one transaction."""
        if not transitions.claim(job, self.attempt.number, at):
            return False
        if self.forecast is not None:
            kept = transitions.adopt_plan(
                db, job, self.plan, at, forecast=self.forecast, before=self.before
            )
            self.kept = kept or {}
        return True


def prepare(services: Services, attempt: Attempt, capacity: Capacity) -> Claim:
    """Find the plan for an attempt; raises `EngineUnavailable` while no worker can run it."""
    alive, options, before = capacity.alive, attempt.options, None
    workers = registry.workers_by_queue(alive)
    offers = charging.offers(services, alive, billed=attempt.billed)
    if attempt.revision:
        job, before = _stored(attempt)
        engines = revisions.replacements(
            services.settings, before, job, options, alive, offers=offers
        )
        if engines is None:
            return Claim(attempt, before, expected(job, before), workers=workers)
    else:
        if attempt.project is None:
            _require_started(services, attempt, alive)
        engines = choose(offers, options, only=attempt.stages)
    plan = attempt.make_plan(engines, history(services))
    prediction = forecast(services, plan, len(alive), capacity.in_flight)
    return Claim(attempt, plan, prediction.seconds, prediction, before, workers=workers)


def _require_started(services: Services, attempt: Attempt, alive: Sequence[Node]) -> None:
    """Let a job wait, for a limited time, while the workers that it prefers are being started."""
    scaling = services.settings.scaling
    since = attempt.waiting_since
    if since is not None and now() - since >= scaling.start_time:
        return
    offers = [offer for node in alive for offer in node.offers]
    starting = to_start(offers, attempt.options, scaling.autoscaled_environments)
    if starting:
        named = ", ".join(sorted(set(starting.values())))
        raise EngineUnavailable(f"Workers are being started: {named}.", stages=sorted(starting))


def _stored(attempt: Attempt) -> tuple[Job, Plan]:
    """Read a job and the current revision of its plan."""
    with reading() as db:
        job = db.get_one(Job, attempt.job_id)
        return job, Plan.from_json(db.get_one(PlanRevision, (job.id, attempt.revision)).plan)


def publish_plan(services: Services, claim: Claim) -> None:
    """Write the plan to the artifact store, and what is done of it."""
    plan = claim.plan
    services.artifacts.put_plan(plan)
    for step, artifact in claim.kept.items():
        services.artifacts.record(plan.job_id, plan.revision, step, artifact)
