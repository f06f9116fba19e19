"""Taking consent back: work on a person stops, and nothing that shows them is given out."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tasks.domain.job import OPEN_STATES
from web import sessions
from web.announcing import nudge
from web.database import writing
from web.errors import ConsentWithdrawn
from web.models import Job, Output, Upload
from web.models.columns import now
from web.services import Services


def withdraw(services: Services, session_id: str) -> int:
    """For all jobs of a session; how many they are."""
    with writing() as database:
        sessions.find(database, session_id)
        jobs = list(
            database.scalars(
                select(Job).where(Job.session_id == session_id, Job.consent_withdrawn_at.is_(None))
            )
        )
        for job in jobs:
            job.consent_withdrawn_at = now()
            if job.state in [state.value for state in OPEN_STATES]:
                # Control sets the job's stop key: every stage looks at it when it starts.
                job.cancel_requested_at = job.cancel_requested_at or now()
    nudge(services)
    return len(jobs)


def require_standing(database: Session, file: Output | Upload) -> None:
    """Refuse a file of a job whose consent was withdrawn, and the uploads it was made from."""
    withdrawn = select(func.count()).where(
        Job.session_id == file.session_id, Job.consent_withdrawn_at.is_not(None)
    )
    if isinstance(file, Output):
        withdrawn = withdrawn.where(Job.id == file.job_id)
    else:
        withdrawn = withdrawn.where(Job.created_at >= file.created_at)
    if database.scalar(withdrawn):
        raise ConsentWithdrawn
