"""Write a document for each job and session into the session's directory after a change.

The documents are copies of the database for people and programs that have only the directory;
`web/storage/session_document.py` says more.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from functools import partial
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from web.db.columns import now
from web.db.engine import reading
from web.dead_letters import letters, quarantine
from web.jobs import report as job_reports
from web.jobs.models import Job
from web.services import Services
from web.sessions.directories import directory_of
from web.storage.session_document import write_json, write_session

_RECENT: Final = timedelta(days=1)


def write_jobs(services: Services, job_ids: Iterable[str]) -> None:
    """Write the documents of jobs and their sessions; one that fails does not stop the others."""
    touched: set[str] = set()
    for job_id in job_ids:
        copy = partial(_write_job, services, job_id, touched)
        quarantine.attempt(copy, letters.COPY, f"job {job_id}", job_id=job_id)
    for session_id in sorted(touched):
        copy = partial(write_session, services, session_id)
        quarantine.attempt(copy, letters.COPY, f"session {session_id}")


def _write_job(services: Services, job_id: str, touched: set[str]) -> None:
    with reading() as db:
        job = db.get(Job, job_id)
        if job is None:
            return
        document = job_reports.document(db, job)
    directory = directory_of(services.settings, job.session_id)
    if directory.exists:
        write_json(directory, f"job_{job_id}.json", document)
        touched.add(job.session_id)


def jobs_with_stale_files(db: Session) -> list[str]:
    """List the jobs whose documents the previous leader may not have written."""
    recent = Job.is_open | (Job.finished_at > now() - _RECENT)
    return list(db.scalars(select(Job.id).where(recent)))
