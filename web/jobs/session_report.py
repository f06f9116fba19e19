"""A session with all that it holds."""

from __future__ import annotations

from collections import Counter
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tasks.domain.job import JobState
from web.jobs import report as job_reports
from web.sessions import files
from web.sessions.models import Output, UserSession


def identity(room: UserSession) -> dict[str, Any]:
    return {
        "session_id": room.id,
        "user_id": room.user_id,
        "state": "active" if room.ended_at is None else "ended",
        "created_at": room.created_at,
    }


def report(database: Session, room: UserSession) -> dict[str, Any]:
    uploads = files.uploads(database, room.id)
    jobs = job_reports.jobs(database, room.id)
    states = Counter(job.state for job in jobs)
    made = select(func.count()).select_from(Output).where(Output.session_id == room.id)
    return {
        **identity(room),
        "seen_at": room.seen_at,
        "uploads": [files.upload_report(upload) for upload in uploads],
        "jobs": [job_reports.summary(job) for job in jobs],
        "counts": {
            "uploads": len(uploads),
            "outputs": database.scalar(made) or 0,
            "jobs": len(jobs),
            **{state.value: states[state.value] for state in JobState},
        },
    }
