"""The line of waiting jobs: who is next, how many may run, and how many one owner may have.

By priority first; within one, owners take turns: an owner's next job stands behind as many
others as that owner has jobs before it, running ones included. So one owner's hundred jobs
delay another's single one by one job, not by a hundred. An owner is a session or an API
key: a `user_id` is only claimed, so nothing depends on it.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from tasks.domain.errors import RateLimited
from web.jobs.models import Job
from web.sessions.models import UserSession

JOBS_A_WORKER = 2
"""One that runs and one that is ready when it ends: the queues stay shallow."""


def waiting_jobs(*which: ColumnElement[bool]) -> Select[str]:
    """Ids of the waiting jobs that are meant, in the order in which they get their turn."""
    running = (
        select(UserSession.owner, func.count().label("jobs"))
        .join(Job, Job.session_id == UserSession.id)
        .where(Job.is_in_flight)
        .group_by(UserSession.owner)
        .subquery()
    )
    mine = func.row_number().over(
        partition_by=(Job.rank, UserSession.owner), order_by=(Job.created_at, Job.id)
    )
    turn = mine + func.coalesce(running.c.jobs, 0)
    return (
        select(Job.id)
        .join(UserSession, UserSession.id == Job.session_id)
        .outerjoin(running, running.c.owner == UserSession.owner)
        .where(Job.is_waiting, *which)
        .order_by(Job.rank, turn, Job.created_at, Job.id)
    )


def position(db: Session, job: Job) -> int | None:
    """1 is the next; None once it was dispatched or has ended."""
    waiting: list[Any] = list(db.scalars(waiting_jobs()))
    return waiting.index(job.id) + 1 if job.id in waiting else None


def slots(workers: int, limit: int) -> int:
    """How many jobs may be dispatched at once, for so many live workers."""
    return min(limit, max(JOBS_A_WORKER * workers, 1))


def require_user_capacity(db: Session, owner: str, limit: int) -> None:
    """Refuse one job too many of one owner; called inside the transaction that adds it."""
    mine = (
        select(func.count())
        .select_from(Job)
        .join(UserSession, UserSession.id == Job.session_id)
        .where(UserSession.owner == owner, Job.is_open)
    )
    if (db.scalar(mine) or 0) >= limit:
        raise RateLimited(f"You have {limit} jobs under way; wait until one of them has ended.")
