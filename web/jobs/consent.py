"""Withdraw consent: stop the work on a person and block the files that show them.

A start states consent for each upload. It is stored with the job, in its result and in its
plan, which every stage reads. The signed statement inside the video names no person, because
equal requests share one file and anyone may read it. A withdrawal is stored in the database and
in the job's manifest, which the voice and animate stages check when they start.
"""

from __future__ import annotations

from collections.abc import Iterable

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
    """Refuse the files and uploads of a job whose consent was withdrawn."""
    if isinstance(file, Output):
        blocked = db.get_one(Job, file.job_id).consent_withdrawn_at is not None
    else:
        # An upload or an item may be used in every session of its owner.
        withdrawn = select(Job).where(
            Job.owner == file.owner, Job.consent_withdrawn_at.is_not(None)
        )
        blocked = any(_was_made_from(job, file, db) for job in db.scalars(withdrawn))
    if blocked:
        raise ConsentWithdrawn


def _was_made_from(job: Job, upload: Upload | LibraryItem, db: Session) -> bool:
    """Return whether a job used this upload; the same bytes sent again later are a new one."""
    sent = upload
    if isinstance(upload, Upload) and upload.shows_id is not None:
        sent = db.get_one(Upload, upload.shows_id)
    used = (blob["sha256"] for blob in job.inputs.values())
    return job.created_at >= sent.created_at and sent.sha256 in used
