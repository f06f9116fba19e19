"""All jobs, for operators: by state, code, age, owner and engine."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session, defer

from web.db.columns import now
from web.db.pages import Page, newest_first
from web.jobs import report as reports
from web.jobs.models import Job, StageRun


@dataclass(frozen=True, slots=True)
class Search:
    """Which jobs are listed, and which page of them."""

    state: str | None = None
    code: str | None = None
    owner: str | None = None
    engine: str | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None
    cursor: str | None = None
    limit: int = 50


def jobs(db: Session, search: Search) -> Page[Job]:
    """List jobs of all owners, newest first."""
    query = select(Job).where(*_conditions(search))
    # What people wrote and what was made of it is large, and not listed.
    query = query.options(defer(Job.options), defer(Job.inputs), defer(Job.result))
    return newest_first(db, query, Job, cursor=search.cursor, limit=search.limit)


def _conditions(search: Search) -> list[ColumnElement[bool]]:
    found = [
        column == value
        for column, value in (
            (Job.state, search.state),
            (Job.error_code, search.code),
            (Job.owner, search.owner),
        )
        if value is not None
    ]
    if search.created_after is not None:
        found.append(Job.created_at >= search.created_after)
    if search.created_before is not None:
        found.append(Job.created_at < search.created_before)
    if search.engine is not None:
        of_job = StageRun.job_id == Job.id, StageRun.revision == Job.revision
        found.append(exists().where(*of_job, StageRun.engine == search.engine))
    return found


def entries(db: Session, listed: list[Job]) -> list[dict[str, Any]]:
    """Describe jobs by what operators decide on; one query finds the engines of all of them."""
    engines = _engines(db, listed)
    at = now()
    return [
        {
            "job_id": job.id,
            "session_id": job.session_id,
            "owner": job.owner,
            "kind": job.kind,
            "state": job.state,
            "percent": round(job.percent, 2),
            "attempt": job.attempt,
            "engines": engines[job.id],
            "age_seconds": round((at - job.created_at).total_seconds(), 1),
            "created_at": job.created_at,
            "started_at": job.started_at,
            "finished_at": job.finished_at,
            "expired_at": job.expired_at,
            "waiting_for": job.waiting_for if job.waiting_since else None,
            "error": reports.failure(job.error_code, job.error_stage, job.error_message),
        }
        for job in listed
    ]


def _engines(db: Session, listed: list[Job]) -> dict[str, list[str]]:
    """Name the engines of each job's current plan, in the order of its steps."""
    planned = (
        select(StageRun.job_id, StageRun.engine)
        .join(Job, Job.id == StageRun.job_id)
        .where(StageRun.job_id.in_([job.id for job in listed]), StageRun.revision == Job.revision)
        .order_by(StageRun.id)
    )
    found: dict[str, list[str]] = defaultdict(list)
    for job_id, engine in db.execute(planned):
        if engine not in found[job_id]:
            found[job_id].append(engine)
    return found
