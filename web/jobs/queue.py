"""Order the waiting jobs, delay retries, and limit how many jobs run and one owner has.

Priority comes first; within one priority, owners take turns: the number of an owner's jobs
before it, running ones included, decides the place of the next one. So one owner's hundred jobs
delay another's single job by one job, not by a hundred. A `user_id` is only a
claim, so nothing depends on it.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    bindparam,
    exists,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Session

from tasks.domain.errors import RateLimited
from tasks.domain.job import PRIORITIES
from web.db.columns import Moment
from web.jobs.models import CLIP, DISPATCHED, Job

RANKS: Final = {name: rank for rank, name in enumerate(reversed(PRIORITIES))}
"""The most urgent priority has the smallest rank."""
JOBS_A_WORKER = 2
"""One that runs and one that is ready when it ends, so that the queues stay short."""
WORKER_PAUSE: Final = timedelta(seconds=2)
"""Between two checks whether a worker is available."""
FIRST_PAUSE: Final = 0.5
LONGEST_PAUSE: Final = 60.0


def waiting_jobs(*which: ColumnElement[bool]) -> Select[str]:
    """Select the ids of waiting jobs in the order of their turns."""
    running = (
        select(Job.owner, func.count().label("jobs"))
        .where(Job.is_in_flight)
        .group_by(Job.owner)
        .subquery()
    )
    mine = func.row_number().over(
        partition_by=(Job.rank, Job.owner), order_by=(Job.created_at, Job.id)
    )
    busy = func.coalesce(running.c.jobs, 0)
    return (
        select(Job.id)
        .outerjoin(running, running.c.owner == Job.owner)
        .where(Job.is_waiting, *which)
        .order_by(*turn(Job.rank, mine, busy, Job.created_at, Job.id))
    )


def turn(rank: Any, place: Any, running: Any, created_at: Any, job_id: Any) -> tuple[Any, ...]:
    """Return what waiting jobs are sorted by: of columns for SQL, of numbers for a simulation.

    `place` is the job's place among those of its owner and rank, `running` the number of its
    owner's jobs in flight.

    >>> sorted([turn(1, 2, 0, 5.0, "mine"), turn(1, 1, 0, 9.0, "yours")])[0][-1]
    'yours'
    """
    return rank, place + running, created_at, job_id


def position(db: Session, job: Job) -> int | None:
    """Get a job's place in the queue: 1 is the next, None is not in it."""
    if not job.is_waiting:
        return None
    waiting: list[Any] = list(db.scalars(waiting_jobs()))
    return waiting.index(job.id) + 1 if job.id in waiting else None


def positions(db: Session) -> dict[str, int]:
    """Get the places of all waiting jobs, by job: 1 is the next."""
    return {job_id: place for place, job_id in enumerate(db.scalars(waiting_jobs()), start=1)}


def slots(workers: int, limit: int) -> int:
    """Compute how many jobs may be in flight for so many live workers."""
    return min(limit, max(JOBS_A_WORKER * workers, 1))


def _open_jobs(owner: str | BindParameter[str]) -> Select[int]:
    """Count the jobs of an owner that have not ended; clips of a project are parts of its job."""
    of_its_own = or_(Job.kind != CLIP, Job.project_id.is_(None))
    mine = select(func.count()).select_from(Job)
    return mine.where(Job.owner == owner, Job.is_open, of_its_own)


IN_FLIGHT: Final = (
    select(func.count())
    .select_from(Job)
    .where(Job.is_in_flight, Job.kind.in_(DISPATCHED), Job.attempt > 0)
)
"""Count the jobs that workers have."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What a new job of an owner meets, read by one statement."""

    open_jobs: int
    """Jobs of the owner that have not ended."""
    in_flight: int
    """Jobs of all owners that workers have."""
    others_are_due: bool
    """Whether another job waits for its dispatch."""


# Built once: to build a statement costs more than to run it.
IS_ANYTHING_DUE: Final = select(exists().where(Job.due(bindparam("at", type_=Moment()))))

_STANDING: Final = select(
    _open_jobs(bindparam("owner")).scalar_subquery(),
    IN_FLIGHT.scalar_subquery(),
    exists().where(Job.due(bindparam("at", type_=Moment()))),
)


def standing(db: Session, owner: str, at: datetime) -> Standing:
    """Read what a new job of an owner meets."""
    return Standing(*db.execute(_STANDING, {"owner": owner, "at": at}).one())


def open_jobs(db: Session, owner: str) -> int:
    """Count the jobs of an owner that have not ended."""
    return db.scalar(_open_jobs(owner)) or 0


def require_user_capacity(db: Session, owner: str, limit: int) -> None:
    """Refuse a job above the limit of its owner, in the transaction that adds it."""
    require_room(open_jobs(db, owner), limit)


def require_room(open_now: int, limit: int) -> None:
    """Refuse a job of an owner who has so many open ones."""
    if open_now >= limit:
        raise RateLimited(f"You have {limit} jobs under way; wait until one of them has ended.")


def retry_delay(failures: int, retry_after: float | None = None) -> float:
    """Compute the back-off in seconds; it grows with each failure up to `LONGEST_PAUSE`.

    It is spread at random, so that jobs that failed together do not return together. A
    provider's `retry_after` is respected up to the longest pause.
    """
    grown: float = min(FIRST_PAUSE * 2 ** (failures - 1), LONGEST_PAUSE)
    scattered = grown * random.uniform(0.5, 1.0)  # noqa: S311  nothing secret
    return min(max(scattered, retry_after or 0.0), LONGEST_PAUSE)
