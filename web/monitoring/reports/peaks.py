"""Peaks: the busiest hour, the longest queue and the most jobs running at once.

Computed from the times stored with each job. A retried job counts from its first dispatch to
its last end.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from web.jobs.models import Job

HOUR = timedelta(hours=1)


class Times(NamedTuple):
    """The times of one job; None: not yet reached."""

    came: datetime
    dispatched: datetime | None
    ended: datetime | None


class Peak(NamedTuple):
    """A number of jobs, and when it was reached."""

    at: datetime
    jobs: int


def peaks(db: Session, since: datetime, until: datetime) -> dict[str, Any]:
    """The peaks of a period; None if there were no jobs."""
    jobs = _jobs(db, since, until)
    found = {
        "busiest_hour": busiest([job.came for job in jobs if job.came >= since]),
        "longest_line": most(_clipped(_waiting_intervals(jobs, until), since)),
        "most_at_once": most(_clipped(_running_intervals(jobs, until), since)),
    }
    return {name: peak and peak._asdict() for name, peak in found.items()}


def _jobs(db: Session, since: datetime, until: datetime) -> list[Times]:
    """Compute the peaks of all jobs that were open at some time of the period."""
    begun = func.coalesce(Job.dispatched_at, Job.started_at)  # the former is younger than some jobs
    wanted = select(Job.created_at, begun, Job.finished_at).where(
        Job.kind == "pipeline",
        Job.created_at <= until,
        or_(Job.finished_at.is_(None), Job.finished_at >= since),
    )
    return [Times(*row) for row in db.execute(wanted)]


Stretch = tuple[datetime, datetime]


def _waiting_intervals(jobs: Sequence[Times], until: datetime) -> list[Stretch]:
    return [(job.came, job.dispatched or job.ended or until) for job in jobs]


def _running_intervals(jobs: Sequence[Times], until: datetime) -> list[Stretch]:
    return [(job.dispatched, job.ended or until) for job in jobs if job.dispatched]


def _clipped(stretches: Iterable[Stretch], since: datetime) -> list[Stretch]:
    return [(max(begin, since), end) for begin, end in stretches if end > since]


def busiest(moments: Iterable[datetime]) -> Peak | None:
    """Find the hour, starting at any moment, with the most of these times."""
    best, recent = None, deque[datetime]()
    for moment in sorted(moments):
        recent.append(moment)
        while moment - recent[0] >= HOUR:
            recent.popleft()
        if best is None or len(recent) > best.jobs:
            best = Peak(recent[0], len(recent))
    return best


def most(stretches: Iterable[Stretch]) -> Peak | None:
    """Find when most intervals overlap; one that ends as another starts does not overlap it."""
    steps = sorted(step for begin, end in stretches for step in ((begin, 1), (end, -1)))
    best, now = None, 0
    for at, step in steps:
        now += step
        if step > 0 and now > (best.jobs if best else 0):
            best = Peak(at, now)
    return best
