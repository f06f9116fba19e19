"""Retry failed jobs in bulk, once an operator has fixed their cause."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from tasks.domain.job import JobState
from web.db.engine import writing
from web.events.publish import wake_controller
from web.jobs import transitions
from web.jobs.models import Job
from web.services import Services


def redrive(
    services: Services,
    jobs: Sequence[str] = (),
    code: str | None = None,
    since: datetime | None = None,
) -> list[str]:
    """Open failed jobs for another round: those named, or all with this code and since then.

    A job stays as it is if its files are deleted, its consent is withdrawn or its caller runs it.
    """
    failed = select(Job).where(Job.state == JobState.FAILED.value, Job.expired_at.is_(None))
    if jobs:
        failed = failed.where(Job.id.in_(jobs))
    if code is not None:
        failed = failed.where(Job.error_code == code)
    if since is not None:
        failed = failed.where(Job.finished_at >= since)
    with writing() as db:
        found = list(db.scalars(failed.order_by(Job.created_at)))
        ids = [job.id for job in found if transitions.reopen(db, job)]
    if ids:
        wake_controller(services)
    return ids
