"""The operators' report: queues, throughput, durations and failures of the last hours."""

from __future__ import annotations

import math
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from statistics import median
from typing import Any, Final, NamedTuple

import redis
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from config.stages import ALL_STAGES, STAGES
from tasks.domain.job import OPEN_STATES
from web.db.columns import now
from web.jobs.demand import depths
from web.jobs.models import Job, StageRun
from web.services import Services
from web.storage.models import CacheEntry

BUCKETS: Final = 24
MOST_RUNS: Final = 20_000
"""The number of latest stage runs to report on; more do not change the medians."""
HOUR = timedelta(hours=1)
Stretch = tuple[datetime, datetime]


def queues(services: Services) -> dict[str, int] | None:
    """Count waiting tasks by environment; None while Redis is unavailable."""
    try:
        return depths(services.queues)
    except redis.RedisError:
        return None


def report(db: Session, hours: float) -> dict[str, Any]:
    """Report the last hours in time buckets of equal length, oldest first."""
    until = now()
    since = until - timedelta(hours=hours)
    width = (until - since) / BUCKETS
    ended, runs = list(db.execute(_ended(since))), _recent_runs(db, since)
    took = [(at - came).total_seconds() for at, state, _, came in ended if state == "succeeded"]
    return {
        "since": since,
        "until": until,
        "bucket_seconds": width.total_seconds(),
        "open_jobs": _open(db),
        "jobs": [
            {"begins": since + index * width, **_counts(states)}
            for index, states in enumerate(
                _bucketed(((at, s) for at, s, _, _ in ended), since, width)
            )
        ],
        "job_seconds": {"p50": _median(took), "p90": _p90(took)},
        "peaks": peaks(db, since, until),
        "stages": _stages(runs, since, width),
        "engines": _engines(runs),
        "cache": _cache(db, since),
        "failures": [
            {"code": code, "jobs": number}
            for code, number in Counter(code for _, _, code, _ in ended if code).most_common()
        ],
    }


def _ended(since: datetime) -> Any:
    columns = Job.finished_at, Job.state, Job.error_code, Job.created_at
    return select(*columns).where(Job.finished_at >= since)


def _open(db: Session) -> dict[str, int]:
    states = Counter(db.scalars(select(Job.state).where(Job.is_open)))
    return {state.value: states[state.value] for state in OPEN_STATES}


def _counts(states: Iterable[str]) -> dict[str, int]:
    counts = Counter(states)
    return {state: counts[state] for state in ("succeeded", "failed", "cancelled")}


def _recent_runs(db: Session, since: datetime) -> Sequence[Any]:
    """Select the latest completed steps."""
    columns = StageRun.stage, StageRun.engine, StageRun.found, StageRun.seconds
    done = StageRun.state == "done", StageRun.finished_at >= since
    query = select(*columns, StageRun.finished_at).where(*done)
    return db.execute(query.order_by(StageRun.id.desc()).limit(MOST_RUNS)).all()


def _stages(runs: Iterable[Any], since: datetime, width: timedelta) -> list[dict[str, Any]]:
    """Report the durations of computed steps; reused ones take no time."""
    timed: dict[str, list[tuple[datetime, float]]] = defaultdict(list)
    for run in runs:
        if not run.found:
            timed[run.stage].append((run.finished_at or since, run.seconds or 0.0))
    return [
        {
            "stage": stage,
            "runs": len(timed[stage]),
            "median_seconds": _median([seconds for _, seconds in timed[stage]]),
            "medians": [_median(bucket) for bucket in _bucketed(timed[stage], since, width)],
        }
        for stage in STAGES
    ]


def _engines(runs: Iterable[Any]) -> list[dict[str, Any]]:
    """Report by engine how many steps were computed, how long they took, and how many reused."""
    seconds: dict[tuple[str, str], list[float]] = defaultdict(list)
    reused: Counter[tuple[str, str]] = Counter()
    for run in runs:
        if run.found:
            reused[run.stage, run.engine] += 1
        else:
            seconds[run.stage, run.engine].append(run.seconds or 0.0)
    order = list(ALL_STAGES)
    return [
        {
            "stage": stage,
            "engine": engine,
            "computed": len(seconds[stage, engine]),
            "found": reused[stage, engine],
            "p50_seconds": _median(seconds[stage, engine]),
            "p90_seconds": _p90(seconds[stage, engine]),
        }
        for stage, engine in sorted({*seconds, *reused}, key=lambda k: (order.index(k[0]), k[1]))
    ]


def _cache(db: Session, since: datetime) -> dict[str, Any]:
    """Report what the cache saved, and its current size."""
    done = StageRun.state == "done", StageRun.finished_at >= since
    query = select(StageRun.found, func.count(), func.sum(StageRun.expected_seconds))
    rows = {row[0]: row for row in db.execute(query.where(*done).group_by(StageRun.found))}
    _, reused, saved = rows.get(True, (True, 0, None))
    totals = select(func.count(), func.sum(CacheEntry.bytes))
    entries, size = db.execute(totals).one()
    return {
        "found": reused,
        "computed": rows[False][1] if False in rows else 0,
        "seconds_saved": round(saved or 0.0, 1),
        "entries": entries,
        "bytes": int(size or 0),
    }


def _p90(seconds: Sequence[float]) -> float | None:
    """Return the 90th percentile (nearest rank)."""
    if not seconds:
        return None
    return round(sorted(seconds)[math.ceil(0.9 * len(seconds)) - 1], 3)


def _bucketed(
    timed: Iterable[tuple[datetime, Any]], since: datetime, width: timedelta
) -> list[list[Any]]:
    buckets: list[list[Any]] = [[] for _ in range(BUCKETS)]
    for at, value in timed:
        buckets[min(BUCKETS - 1, max(0, int((at - since) / width)))].append(value)
    return buckets


def _median(seconds: Sequence[float]) -> float | None:
    return round(median(seconds), 3) if seconds else None


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
    """Find the peaks of a period; None if there were no jobs."""
    jobs = _jobs(db, since, until)
    found = {
        "busiest_hour": busiest([job.came for job in jobs if job.came >= since]),
        "longest_line": most(_clipped(_waiting_intervals(jobs, until), since)),
        "most_at_once": most(_clipped(_running_intervals(jobs, until), since)),
    }
    return {name: peak and peak._asdict() for name, peak in found.items()}


def _jobs(db: Session, since: datetime, until: datetime) -> list[Times]:
    """Select the times of all jobs that were open at some time of the period."""
    begun = func.coalesce(Job.dispatched_at, Job.started_at)  # the former is younger than some jobs
    query = select(Job.created_at, begun, Job.finished_at).where(
        Job.kind == "pipeline",
        Job.created_at <= until,
        or_(Job.finished_at.is_(None), Job.finished_at >= since),
    )
    return [Times(*row) for row in db.execute(query)]


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
