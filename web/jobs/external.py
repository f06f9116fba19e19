"""Record jobs that their callers run: they report stages, we store and publish the events.

The rules are those of every job: the event bus numbers the events, and only the controller
decides states. A failed stage fails the job; the end of `assemble` is its success.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any, Final

import redis
from sqlalchemy import select
from sqlalchemy.orm import Session

from config.stages import STAGES
from tasks.domain.artifact import Artifact, content_key
from tasks.domain.errors import JobNotFound, NotReady, StageError, ValidationFailed
from tasks.domain.events import Event, EventType
from tasks.domain.failure import Failure
from tasks.messaging.emission import Advance
from tasks.messaging.event_bus import Progress
from tasks.messaging.stage_call import completion_reference
from web.accounts import plans
from web.db.engine import reading, writing
from web.errors import JobNotOurs
from web.jobs import queue, stage_runs, transitions
from web.jobs.models import EXTERNAL, Job, StageRun
from web.jobs.stage_names import canonical
from web.services import Services
from web.sessions import lifecycle
from web.sessions.limits import SessionLimits

ENGINE: Final = "external"
_REVISION: Final = 0
_ATTEMPT: Final = 1
NOT_STARTED: Final = {"field": "stage", "message": "Start it first."}
_TOTAL: Final = sum(stage.weight for stage in STAGES.values())


@dataclass(frozen=True, slots=True)
class Step:
    """A stage of an external job."""

    session_id: str
    job_id: str
    stage: str

    @property
    def details(self) -> dict[str, Any]:
        """Build the details that the controller reads from each event of a stage."""
        who = {"engine": ENGINE, "kind": EXTERNAL, "worker": EXTERNAL, "device": ""}
        return {"attempt": _ATTEMPT, "revision": _REVISION, **who}

    def event(self, kind: EventType, message: str, **more: Any) -> Event:
        details = self.details | more
        return Event(kind, self.session_id, self.job_id, self.stage, None, message, details)

    def advance(self, fraction: float) -> Advance:
        """Compute the share of the job's percentage that this part of the stage is worth."""
        return Advance(self.stage, 100 * STAGES[self.stage].weight / _TOTAL * fraction)


def begin(services: Services, session_id: str, stage: str, job_id: str | None) -> Step:
    """Begin a stage of the session's external job; open the job if there is none."""
    name = _stage(stage)
    with writing() as db:
        room = lifecycle.find_active(db, session_id, SessionLimits.of(services.settings))
        job = _job(db, session_id, job_id)
        opened = job is None
        if job is None:
            limit = plans.job_limit(db, services.settings, room.owner)
            queue.require_user_capacity(db, room.owner, limit)
            job = transitions.open_external(db, session_id)
        stage_runs.ensure(db, job, name, ENGINE, EXTERNAL)
    if opened:
        message, details = "processing started", {"mode": EXTERNAL, "scenes": 0}
        begun = Event(EventType.PROCESSING_STARTED, session_id, job.id, message=message)
        _emit(services, replace(begun, details=details))
    return Step(session_id, job.id, name)


def find(session_id: str, stage: str, job_id: str | None) -> Step:
    """Find a stage that was begun."""
    name = _stage(stage)
    with reading() as db:
        lifecycle.find(db, session_id)
        job = _job(db, session_id, job_id)
        if job is None:
            raise JobNotFound("No job of this session is open; start a stage first.")
        found = Step(session_id, job.id, name)
        _run(db, found)
    return found


def started(services: Services, at: Step, estimated_seconds: float) -> None:
    message = f"{at.stage} started"
    begun = at.event(EventType.STAGE_STARTED, message, estimated_seconds=estimated_seconds)
    _emit(services, begun)


def progressed(services: Services, at: Step, fraction: float, message: str) -> None:
    event = at.event(EventType.PROGRESS_UPDATE, message, stage_percent=round(100 * fraction, 1))
    _emit(services, event, at.advance(fraction))


def succeeded(services: Services, at: Step, message: str) -> None:
    """Report the end of a stage; its result is stored elsewhere, so its artifact has no parts."""
    key = content_key(at.stage, {"name": ENGINE}, {"job": at.job_id}, 0, {})
    services.artifacts.commit(Artifact(key, at.stage, ENGINE, {}, {}))
    with reading() as db:
        begun = _run(db, at).started_at
    seconds = time.time() - begun.timestamp() if begun else 0.0
    done = {"stage_percent": 100.0, "artifact": key, "facts": {}, "found": False}
    done["seconds"] = round(max(0.0, seconds), 3)
    event = at.event(EventType.STAGE_COMPLETED, message or f"{at.stage} done", **done)
    reference = completion_reference(at.job_id, _REVISION, at.stage)
    _emit(services, event, at.advance(1.0), reference)


def failed(services: Services, at: Step, message: str) -> None:
    failure = Failure.of_error(StageError(message))
    _emit(services, at.event(EventType.STAGE_FAILED, failure.user_message, **failure.of_stage()))


def _stage(name: str) -> str:
    present = canonical(name)
    if present not in STAGES:
        message = f"No such stage; there are {', '.join(STAGES)}."
        raise ValidationFailed(errors=[{"field": "stage", "message": message}])
    return present


def _job(db: Session, session_id: str, job_id: str | None) -> Job | None:
    """Find the open external job of a session, the newest one without an id."""
    open_ones = Job.session_id == session_id, Job.is_open
    selected = () if job_id is None else (Job.id == job_id,)
    newest = select(Job).where(*open_ones, *selected).order_by(Job.created_at.desc()).limit(1)
    job = db.scalar(newest)
    if job is None and job_id is not None:
        raise JobNotFound("No such job is open in this session.")
    if job is not None and job.kind != EXTERNAL:
        raise JobNotOurs("The server runs this job. Open a session for your own jobs.")
    return job


def _run(db: Session, at: Step) -> StageRun:
    mine = StageRun.job_id == at.job_id, StageRun.step == at.stage
    run = db.scalar(select(StageRun).where(*mine))
    if run is None:
        raise ValidationFailed("This stage was not started.", errors=[NOT_STARTED])
    return run


def _emit(
    services: Services, event: Event, advance: Advance | None = None, reference: str = ""
) -> None:
    """Emit an event; restore the job's progress first where Redis does not have it."""
    try:
        if not services.bus.emit(event, advance, reference).event_id:
            services.bus.start_progress(event.job_id or "", _TOTAL, _known(event.job_id))
            services.bus.emit(event, advance, reference)
    except redis.RedisError:
        raise NotReady from None


def _known(job_id: str | None) -> Progress:
    with reading() as db:
        percent = db.scalar(select(Job.percent).where(Job.id == job_id))
    return Progress(percent or 0.0)
