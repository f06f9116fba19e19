"""Write the rows of stage runs: the only module that changes their state."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from tasks.domain.failure import Failure
from tasks.domain.fallback import shared_steps
from tasks.domain.plan import Plan
from web.db.engine import reading
from web.jobs.models import Job, StageRun

Runs = Sequence[StageRun]

WAITING: Final = "waiting"
RUNNING: Final = "running"
WAITING_PROVIDER: Final = "waiting_provider"
"""A hosted model works on it; no worker does."""
DONE: Final = "done"
FAILED: Final = "failed"
DROPPED: Final = "dropped"

_UNFINISHED: Final = (WAITING, WAITING_PROVIDER, RUNNING)
_CARRIED: Final = (
    *("state", "attempt", "found", "worker", "device", "artifact", "facts"),
    *("started_at", "finished_at", "seconds"),
)
_REPORTED: Final = tuple({*_CARRIED, "error_code", "error_message"})


# Or rows without a scene would be a statement of their own.
_ADD_RUNS: Final = insert(StageRun).execution_options(render_nulls=True)


def add_plan(db: Session, plan: Plan) -> None:
    """Insert a waiting run for each step of a new plan."""
    db.execute(
        _ADD_RUNS,
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


def ensure(db: Session, job: Job, stage: str, engine: str, kind: str) -> None:
    """Insert the run of a stage of a job without a plan, unless there is one."""
    known = select(StageRun).where(StageRun.job_id == job.id, StageRun.step == stage)
    if db.scalar(known) is None:
        run = {"stage": stage, "step": stage, "engine": engine, "kind": kind}
        db.add(StageRun(job_id=job.id, revision=job.revision, **run))


def start(run: StageRun, attempt: int, worker: str, at: datetime) -> None:
    _write_together(run)
    run.state = RUNNING
    run.attempt = attempt
    run.worker = worker
    run.started_at = at


def wait_for_provider(
    db: Session,
    job_id: str,
    step: str,
    at: datetime,
    *,
    worker: str,
    told: dict[str, Any],
    state: str = WAITING_PROVIDER,
) -> None:
    """Note that a provider or a local model works on a step, and what it has reported."""
    mine = StageRun.job_id == job_id, StageRun.step == step, StageRun.state.in_(_UNFINISHED)
    run = db.scalar(select(StageRun).where(*mine))
    if run is None:
        return
    run.state = state
    run.worker = worker
    run.started_at = run.started_at or at
    run.engine = str(told.get("model") or run.engine)
    run.facts = {"provider": told}


def complete(
    run: StageRun,
    at: datetime,
    *,
    attempt: int,
    worker: str,
    device: str,
    found: bool,
    seconds: float,
    artifact: str,
    facts: dict[str, Any],
) -> None:
    _write_together(run)
    run.state = DONE
    run.attempt = attempt
    run.worker, run.device = worker, device
    run.found, run.seconds = found, seconds
    run.artifact, run.facts = artifact, facts
    run.finished_at = at
    run.error_code = run.error_message = None


def fail(run: StageRun, failure: Failure, at: datetime) -> None:
    _write_together(run)
    run.state = FAILED
    run.finished_at = at
    run.error_code = failure.error_code
    run.error_message = failure.user_message


def _write_together(run: StageRun) -> None:
    """Write all that events change, so that the runs of a transaction share one statement."""
    for name in _REPORTED:
        flag_modified(run, name)


def drop_running(db: Session, job_id: str) -> None:
    """Mark what runs when its job ends; the controller ends these processes if it must."""
    running = StageRun.job_id == job_id, StageRun.state.in_((RUNNING, WAITING_PROVIDER))
    db.execute(update(StageRun).where(*running).values(state=DROPPED))


def reset(db: Session, job: Job) -> None:
    """Let what is not done wait again, for another round of its job."""
    undone = (
        StageRun.job_id == job.id,
        StageRun.revision == job.revision,
        StageRun.state != DONE,
    )
    fresh = {"state": WAITING, "error_code": None, "error_message": None}
    db.execute(update(StageRun).where(*undone).values(fresh))


def done_steps(plan: Plan) -> dict[str, str]:
    """Get the completed steps of a plan, and the artifact of each."""
    of_this_plan = StageRun.job_id == plan.job_id, StageRun.revision == plan.revision
    done = select(StageRun.step, StageRun.artifact).where(*of_this_plan, StageRun.state == DONE)
    with reading() as db:
        return {row.step: row.artifact for row in db.execute(done)}


def carry_over(db: Session, old: Plan, new: Plan) -> dict[str, str]:
    """Mark the steps that both plans share and that are done as done in the new one too."""
    same = shared_steps(old, new)
    of_job = select(StageRun).where(StageRun.job_id == old.job_id, StageRun.step.in_(same))
    before = db.scalars(of_job.where(StageRun.revision == old.revision, StageRun.state == DONE))
    after = {run.step: run for run in db.scalars(of_job.where(StageRun.revision == new.revision))}
    kept: dict[str, str] = {}
    for run in before:
        for name in _CARRIED:
            setattr(after[run.step], name, getattr(run, name))
        kept[run.step] = run.artifact
    return kept
