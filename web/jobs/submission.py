"""Taking a job in: what it needs is there, so it gets its row and, with room, its dispatch."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from threading import Lock
from typing import Any, Final

import redis
from sqlalchemy import select
from sqlalchemy.orm import Session

from config import log_context
from tasks.domain.errors import (
    ConsentRequired,
    EngineUnavailable,
    FaceMissing,
    JobSucceeded,
    ValidationFailed,
)
from tasks.domain.job import PRIORITIES, JobOptions, JobState
from tasks.domain.offers import choose
from tasks.nodes import registry
from web.db.columns import now
from web.db.engine import reading, writing
from web.errors import ConsentWithdrawn, JobNotOurs
from web.events.publish import nudge
from web.jobs import idempotency, queue, tracing, transitions
from web.jobs import report as job_reports
from web.jobs.consent import Stated, require_standing
from web.jobs.dispatch import claim_at_once, crew, publish
from web.jobs.idempotency import Wanted
from web.jobs.models import Job
from web.jobs.planning import Crew
from web.services import Services
from web.sessions import lifecycle
from web.sessions.admission import admit_job
from web.sessions.limits import SessionLimits
from web.sessions.models import Upload
from web.workers.capabilities import lacking

log = logging.getLogger(__name__)

RANKS: Final = {name: rank for rank, name in enumerate(reversed(PRIORITIES))}
"""The most urgent first."""
_TURN: Final = Lock()


@dataclass(frozen=True, slots=True)
class Taken:
    """A job that will end, whatever happens next."""

    job: Job
    repeated: bool
    """Whether it is that of an earlier request under the same key."""
    nonce: str = ""
    """Of the id of the session that the earlier request opened."""


def start(
    services: Services,
    session_id: str,
    options: JobOptions,
    consent: Stated | None = None,
    wanted: Wanted | None = None,
) -> Taken:
    """Take a job in, or find the one that was taken in under the same key."""
    earlier = repeated(wanted)
    if earlier is not None:
        return earlier
    admit_job(services)
    if options.mode == "production":
        _refuse_pretence(services, options)
    with _dispatching(services) as there:
        with writing(durable=True) as database:
            earlier = _earlier(database, wanted)  # it may have come meanwhile
            if earlier is not None:
                return earlier
            job = _insert(services, database, session_id, options, consent)
            if wanted is not None:
                idempotency.remember(database, wanted, job.id)
            claimed = there and claim_at_once(services, database, job, there)
        with log_context.bound(session_id=session_id, job_id=job.id):
            log.info("accepted")
            tracing.remember(services, job.id)
            if not (claimed and publish(services, *claimed)):
                nudge(services)
    return Taken(job, repeated=False)


def _insert(
    services: Services,
    database: Session,
    session_id: str,
    options: JobOptions,
    consent: Stated | None,
) -> Job:
    """The row of a job that may be taken in."""
    room = lifecycle.enter(database, session_id, SessionLimits.of(services.settings))
    queue.admit(database, room.owner, services.settings.user_jobs)
    inputs = _inputs(database, session_id, options)
    stated = {name: said for name, said in (consent or {}).items() if name in inputs}
    if services.settings.consent == "required" and set(stated) != set(inputs):
        raise ConsentRequired
    job = Job(
        session_id=session_id,
        options=options.to_dict(),
        inputs=inputs,
        consent=stated or None,
        request_id=log_context.ids().get("request_id", ""),
        rank=RANKS[options.priority],
    )
    database.add(job)
    database.flush()
    return job


@contextmanager
def _dispatching(services: Services) -> Iterator[Crew | None]:
    """Who could begin at once; None where the job is left to control.

    One request at a time publishes its own job: a crowd of them would share this process's
    one core, and control has another.
    """
    if not _TURN.acquire(blocking=False):
        yield None
        return
    try:
        yield _crew(services)
    finally:
        _TURN.release()


def _crew(services: Services) -> Crew | None:
    """Who could begin at once; nobody while Redis is away."""
    try:
        return crew(services)
    except redis.RedisError:
        return None


def repeated(wanted: Wanted | None) -> Taken | None:
    """The job of an earlier request under the same key."""
    if wanted is None:
        return None
    with reading() as database:
        return _earlier(database, wanted)


def _earlier(database: Session, wanted: Wanted | None) -> Taken | None:
    known = idempotency.earlier(database, wanted)
    if known is None:
        return None
    return Taken(database.get_one(Job, known.job_id), repeated=True, nonce=known.nonce)


def cancel(services: Services, job_id: str) -> None:
    """Ask control to end a job; asking again, or after its end, changes nothing."""
    with writing(durable=True) as database:
        job = job_reports.find(database, job_id)
        if JobState(job.state).terminal or job.cancel_requested_at is not None:
            return
        job.cancel_requested_at = now()
    nudge(services)


def retry(services: Services, job_id: str) -> None:
    """Another round of a failed or cancelled job; asking again while it is open changes nothing."""
    with writing(durable=True) as database:
        job = job_reports.find(database, job_id)
        if job.kind != "pipeline":
            raise JobNotOurs("This job is not carried out by our workers.")
        if job.consent_withdrawn_at is not None:
            raise ConsentWithdrawn
        state = JobState(job.state)
        if state is JobState.SUCCEEDED:
            raise JobSucceeded
        if not state.reopenable:
            return
        room = lifecycle.enter(database, job.session_id, SessionLimits.of(services.settings))
        queue.admit(database, room.owner, services.settings.user_jobs)
        transitions.reopen(database, job)
    nudge(services)


def _refuse_pretence(services: Services, options: JobOptions) -> None:
    """Production means real machines: say now which stages have none."""
    try:
        alive = registry.alive(services.redis)
    except redis.RedisError as away:
        log.warning("nobody can be asked what they can do: %s", type(away).__name__)
        return  # the job is taken; control looks again when it dispatches
    offers = [offer for node in alive for offer in node.offers]
    try:
        choose(offers, options)
    except EngineUnavailable as nobody:
        lacks = [lack for stage in nobody.details["stages"] for lack in lacking(stage, offers)]
        raise EngineUnavailable(nobody.user_message, errors=lacks, **nobody.details) from None


def _inputs(database: Session, session_id: str, options: JobOptions) -> dict[str, Any]:
    """The newest uploads of a session, as references."""
    face = _newest(database, session_id, "face")
    voice = _newest(database, session_id, "voice")
    if face is None:
        raise FaceMissing
    for wish in ("use_audio_as_is", "match_voice"):
        if getattr(options, wish) and voice is None:
            message = "Upload a recording of a voice first."
            raise ValidationFailed(errors=[{"field": wish, "message": message}])
    for upload in (face, voice):
        if upload is not None:
            require_standing(database, upload)
    uploads = {"face": face, "voice": voice}
    return {name: asdict(upload.blob) for name, upload in uploads.items() if upload is not None}


def _newest(database: Session, session_id: str, kind: str) -> Upload | None:
    mine = select(Upload).where(Upload.session_id == session_id, Upload.kind == kind)
    return database.scalar(mine.order_by(Upload.created_at.desc()).limit(1))
