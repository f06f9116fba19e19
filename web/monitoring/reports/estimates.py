"""How good estimates were: what was expected when it was planned, beside what came."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from tasks.domain.job import JobState
from web.jobs.models import Job, StageRun

LAST_JOBS = 500
LAST_STEPS = 5000


def back_test(db: Session) -> list[dict[str, Any]]:
    """Of whole jobs and of each engine's steps: how often the truth was inside."""
    return [
        _row("job", "", _jobs(db)),
        *(_row(*name, told) for name, told in sorted(_steps(db).items())),
    ]


Told = tuple[float, float | None, float, float]
"""Likely, low (where there was one), high, and the truth."""


def _jobs(db: Session) -> list[Told]:
    """Jobs of one attempt that computed everything: nobody can know what will be found."""
    found = select(StageRun.job_id).where(StageRun.found)
    ended = (
        select(Job)
        .where(
            Job.state == JobState.SUCCEEDED.value,
            Job.attempt == 1,
            Job.expected_seconds.is_not(None),
            Job.id.not_in(found),
        )
        .order_by(Job.finished_at.desc())
        .limit(LAST_JOBS)
    )
    return [
        (
            job.expected_seconds or 0.0,
            job.expected_low,
            job.expected_high or 0.0,
            (job.finished_at - job.dispatched_at).total_seconds(),
        )
        for job in db.scalars(ended)
        if job.finished_at and job.dispatched_at
    ]


def _steps(db: Session) -> dict[tuple[str, str], list[Told]]:
    computed = (
        select(StageRun)
        .where(
            StageRun.state == "done",
            StageRun.found.is_(False),
            StageRun.expected_seconds.is_not(None),
        )
        .order_by(StageRun.id.desc())
        .limit(LAST_STEPS)
    )
    told: dict[tuple[str, str], list[Told]] = defaultdict(list)
    for run in db.scalars(computed):
        expected = run.expected_seconds or 0.0, None, run.expected_high or 0.0
        told[run.stage, run.engine].append((*expected, run.seconds or 0.0))
    return told


def _row(what: str, engine: str, told: list[Told]) -> dict[str, Any]:
    return {
        "what": what,
        "engine": engine,
        "runs": len(told),
        "within_likely": _share(truth <= likely for likely, _, _, truth in told),
        "within_high": _share(truth <= high for _, _, high, truth in told),
        "above_low": _share(truth >= low for _, low, _, truth in told if low is not None),
    }


def _share(answers: Iterable[bool]) -> float | None:
    known = list(answers)
    return round(sum(known) / len(known), 3) if known else None
