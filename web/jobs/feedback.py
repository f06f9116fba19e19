"""Feedback of owners on their finished videos: once for each job, and it may be changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import update
from sqlalchemy.orm import Session

from web.db.columns import now
from web.db.engine import reading, writing
from web.errors import JobRunning
from web.jobs import report as reports
from web.jobs.models import JobFeedback

PROBLEMS: Final = (
    *("face", "lips", "voice", "pronunciation", "script"),
    *("picture", "captions", "sound", "waiting", "other"),
)
"""What can be wrong with a video."""
BEST: Final = 5
LONGEST: Final = 2000


@dataclass(frozen=True, slots=True)
class Opinion:
    """What an owner says."""

    score: int
    words: str = ""
    problems: Sequence[str] = ()


def give(job_id: str, opinion: Opinion) -> tuple[dict[str, Any], bool]:
    """Store feedback on a job that has ended, and return it and whether it is the first."""
    with writing() as db:
        job = reports.find(db, job_id)
        if job.is_open:
            raise JobRunning
        feedback = db.get(JobFeedback, job_id)
        is_first = feedback is None
        if feedback is None:
            feedback = JobFeedback(job_id=job_id)
            db.add(feedback)
        feedback.score = opinion.score
        feedback.words = opinion.words
        feedback.problems = [name for name in PROBLEMS if name in opinion.problems]
        feedback.changed_at = now()
        db.flush()
        return describe(feedback), is_first


def of_job(job_id: str) -> dict[str, Any] | None:
    """Get the feedback on a job, if there is any."""
    with reading() as db:
        return find(db, job_id)


def find(db: Session, job_id: str) -> dict[str, Any] | None:
    """Get the feedback on a job within a transaction."""
    feedback = db.get(JobFeedback, job_id)
    return None if feedback is None else describe(feedback)


def forget_words(db: Session, job_id: str) -> None:
    """Delete what was said about a job whose files are deleted; the score stays."""
    db.execute(update(JobFeedback).where(JobFeedback.job_id == job_id).values(words=""))


def describe(feedback: JobFeedback) -> dict[str, Any]:
    """Describe feedback as the API returns it."""
    return {
        "job_id": feedback.job_id,
        "score": feedback.score,
        "words": feedback.words,
        "problems": feedback.problems,
        "created_at": feedback.created_at,
        "changed_at": feedback.changed_at,
    }
