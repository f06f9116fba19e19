"""Submit, cancel and retry jobs."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Final

import redis
from sqlalchemy import select
from sqlalchemy.orm import Session

from config import log_context
from tasks.domain.autoscaling import to_start
from tasks.domain.errors import (
    ConsentRequired,
    EngineUnavailable,
    JobSucceeded,
    RequestError,
)
from tasks.domain.examination import Verdict
from tasks.domain.job import JobOptions, JobState
from tasks.domain.offers import choose
from tasks.nodes import registry
from tasks.nodes.registry import Node
from web.accounts import api_keys, plans
from web.db.columns import now
from web.db.engine import reading, writing
from web.errors import ConsentWithdrawn, JobFilesDeleted, JobNotOurs
from web.events.publish import wake_controller
from web.jobs import charging, idempotency, inputs, queue, tracing, transitions
from web.jobs import report as job_reports
from web.jobs.charging import Hold, Origin
from web.jobs.consent import Stated
from web.jobs.dispatch import Dispatcher
from web.jobs.idempotency import IdempotencyRequest
from web.jobs.inputs import NEWEST, Chosen, NamedUploads
from web.jobs.models import PIPELINE, Job
from web.jobs.planning import Capacity, Claim
from web.jobs.queue import Standing
from web.jobs.suggestions import with_suggestion
from web.services import Services
from web.sessions import lifecycle
from web.sessions.limits import SessionLimits, require_job_space
from web.sessions.models import UserSession
from web.workers.capabilities import lacking

log = logging.getLogger(__name__)

ANYBODY: Final = Origin()
_SUBMIT_LOCK: Final = Lock()


WithJob = Callable[[Session, Job], object]
"""Adds to a transaction what belongs to its new job."""


def with_all(*parts: WithJob) -> WithJob:
    """Return what adds several things to the transaction of a new job."""

    def add(db: Session, job: Job) -> None:
        for part in parts:
            part(db, job)

    return add


@dataclass(frozen=True, slots=True)
class Submission:
    """A job that was accepted, and will end whatever happens next."""

    job: Job
    repeated: bool
    """Whether an earlier request under the same key submitted it."""
    nonce: str = ""
    """The nonce of the id of the session that the earlier request opened."""
    alive: Sequence[Node] | None = None
    """The live workers, if this request has read them."""
    picture: Verdict | None = None
    """What the examination of its picture said, if this request has read it."""
    suggests: Verdict | None = None
    """The verdict whose suggested voice counts, if this request has read it."""


def start(
    services: Services,
    session_id: str,
    options: JobOptions,
    consent: Stated | None = None,
    request: IdempotencyRequest | None = None,
    *,
    uploads: NamedUploads = NEWEST,
    origin: Origin = ANYBODY,
    with_job: WithJob | None = None,
) -> Submission:
    """Accept a job and dispatch it if there is room, or find the one under the same key.

    The user's API key of the `origin` may have a daily limit. `with_job` adds to the transaction
    that inserts the job.
    """
    earlier = repeated(request)
    if earlier is not None:
        return earlier
    require_job_space(services)
    if options.mode == "production":
        _require_real_engines(services, options)
    dispatcher = Dispatcher(services)
    hold = charging.prepare(services, options, origin)
    with _dispatch_capacity(dispatcher) as capacity:
        with writing(durable=True) as db:
            earlier = _earlier(db, request)  # it may have arrived meanwhile
            if earlier is not None:
                return earlier
            if origin.key_id is not None:
                api_keys.count_job(db, origin.key_id)
            room = _room(services, db, session_id)
            standing = queue.standing(db, room.owner, now())
            queue.require_room(standing.open_jobs, _job_limit(db, services, room))
            chosen = inputs.choose(services, db, session_id, options, uploads)
            options = with_suggestion(services, options, chosen.suggests)
            job = _insert(db, room, options, chosen, _stated(services, consent, chosen))
            _bill(db, job, hold)
            claim = capacity and _claim(dispatcher, db, job, capacity, standing)
            if with_job is not None:
                with_job(db, job)
            if request is not None:
                idempotency.remember(db, request, job.id)
        with log_context.bound(session_id=session_id, job_id=job.id):
            log.info("job accepted")
            tracing.store_trace(services, job.id)
            if not (claim and dispatcher.publish(claim)):
                wake_controller(services)
    alive = capacity.alive if capacity else None
    return Submission(
        job, repeated=False, alive=alive, picture=chosen.picture, suggests=chosen.suggests
    )


def _insert(
    db: Session, room: UserSession, options: JobOptions, chosen: Chosen, stated: Stated
) -> Job:
    """Add the row of a job that is made from these uploads."""
    request_id, rank = log_context.ids().get("request_id", ""), queue.RANKS[options.priority]
    return transitions.open_job(
        db,
        room,
        options=options,
        inputs=chosen.blobs,
        consent=stated,
        request_id=request_id,
        rank=rank,
    )


def _stated(services: Services, consent: Stated | None, chosen: Chosen) -> Stated:
    """Return the consent that was stated for the uploads of a job."""
    stated = {name: said for name, said in (consent or {}).items() if name in chosen.blobs}
    if services.settings.consent == "required" and set(stated) != set(chosen.blobs):
        raise ConsentRequired
    return stated


def _claim(
    dispatcher: Dispatcher, db: Session, job: Job, capacity: Capacity, standing: Standing
) -> Claim | None:
    """Claim a new job in its transaction, unless another one is due before it."""
    if standing.others_are_due:
        return None
    capacity.in_flight = standing.in_flight
    return dispatcher.claim_new(db, job, capacity)


def _room(services: Services, db: Session, session_id: str) -> UserSession:
    return lifecycle.find_active(db, session_id, SessionLimits.of(services.settings))


def _bill(db: Session, job: Job, hold: Hold | None) -> None:
    """Hold what a new job may cost, if jobs are billed."""
    if hold is not None and hold.take(db, job):
        transitions.bill(job)


def _job_limit(db: Session, services: Services, room: UserSession) -> int:
    return plans.job_limit(db, services.settings, room.owner)


@contextmanager
def _dispatch_capacity(dispatcher: Dispatcher) -> Iterator[Capacity | None]:
    """Get the capacity for a dispatch at once; None leaves the job to the controller.

    One request at a time publishes its own job: many of them would share the one core of this
    process, and the controller has another.
    """
    if not _SUBMIT_LOCK.acquire(blocking=False):
        yield None
        return
    try:
        yield _capacity(dispatcher)
    finally:
        _SUBMIT_LOCK.release()


def _capacity(dispatcher: Dispatcher) -> Capacity | None:
    try:
        return dispatcher.slots()
    except redis.RedisError:
        return None


def repeated(request: IdempotencyRequest | None) -> Submission | None:
    """Find the job of an earlier request under the same key."""
    if request is None:
        return None
    with reading() as db:
        return _earlier(db, request)


def _earlier(db: Session, request: IdempotencyRequest | None) -> Submission | None:
    known = idempotency.earlier(db, request)
    if known is None:
        return None
    return Submission(db.get_one(Job, known.job_id), repeated=True, nonce=known.nonce)


def cancel(services: Services, job_id: str) -> None:
    """Ask the controller to cancel a job; a second request changes nothing."""
    with writing(durable=True) as db:
        job = job_reports.find(db, job_id)
        requested = transitions.request_cancel(job, now())
    if requested:
        wake_controller(services)


def cancel_all(
    services: Services, owner: str, session: str | None = None, state: str | None = None
) -> list[str]:
    """Ask the controller to cancel the open jobs of an owner; return those that were not asked."""
    mine = select(Job).where(Job.is_open, Job.owner == owner, Job.cancel_requested_at.is_(None))
    mine = mine if session is None else mine.where(Job.session_id == session)
    mine = mine if state is None else mine.where(Job.state == state)
    with writing(durable=True) as db:
        at = now()
        cancelled = [job.id for job in db.scalars(mine) if transitions.request_cancel(job, at)]
    if cancelled:
        wake_controller(services)
    return cancelled


def end_session(session_id: str) -> None:
    """End a session and ask the controller to cancel its jobs."""
    at = now()
    with writing() as db:
        user_session = lifecycle.find(db, session_id)
        user_session.ended_at = user_session.ended_at or at
        for job in db.scalars(select(Job).where(Job.is_open, Job.session_id == session_id)):
            transitions.request_cancel(job, at)


def retry(services: Services, job_id: str, *, origin: Origin = ANYBODY) -> None:
    """Open a failed or cancelled job for another round; an open job stays as it is.

    It counts for the daily limit of the API key of the `origin`.
    """
    with writing(durable=True) as db:
        job = job_reports.find(db, job_id)
        if job.kind != PIPELINE:
            raise JobNotOurs("The server does not run this job.")
        if job.consent_withdrawn_at is not None:
            raise ConsentWithdrawn
        inputs.require_not_rejected(db, job.owner, inputs.digest_of(job.inputs, "face"))
        state = JobState(job.state)
        if state is JobState.SUCCEEDED:
            raise JobSucceeded
        if not state.reopenable:
            return
        _require_files(services, job)
        room = _room(services, db, job.session_id)
        queue.require_user_capacity(db, room.owner, _job_limit(db, services, room))
        if origin.key_id is not None:
            api_keys.count_job(db, origin.key_id)
        _reopen(services, db, job, origin)
    wake_controller(services)


def redrive(
    services: Services,
    jobs: Sequence[str] = (),
    code: str | None = None,
    since: datetime | None = None,
) -> list[str]:
    """Open failed jobs for another round: those named, or all with this code and since then.

    A job stays as it is if its files are deleted, its consent is withdrawn, its caller runs it or
    its owner lacks the credits.
    """
    failed = select(Job.id).where(Job.state == JobState.FAILED.value, Job.expired_at.is_(None))
    if jobs:
        failed = failed.where(Job.id.in_(jobs))
    if code is not None:
        failed = failed.where(Job.error_code == code)
    if since is not None:
        failed = failed.where(Job.finished_at >= since)
    with reading() as db:
        found = list(db.scalars(failed.order_by(Job.created_at)))
    ids = [job_id for job_id in found if _redrive(services, job_id)]
    if ids:
        wake_controller(services)
    return ids


def _redrive(services: Services, job_id: str) -> bool:
    """Open a failed job again if it still may; each in its own transaction."""
    try:
        with writing() as db:
            job = db.get_one(Job, job_id, with_for_update=True)
            if job.state != JobState.FAILED.value or job.expired_at is not None:
                return False
            _require_files(services, job)
            return _reopen(services, db, job, ANYBODY)
    except RequestError as refused:
        log.info("job not reopened", extra={"job_id": job_id, "error_code": refused.code})
        return False


def _require_files(services: Services, job: Job) -> None:
    """Refuse another round of a job whose picture or recording was deleted after it ended."""
    for blob in inputs.blobs(job.inputs):
        if not services.artifacts.has(blob):
            raise JobFilesDeleted


def _reopen(services: Services, db: Session, job: Job, origin: Origin) -> bool:
    """Open a job for another round, and hold what that may cost."""
    if not transitions.reopen(db, job):
        return False
    if charging.renew(services, db, job, origin):
        transitions.bill(job)
    return True


def _require_real_engines(services: Services, options: JobOptions) -> None:
    """Refuse a production job whose stages have no real engine now, and name them."""
    try:
        alive = registry.alive(services.redis)
    except redis.RedisError as error:
        log.warning("redis unavailable, engines not checked", extra={"error": type(error).__name__})
        return  # the job is accepted; the dispatcher checks its engines again
    offers = [offer for node in alive for offer in node.offers]
    try:
        choose(offers, options)
    except EngineUnavailable as error:
        starting = to_start(offers, options, services.settings.scaling.autoscaled_environments)
        if starting.keys() >= set(error.details["stages"]):
            return  # it waits in line until their workers have started
        lacks = [lack for stage in error.details["stages"] for lack in lacking(stage, offers)]
        raise EngineUnavailable(error.user_message, errors=lacks, **error.details) from None
