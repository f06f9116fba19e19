"""What a session's own directory says of it: `session_ID.json`, and a file for each job.

They are copies of the ledger for whoever has the directory and nothing else; each is
written whole or not at all, by control whenever the ledger has changed, and nothing of
ours ever reads them. Under the names of the five directories they list what belongs to
the session: its bytes lie in the artifact store, by digest, and it only refers to them.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from datetime import timedelta
from functools import partial
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from tasks.domain.job import OPEN_STATES
from web.api.schemas.jobs import JobReport
from web.db.columns import now
from web.db.engine import reading
from web.dead_letters import letters, quarantine
from web.jobs import report as job_reports
from web.jobs.models import Job
from web.services import Services
from web.sessions import files
from web.sessions.directories import SessionDirectory, directory_of
from web.sessions.models import Output, Upload, UserSession

log = logging.getLogger(__name__)

_RECENT: Final = timedelta(days=1)
_job = JobReport(exclude=("links.events",))  # a link is for one who asks, and ends


def write_session(services: Services, session_id: str) -> None:
    """Say anew what a session holds; one whose directory is gone says nothing."""
    directory = directory_of(services.settings, session_id)
    if not directory.exists:
        return
    with reading() as db:
        user_session = db.get(UserSession, session_id)
        if user_session is None:
            return
        document = _session(db, directory, user_session)
    _write_json(directory, f"session_{session_id}.json", document)


def write_jobs(services: Services, job_ids: Iterable[str]) -> None:
    """Write how jobs are, and what their sessions hold; a copy that fails keeps no other back."""
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
        document = _job.dump(job_reports.report(db, job))
    directory = directory_of(services.settings, job.session_id)
    if directory.exists:
        _write_json(directory, f"job_{job_id}.json", document)
        touched.add(job.session_id)


def jobs_with_stale_files(db: Session) -> list[str]:
    """Jobs whose files a control that has died may not have written."""
    is_open = Job.state.in_([state.value for state in OPEN_STATES])
    return list(db.scalars(select(Job.id).where(is_open | (Job.finished_at > now() - _RECENT))))


def _session(db: Session, directory: SessionDirectory, user_session: UserSession) -> dict[str, Any]:
    uploads = select(Upload).where(Upload.session_id == user_session.id).order_by(Upload.created_at)
    working = select(Job.id).where(
        Job.session_id == user_session.id, Job.state.in_([state.value for state in OPEN_STATES])
    )
    return {
        "session_id": user_session.id,
        "user_id": user_session.user_id,
        "state": "active" if user_session.ended_at is None else "ended",
        "created_at": user_session.created_at.isoformat(),
        "ended_at": user_session.ended_at and user_session.ended_at.isoformat(),
        "metadata": [n for n in directory.names("metadata") if n.startswith("job_")],
        "assets": [_file_entry(upload) for upload in db.scalars(uploads)],
        "processing": sorted(db.scalars(working)),
        "output": [_file_entry(output) for output in files.outputs(db, user_session.id)],
        "temp": directory.names("temp"),
    }


def _file_entry(file: Upload | Output) -> dict[str, Any]:
    """A reference: the name here, and the key in the artifact store."""
    return {
        "filename": file.filename,
        "kind": file.kind,
        "key": file.blob.path,
        "bytes": file.bytes,
    }


def _write_json(directory: SessionDirectory, name: str, document: dict[str, Any]) -> None:
    """A copy that cannot be written (a full disk, a session just ended) is left out."""
    text = json.dumps(document, indent=1, ensure_ascii=False) + "\n"
    # A lone surrogate in a row has no encoding; the rest of the copy is worth having.
    text = text.encode("utf-8", "replace").decode()
    try:
        directory.write("metadata", name, text)
    except OSError as error:
        log.warning("%s was not written: %s", name, type(error).__name__)
