"""Report a session with its uploads and jobs."""

from __future__ import annotations

from collections import Counter
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tasks.domain.job import JobState
from web.jobs import report as job_reports
from web.sessions import files
from web.sessions.models import Output, UserSession


def identity(user_session: UserSession) -> dict[str, Any]:
    return {
        "session_id": user_session.id,
        "user_id": user_session.user_id,
        "state": "active" if user_session.ended_at is None else "ended",
        "created_at": user_session.created_at,
    }


def report(db: Session, user_session: UserSession) -> dict[str, Any]:
    uploads = files.uploads(db, user_session.id)
    jobs = job_reports.jobs(db, user_session.id)
    states = Counter(job.state for job in jobs)
    made = select(func.count()).select_from(Output).where(Output.session_id == user_session.id)
    return {
        **identity(user_session),
        "seen_at": user_session.seen_at,
        "uploads": [files.upload_report(upload) for upload in uploads],
        "jobs": [job_reports.summary(job) for job in jobs],
        "counts": {
            "uploads": len(uploads),
            "outputs": db.scalar(made) or 0,
            "jobs": len(jobs),
            **{state.value: states[state.value] for state in JobState},
        },
    }
