"""Predict when a job will end, and when a waiting one will start."""

from __future__ import annotations

import heapq
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import redis
from sqlalchemy import select
from sqlalchemy.orm import Session

from tasks.domain.estimate import Estimate
from tasks.domain.job import JobState
from tasks.domain.plan import Plan
from tasks.nodes import registry
from web.db.columns import now
from web.jobs import queue
from web.jobs.history import recent_durations
from web.jobs.models import Job
from web.services import Services

LAST_JOBS = 20


@dataclass(frozen=True, slots=True)
class Forecast:
    """The expected time from a job's dispatch to its end."""

    size: float
    seconds: Estimate
    jobs: int = 0
    """The number of finished jobs that it rests on."""


def expected(job: Job, plan: Plan) -> Estimate:
    """Read the estimate that was made when the job was planned."""
    likely, low, high = job.expected_seconds, job.expected_low, job.expected_high
    likely = likely or plan.estimated_seconds
    return Estimate(low or likely, likely, high or likely)


def forecast(services: Services, plan: Plan, workers: int, beside: int) -> Forecast:
    """Predict the duration of a plan on shared workers, corrected by how recent jobs went.

    It takes at least as long as its longest path, or as its share of the workers needs for all
    of its work `beside` so many other jobs.
    """
    shared = plan.work_seconds * (beside + 1) / max(workers, 1)
    size = max(plan.estimated_seconds, shared)
    known = recent_durations(services)
    return Forecast(size, known.job.estimate(size), known.jobs)


def estimated_start(services: Services, db: Session, place: int | None) -> datetime | None:
    """Predict the start of the job at this place; None without workers or measurements."""
    if place is None:
        return None
    try:
        workers = len(registry.alive(services.redis))
    except redis.RedisError:
        return None
    typical = _typical_seconds(db)
    if not workers or typical is None:
        return None
    places = queue.slots(workers, services.settings.jobs_in_flight)
    wait = seconds_until_start(_left(db), places, place - 1, typical)
    return now() + timedelta(seconds=wait)


def seconds_until_start(left: Sequence[float], places: int, ahead: int, typical: float) -> float:
    """Compute the seconds until a slot is free behind so many jobs.

    >>> seconds_until_start([5.0, 1.0], 2, 0, 10.0), seconds_until_start([5.0, 1.0], 2, 2, 10.0)
    (1.0, 11.0)
    """
    free = sorted(left)[-places:] + [0.0] * max(places - len(left), 0)
    heapq.heapify(free)
    for _ in range(ahead):
        heapq.heapreplace(free, free[0] + typical)
    return free[0]


def _left(db: Session) -> list[float]:
    """Read the remaining seconds of the jobs in flight from their last events."""
    in_flight_jobs = select(Job).where(Job.is_in_flight)
    return [job.eta_seconds or job.expected_seconds or 0.0 for job in db.scalars(in_flight_jobs)]


def _typical_seconds(db: Session) -> float | None:
    """Get the median duration of recent jobs, or the expected one before any has ended."""
    ended = (
        select(Job.finished_at, Job.dispatched_at)
        .where(Job.state == JobState.SUCCEEDED.value, Job.dispatched_at.is_not(None))
        .order_by(Job.finished_at.desc())
        .limit(LAST_JOBS)
    )
    took = [(end - begin).total_seconds() for end, begin in db.execute(ended) if end and begin]
    if not took:
        in_flight_jobs = select(Job.expected_seconds).where(Job.is_in_flight)
        took = [seconds for seconds in db.scalars(in_flight_jobs) if seconds is not None]
    return statistics.median(took) if took else None
