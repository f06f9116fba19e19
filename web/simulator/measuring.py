"""Record the timings of this installation from its database."""

from __future__ import annotations

import statistics
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.settings import Settings
from tasks.domain.job import JobState
from tasks.messaging.pipeline import before
from tasks.nodes.registry import Node
from web.db.columns import now
from web.db.engine import reading
from web.jobs.models import PIPELINE, Job, StageRun
from web.simulator.recording import (
    VERSION,
    Overheads,
    RecordedJob,
    RecordedRuns,
    RecordedStep,
    Recording,
)

_RUNS: Final = 500
"""The latest runs of each engine and device that are recorded."""
_STRAY: Final = 5.0
"""A longer pause of a worker is not an overhead."""
_IN_LINE: Final = 1.0
"""A job that is dispatched later than this has waited for the end of another one."""
_AT_ONCE: Final = 500

Shape = tuple[RecordedStep, ...]


def measure(settings: Settings, alive: Sequence[Node], jobs: int) -> Recording:
    """Record the latest jobs that succeeded, and the runs of their steps."""
    with reading() as db:
        ended = _latest(db, jobs)
        runs = _runs_of(db, ended)
    shapes: dict[Shape, int] = {}
    owners: dict[str, int] = {}
    recorded = []
    first = min((job.created_at for job in ended), default=now())
    for job in sorted(ended, key=lambda job: job.created_at):
        shape = tuple(_step(run) for run in runs[job.id])
        if shape:
            recorded.append(
                RecordedJob(
                    at=_seconds(first, job.created_at),
                    owner=owners.setdefault(job.owner or "", len(owners)),
                    rank=job.rank,
                    shape=shapes.setdefault(shape, len(shapes)),
                    seconds=_seconds(job.created_at, job.finished_at or job.created_at),
                )
            )
    recording = Recording(
        version=VERSION,
        recorded_at=now().isoformat(timespec="seconds"),
        nodes=_nodes(alive),
        jobs_in_flight=settings.jobs_in_flight,
        overheads=Overheads(),
        load_seconds=_load_seconds(alive),
        runs=_durations(run for of in runs.values() for run in of),
        shapes=tuple(shapes),
        jobs=tuple(recorded),
        simulation_speed=settings.simulation_speed,
    )
    return _with_overheads(recording, ended, runs)


def _latest(db: Session, jobs: int) -> list[Job]:
    whole = select(Job).where(
        Job.state == JobState.SUCCEEDED.value, Job.kind == PIPELINE, Job.finished_at.is_not(None)
    )
    return list(db.scalars(whole.order_by(Job.finished_at.desc()).limit(jobs)))


def _runs_of(db: Session, jobs: Sequence[Job]) -> dict[str, list[StageRun]]:
    """Read the runs of each job's current plan."""
    revisions = {job.id: job.revision for job in jobs}
    ids = list(revisions)
    found: dict[str, list[StageRun]] = defaultdict(list)
    for start in range(0, len(ids), _AT_ONCE):
        these = StageRun.job_id.in_(ids[start : start + _AT_ONCE])
        for run in db.scalars(select(StageRun).where(these).order_by(StageRun.id)):
            if run.revision == revisions[run.job_id]:
                found[run.job_id].append(run)
    return found


def _step(run: StageRun) -> RecordedStep:
    return RecordedStep(
        stage=run.stage,
        scene=run.scene,
        engine=run.engine,
        kind=run.kind,
        environment=run.environment,
        size=round(run.size, 3),
        expected=_rounded(run.expected_seconds or 0.0),
        found=run.found,
    )


def _rounded(seconds: float) -> float:
    """Keep two digits: equal requests that were planned at different times share a shape."""
    return float(f"{seconds:.2g}")


def _durations(runs: Iterable[StageRun]) -> tuple[RecordedRuns, ...]:
    by_engine: dict[tuple[str, str, str, str], list[StageRun]] = defaultdict(list)
    for run in sorted(runs, key=lambda run: -run.id):
        if run.seconds is not None and not run.found and run.size > 0:
            by_engine[run.stage, run.engine, run.device, run.kind].append(run)
    return tuple(
        RecordedRuns(
            *key,
            sizes=tuple(round(run.size, 4) for run in of[:_RUNS]),
            seconds=tuple(round(run.seconds or 0.0, 4) for run in of[:_RUNS]),
        )
        for key, of in sorted(by_engine.items())
    )


def _with_overheads(
    recording: Recording, jobs: Sequence[Job], runs: dict[str, list[StageRun]]
) -> Recording:
    dispatches = [_seconds(j.created_at, j.dispatched_at) for j in jobs if j.dispatched_at]
    ends = sorted(
        max(lasts)
        for job in jobs
        if (lasts := [run.finished_at for run in runs[job.id] if run.finished_at])
    )
    return replace(
        recording,
        overheads=Overheads(
            step=_mean(_pauses(recording, jobs, runs)),
            dispatch=min(dispatches, default=0.0),
            finish=_mean(_lags(jobs, ends)),
        ),
    )


def _lags(jobs: Sequence[Job], ends: Sequence[datetime]) -> list[float]:
    """Return the times from the end of a job's last step to the dispatch of the next in line."""
    lags = []
    for job in jobs:
        if job.dispatched_at is None or _seconds(job.created_at, job.dispatched_at) < _IN_LINE:
            continue
        place = bisect_right(ends, job.dispatched_at)
        lag = _seconds(ends[place - 1], job.dispatched_at) if place else _STRAY
        if lag < _STRAY:
            lags.append(lag)
    return lags


def _pauses(
    recording: Recording, jobs: Sequence[Job], runs: dict[str, list[StageRun]]
) -> list[float]:
    """Return what workers needed besides the runs of engines, where the next step waited."""
    by_worker: dict[str, list[tuple[datetime, datetime, float]]] = defaultdict(list)
    ready: dict[int, datetime] = {}
    for job in jobs:
        of = runs[job.id]
        if not of or job.dispatched_at is None:
            continue
        ends = {run.step: run.finished_at for run in of if run.finished_at}
        plan = recording.plan(_shape_of(recording, of))
        for run, step in zip(of, plan.steps, strict=True):
            earlier = [ends[name] for name in before(plan, step) if name in ends]
            ready[run.id] = max(earlier, default=job.dispatched_at)
    every = [run for of in runs.values() for run in of if run.id in ready and not run.found]
    pauses = []
    for run in sorted(every, key=lambda run: run.started_at or now()):
        if run.started_at is None or run.finished_at is None or run.seconds is None:
            continue
        mine = by_worker[run.worker]
        if mine:
            began, ended, took = mine[-1]
            pause = _seconds(began, run.started_at) - took
            if ready[run.id] <= ended and 0 <= pause < _STRAY:
                pauses.append(pause)
        mine.append((run.started_at, run.finished_at, run.seconds))
    return pauses


def _shape_of(recording: Recording, runs: Sequence[StageRun]) -> int:
    return recording.shapes.index(tuple(map(_step, runs)))


def _nodes(alive: Iterable[Node]) -> dict[str, int]:
    counted: dict[str, int] = defaultdict(int)
    for node in alive:
        counted[node.environment] += 1
    return dict(counted)


def _load_seconds(alive: Iterable[Node]) -> dict[str, float]:
    """Return the slowest load of each model."""
    slowest: dict[str, float] = {}
    for node in alive:
        for model, seconds in node.load_seconds.items():
            slowest[model] = round(max(slowest.get(model, 0.0), seconds), 3)
    return slowest


def _mean(values: Sequence[float]) -> float:
    return round(statistics.fmean(values), 4) if values else 0.0


def _seconds(begin: datetime, end: datetime | None) -> float:
    return 0.0 if end is None else round((end - begin).total_seconds(), 4)
