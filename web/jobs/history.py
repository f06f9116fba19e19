"""Measure how long recent steps took, by engine and device, and how long jobs took."""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import exists, select

from tasks.domain.estimate import LAST_RUNS, Pace, Run, learn, learn_pinned
from tasks.domain.job import JobState
from tasks.domain.planner import History
from web.db.engine import reading
from web.jobs.models import Job, StageRun
from web.services import Services

FRESH_SECONDS = 30
SAMPLES = 2000


@dataclass(frozen=True, slots=True)
class Durations:
    """Measured durations, at most `FRESH_SECONDS` old."""

    steps: dict[tuple[str, str, str], Pace]
    job: Pace
    """From the size of a job (`Job.size`) to its duration."""


def history(services: Services) -> History:
    return History(recent_durations(services).steps, services.settings.simulation_speed)


def recent_durations(services: Services) -> Durations:
    """Read the measured durations, again when they are older than half a minute."""
    period = int(time.monotonic() // FRESH_SECONDS)
    return _measured_durations(services.settings.database_url, period)


@lru_cache(maxsize=1)
def _measured_durations(_database: str, _period: int) -> Durations:
    return Durations(_steps(), _job())


def _steps() -> dict[tuple[str, str, str], Pace]:
    recent = (
        select(
            StageRun.stage,
            StageRun.engine,
            StageRun.device,
            StageRun.kind,
            StageRun.size,
            StageRun.seconds,
        )
        .where(StageRun.state == "done", StageRun.found.is_(False), StageRun.size > 0)
        .order_by(StageRun.id.desc())
        .limit(SAMPLES)
    )
    runs: dict[tuple[str, str, str], list[Run]] = defaultdict(list)
    pinned: set[tuple[str, str, str]] = set()
    with reading() as db:
        for stage, engine, device, kind, size, seconds in db.execute(recent):
            for key in {(stage, engine, device), (stage, engine, "")}:
                runs[key].append(Run(size, seconds or 0.0))
                if kind == "simulated":
                    pinned.add(key)
    return {key: (learn_pinned if key in pinned else learn)(of) for key, of in runs.items()}


def _job() -> Pace:
    """Learn from jobs that computed all of their steps in one attempt."""
    shared = exists().where(StageRun.job_id == Job.id, StageRun.found)
    whole = (
        select(Job.size, Job.finished_at, Job.dispatched_at)
        .where(
            Job.state == JobState.SUCCEEDED.value,
            Job.attempt == 1,
            Job.size > 0,
            Job.dispatched_at.is_not(None),
            ~shared,
        )
        .order_by(Job.finished_at.desc())
        .limit(LAST_RUNS)
    )
    with reading() as db:
        ended = db.execute(whole).all()
    runs = [Run(size, (end - begin).total_seconds()) for size, end, begin in ended if end and begin]
    return learn(runs) if runs else Pace(0.0, 1.0)
