"""Mails to users about their jobs: ended, and soon to be deleted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from tasks.domain.events import Event, EventType
from tasks.domain.job import JobState
from web.accounts.notices import notify
from web.db.columns import now
from web.db.engine import reading, writing
from web.jobs import charging
from web.jobs.models import PROJECT, Job
from web.notifications.addresses import base
from web.services import Services

AHEAD: Final = timedelta(days=1)
"""How long before the deletion of a video its owner is told."""
LONGEST_LIST: Final = 20
_USER: Final = "user:"
_SUBJECTS: Final = {
    EventType.PIPELINE_COMPLETED: "Your video is ready",
    EventType.PIPELINE_FAILED: "Your video has failed",
}


def ended(db: Session, services: Services, events: Sequence[Event]) -> None:
    """Queue mails about these ends of jobs, in the caller's transaction."""
    for event in events:
        subject = _SUBJECTS.get(event.event_type)
        job = db.get(Job, event.job_id) if subject is not None else None
        if subject is None or job is None or not _is_told(job):
            continue
        reason = "" if job.error_message is None else f"\n\n{job.error_message}"
        receipt = charging.receipt(db, job)
        cost = f"\n\n{receipt}" if receipt else ""
        notify(
            db,
            services,
            job.owner.removeprefix(_USER),
            subject,
            f"{_title(job)}{reason}{cost}\n\nOpen it: {base(services.settings)}{_page(job)}",
            kind="job_ended",
            once=f"job_ended:{job.id}:{job.rounds}",
        )


def expiring(services: Services) -> None:
    """Queue a mail to each user whose videos will be deleted tomorrow, once a day."""
    moment = now()
    last = moment + AHEAD - timedelta(days=services.settings.keep_days)
    soon = select(Job).where(
        Job.state == JobState.SUCCEEDED.value,
        Job.expired_at.is_(None),
        Job.finished_at < last,
        Job.finished_at >= last - AHEAD,
        Job.owner.startswith(_USER),
        or_(Job.project_id.is_(None), Job.kind == PROJECT),
    )
    by_user: defaultdict[str, list[Job]] = defaultdict(list)
    with reading() as db:
        for job in db.scalars(soon.order_by(Job.finished_at)):
            by_user[job.owner.removeprefix(_USER)].append(job)
    for user_id, jobs in by_user.items():
        with writing() as db:
            notify(
                db,
                services,
                user_id,
                "A video will be deleted" if len(jobs) == 1 else "Videos will be deleted",
                _text(services, jobs),
                kind="video_expires",
                once=f"video_expires:{user_id}:{moment:%Y-%m-%d}",
            )


def _text(services: Services, jobs: list[Job]) -> str:
    titles = "\n".join(_title(job) for job in jobs[:LONGEST_LIST])
    more = len(jobs) - LONGEST_LIST
    rest = f"\nand {more} more" if more > 0 else ""
    address = f"{base(services.settings)}/videos"
    return f"Within a day, these will be deleted:\n\n{titles}{rest}\n\nDownload them: {address}"


def _is_told(job: Job) -> bool:
    """Return whether its owner gets mails: the clips and the analysis of a project are parts."""
    is_part = job.project_id is not None and job.kind != PROJECT
    return job.owner.startswith(_USER) and not is_part


def _page(job: Job) -> str:
    return f"/videos/{job.id}" if job.project_id is None else f"/projects/{job.project_id}"


def _title(job: Job) -> str:
    return f"“{job.title}”" if job.title else f"Job {job.id}"
