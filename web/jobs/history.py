"""Measure how long recent steps took, by engine and device, and how long jobs took."""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import exists, select

from tasks.domain.estimate import (
    LAST_RUNS,
    Pace,
    Run,
    corrected,
    is_enough,
    learn,
    learn_pinned,
)
from tasks.domain.job import JobState
from tasks.domain.planner import History
from web.db.engine import reading
from web.jobs.models import Job, StageRun
from web.services import Services

FRESH_SECONDS = 30
SAMPLES = 2000

_Key = tuple[str, str, str]
"""Stage, engine and device; the device "" stands for all."""


@dataclass(frozen=True, slots=True)
class Durations:
    """Measured durations, at most `FRESH_SECONDS` old."""

    steps: dict[_Key, Pace]
    few: dict[_Key, list[Run]]
    """Of engines that have run too rarely to learn their pace from that alone."""
    job: Pace
    """From the size of a job (`Job.size`) to its duration."""
    jobs: int
    """The number of jobs that it was learned from."""


def history(services: Services) -> History:
    known = recent_durations(services)
    return History(known.steps, known.few, services.settings.simulation_speed)


def recent_durations(services: Services) -> Durations:
    """Read the measured durations, again when they are older than half a minute."""
    period = int(time.monotonic() // FRESH_SECONDS)
    return _measured_durations(services.settings.database_url, period)


@lru_cache(maxsize=1)
def _measured_durations(_database: str, _period: int) -> Durations:
    runs, pinned = _steps()
    learned = {key: learn(of) for key, of in runs.items() if is_enough(of) and key not in pinned}
    few = {key: of for key, of in runs.items() if not is_enough(of) and key not in pinned}
    jobs = _jobs()
    return Durations(
        learned | {key: learn_pinned(runs[key]) for key in pinned},
        few,
        learn(jobs) if is_enough(jobs) else corrected(Pace(0.0, 1.0), jobs),
        len(jobs),
    )


def _steps() -> tuple[dict[_Key, list[Run]], set[_Key]]:
    """Read recent runs by engine, and which engines take a prescribed time."""
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
    runs: dict[_Key, list[Run]] = defaultdict(list)
    pinned: set[_Key] = set()
    with reading() as db:
        for stage, engine, device, kind, size, seconds in db.execute(recent):
            for key in {(stage, engine, device), (stage, engine, "")}:
                runs[key].append(Run(size, seconds or 0.0))
                if kind == "simulated":
                    pinned.add(key)
    return runs, pinned


def _jobs() -> list[Run]:
    """Read jobs that computed all of their steps in one attempt."""
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
    return [Run(size, (end - begin).total_seconds()) for size, end, begin in ended if end and begin]
