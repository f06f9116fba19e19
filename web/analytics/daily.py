"""Compute the figures of one day (UTC) from the tables of jobs and credits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, distinct, func, or_, select
from sqlalchemy.orm import Session

from tasks.domain.job import JobState
from web.analytics.durations import bucket_of, named, seconds_between
from web.analytics.figures import Figure
from web.billing.models import Charge
from web.jobs import stage_runs
from web.jobs.models import PIPELINE, Job, JobFeedback, StageRun

Figures = dict[str, Figure]
PEOPLE_DAYS: Final = {"day": 1, "week": 7, "month": 30}
CPU: Final = "cpu"
GPU: Final = "gpu"
_SUCCEEDED: Final = JobState.SUCCEEDED.value
_SEPARATOR: Final = "/"


def begin_of(day: date) -> datetime:
    """Return when a day begins."""
    return datetime.combine(day, time(), UTC)


def compute(db: Session, day: date) -> dict[str, Figures]:
    """Compute all figures of a day, by kind."""
    return {
        "jobs": _jobs(db, day),
        "failures": _failures(db, day),
        "video_seconds": _durations(db, day, Job.created_at, Job.finished_at, _is_video()),
        "wait_seconds": _durations(
            db, day, Job.created_at, Job.dispatched_at, Job.dispatched_at.is_not(None)
        ),
        "stages": _stages(db, day),
        "engines": _engines(db, day),
        "lengths": _lengths(db, day),
        "people": _people(db, day),
        "credits": _credits(db, day),
        "feedback": _feedback(db, day),
    }


def starters(db: Session, day: date, owners: Iterable[str]) -> int:
    """Count those of these owners who started a job on a day."""
    known = set(owners)
    if not known:
        return 0
    began = select(Job.owner).distinct().where(*_within(Job.created_at, day))
    return len(known.intersection(db.scalars(began)))


def engine_key(stage: str, engine: str, environment: str, device: str) -> str:
    """Name the work of an engine on one kind of device."""
    return _SEPARATOR.join((stage, engine, environment, device))


def parse_engine_key(name: str) -> tuple[str, str, str, str]:
    """Return stage, engine, environment and kind of device."""
    stage, engine, environment, device = name.split(_SEPARATOR)
    return stage, engine, environment, device


def _within(
    column: ColumnElement[Any] | Any, day: date, days: int = 1
) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Return the conditions for a time within the days that end with `day`."""
    end = begin_of(day) + timedelta(days=1)
    return column >= end - timedelta(days=days), column < end


def _ended(day: date) -> tuple[ColumnElement[bool], ...]:
    return (*_within(Job.finished_at, day), Job.kind == PIPELINE)


def _is_video() -> ColumnElement[bool]:
    return Job.state == _SUCCEEDED


def _jobs(db: Session, day: date) -> Figures:
    """Count the jobs that were started, and those that ended by their state."""
    ended = select(Job.state, func.count()).where(*_ended(day)).group_by(Job.state)
    found = {state: Figure(count) for state, count in db.execute(ended)}
    started = select(func.count()).where(*_within(Job.created_at, day), Job.kind == PIPELINE)
    return found | {"started": Figure(db.scalar(started) or 0)}


def _failures(db: Session, day: date) -> Figures:
    failed = (
        select(Job.error_code, func.count())
        .where(*_ended(day), Job.error_code.is_not(None))
        .group_by(Job.error_code)
    )
    return {code: Figure(count) for code, count in db.execute(failed) if code}


def _durations(
    db: Session, day: date, begin: Any, end: Any, condition: ColumnElement[bool]
) -> Figures:
    """Count how long the jobs that ended on this day took from one time to another."""
    seconds = seconds_between(begin, end)
    query = select(bucket_of(seconds).label("bucket"), func.count(), func.sum(seconds))
    query = query.where(*_ended(day), condition).group_by(named("bucket"))
    return {"": _histogram(db, query)}


def _histogram(db: Session, query: Select[int, int, float]) -> Figure:
    figure = Figure()
    for number, count, total in db.execute(query):
        figure.add(count, total, number)
    return figure


def _computed(day: date) -> tuple[ColumnElement[bool], ...]:
    """Select the steps that the jobs of a day computed; what was reused took no time."""
    return (
        *_ended(day),
        StageRun.revision == Job.revision,
        StageRun.state == stage_runs.DONE,
        StageRun.found.is_(False),
    )


def _stages(db: Session, day: date) -> Figures:
    seconds = func.coalesce(StageRun.seconds, 0.0)
    query = (
        select(
            StageRun.stage,
            bucket_of(seconds).label("bucket"),
            func.count(),
            func.sum(seconds),
        )
        .join(Job, Job.id == StageRun.job_id)
        .where(*_computed(day))
        .group_by(StageRun.stage, named("bucket"))
    )
    found: Figures = defaultdict(Figure)
    for stage, number, count, total in db.execute(query):
        found[stage].add(count, total, number)
    return found


def _engines(db: Session, day: date) -> Figures:
    """Add up what each engine computed, and for how long, by the kind of device."""
    columns = StageRun.stage, StageRun.engine, StageRun.environment, StageRun.device
    query = (
        select(*columns, func.count(), func.sum(func.coalesce(StageRun.seconds, 0.0)))
        .join(Job, Job.id == StageRun.job_id)
        .where(*_computed(day))
        .group_by(*columns)
    )
    found: Figures = defaultdict(Figure)
    for stage, engine, environment, device, count, total in db.execute(query):
        kind = CPU if device in ("", CPU) else GPU
        found[engine_key(stage, engine, environment, kind)].add(count, total)
    return found


def _lengths(db: Session, day: date) -> Figures:
    """Add up the length of the videos that each engine has worked on.

    Engines that are paid by the second, character or token are priced by it. The first step of a
    stage stands for the stage.
    """
    length = Job.result["facts"]["duration"].as_float()
    query = (
        select(StageRun.engine, func.count(), func.sum(length))
        .join(Job, Job.id == StageRun.job_id)
        .where(*_computed(day), _is_video(), or_(StageRun.scene.is_(None), StageRun.scene == 0))
        .group_by(StageRun.engine)
    )
    return {engine: Figure(count, total or 0.0) for engine, count, total in db.execute(query)}


def _people(db: Session, day: date) -> Figures:
    """Count the owners who started a job on this day, in its week and in its month."""
    owners = func.count(distinct(Job.owner))
    return {
        name: Figure(db.scalar(select(owners).where(*_within(Job.created_at, day, days))) or 0)
        for name, days in PEOPLE_DAYS.items()
    }


def _credits(db: Session, day: date) -> Figures:
    """Add up the micro-credits that finished videos were charged for."""
    query = (
        select(func.count(), func.sum(Charge.used))
        .select_from(Job)
        .join(Charge, Charge.job_id == Job.id)
        .where(*_ended(day), Charge.run == Job.rounds, Charge.state == "settled")
    )
    count, used = db.execute(query).one()
    return {"charged": Figure(count, float(used or 0))}


def _feedback(db: Session, day: date) -> Figures:
    """Add up the scores, and count what was wrong."""
    query = select(JobFeedback.score, JobFeedback.problems)
    found: Figures = defaultdict(Figure)
    for score, problems in db.execute(query.where(*_within(JobFeedback.created_at, day))):
        found["score"].add(1, score)
        found[f"score {score}"].add(1)
        for problem in problems:
            found[problem].add(1)
    return found
