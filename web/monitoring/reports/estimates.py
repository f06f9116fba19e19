"""The accuracy of estimates: expected against actual durations."""

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
    """Report how often jobs, and steps of each engine, stayed within their estimates."""
    return [
        _row("job", "", _jobs(db)),
        *(_row(*name, samples) for name, samples in sorted(_steps(db).items())),
    ]


Sample = tuple[float, float | None, float, float]
"""Median, low (if any) and high estimate, and the actual duration."""


def _jobs(db: Session) -> list[Sample]:
    """Select jobs of one attempt that reused nothing, as reuse cannot be estimated."""
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


def _steps(db: Session) -> dict[tuple[str, str], list[Sample]]:
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
    samples: dict[tuple[str, str], list[Sample]] = defaultdict(list)
    for run in db.scalars(computed):
        expected = run.expected_seconds or 0.0, None, run.expected_high or 0.0
        samples[run.stage, run.engine].append((*expected, run.seconds or 0.0))
    return samples


def _row(what: str, engine: str, samples: list[Sample]) -> dict[str, Any]:
    return {
        "what": what,
        "engine": engine,
        "runs": len(samples),
        "within_likely": _share(actual <= likely for likely, _, _, actual in samples),
        "within_high": _share(actual <= high for _, _, high, actual in samples),
        "above_low": _share(actual >= low for _, low, _, actual in samples if low is not None),
    }


def _share(answers: Iterable[bool]) -> float | None:
    known = list(answers)
    return round(sum(known) / len(known), 3) if known else None
