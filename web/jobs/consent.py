"""Withdraw consent: stop the work on a person and block the files that show them.

A start states consent for each upload. It is stored with the job, in its result and in its
plan, which every stage reads. The signed statement inside the video names no person, because
equal requests share one file and anyone may read it. A withdrawal is stored in the database and
in the job's manifest, which the voice and animate stages check when they start.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from tasks.domain.events import Event, EventType
from web.db.columns import now
from web.db.engine import writing
from web.errors import ConsentWithdrawn
from web.events import outbox
from web.events.publish import wake_controller
from web.images.models import LibraryItem
from web.jobs import transitions
from web.jobs.models import Job
from web.services import Services
from web.sessions import lifecycle
from web.sessions.models import Output, Upload

Stated = dict[str, dict[str, str]]
"""By upload (`face`, `voice`): `subject` and `statement`."""


def withdraw(services: Services, session_id: str, subject: str | None = None) -> int:
    """Withdraw the consent of a person (or of all) in a session's jobs; return how many."""
    with writing() as db:
        lifecycle.find(db, session_id)
        standing = select(Job).where(
            Job.session_id == session_id, Job.consent_withdrawn_at.is_(None)
        )
        jobs = [job for job in db.scalars(standing) if _is_about(job, subject)]
        withdraw_jobs(services, db, jobs)
    wake_controller(services)
    return len(jobs)


def withdraw_jobs(services: Services, db: Session, jobs: Iterable[Job]) -> int:
    """Withdraw the consent for jobs in the caller's transaction; return for how many.

    Files are blocked from its commit on. Sessions get an event for each job.
    """
    count = 0
    for job in jobs:
        if transitions.withdraw_consent(job, now()):
            services.artifacts.withdraw(job.id)
            outbox.add(db, _event(job))
            count += 1
    return count


def _event(job: Job) -> Event:
    return Event(
        event_type=EventType.CONSENT_WITHDRAWN,
        session_id=job.session_id,
        job_id=job.id,
        message="The consent of a person in this video was withdrawn.",
        progress_percent=job.percent,
    )


def _is_about(job: Job, subject: str | None) -> bool:
    stated = (job.consent or {}).values()
    return subject is None or any(said["subject"] == subject for said in stated)


def require_consent(db: Session, file: Output | Upload | LibraryItem) -> None:
    """Refuse the files and uploads of a job whose consent was withdrawn.

    A part of a recording is refused with the recording that it was cut from, and the recording
    with a part of it; another part of it is not.
    """
    if isinstance(file, Output):
        blocked = db.get_one(Job, file.job_id).consent_withdrawn_at is not None
    else:
        # An upload or an item may be used in every session of its owner.
        withdrawn = select(Job).where(
            Job.owner == file.owner, Job.consent_withdrawn_at.is_not(None)
        )
        blocked = _was_used(db, file, db.scalars(withdrawn).all())
    if blocked:
        raise ConsentWithdrawn


def _was_used(db: Session, file: Upload | LibraryItem, jobs: Sequence[Job]) -> bool:
    """Return whether a job used this file; the same bytes sent again later are a new one."""
    if not jobs:
        return False
    sent: Upload | LibraryItem = file
    if isinstance(file, Upload) and file.shows_id is not None:
        sent = db.get_one(Upload, file.shows_id)
    since, digests = sent.created_at, {sent.sha256}
    if isinstance(sent, LibraryItem):
        since = sent.received_at or sent.created_at
        digests |= set(sent.cut_from or ())
    if sent.kind == "voice":
        digests |= _parts_of(db, sent.owner, sent.sha256)
    return any(job.created_at >= since and digests & _inputs(job) for job in jobs)


def _parts_of(db: Session, owner: str, sha256: str) -> set[str]:
    """Return the digests of the parts of a recording that its owner keeps."""
    parts = select(LibraryItem.cut_from, LibraryItem.sha256).where(
        LibraryItem.owner == owner, LibraryItem.kind == "voice", LibraryItem.cut_from.is_not(None)
    )
    found: set[str] = set()
    for cut_from, part in db.execute(parts):
        line = [*(cut_from or ()), part]
        if sha256 in line:
            found |= set(line[line.index(sha256) + 1 :])
    return found


def _inputs(job: Job) -> set[str]:
    return {blob["sha256"] for blob in job.inputs.values()}
