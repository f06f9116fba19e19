"""Where a session is now, and after which event: what follows that one completes the picture.

It comes from the ledger alone, so that joining needs no Redis.
"""

from __future__ import annotations

import re
from typing import Any

from tasks.domain.errors import ValidationFailed
from web.api.schemas.jobs import JobSummary
from web.db.engine import reading
from web.events.backlog import newest
from web.jobs import report as job_reports
from web.sessions import lifecycle

_EVENT_ID = re.compile(r"\d{1,16}(-\d{1,9})?", re.ASCII)
_jobs = JobSummary(many=True)


def snapshot(session_id: str) -> dict[str, Any]:
    """The jobs of a session, as plain JSON, and the last event that they reflect."""
    with reading() as db:
        lifecycle.find(db, session_id)
        # First the id, then the jobs: an event in between is told twice rather than not at all.
        last = newest(db, session_id)
        jobs = [job_reports.summary(job) for job in job_reports.jobs(db, session_id)]
    return {"session_id": session_id, "jobs": _jobs.dump(jobs), "last_event_id": last}


def event_id(given: object) -> str | None:
    """The event that a caller says it knows, if it says one."""
    if given is None or given == "":
        return None
    if isinstance(given, str) and _EVENT_ID.fullmatch(given):
        return given
    message = "Not the id of an event."
    raise ValidationFailed(errors=[{"field": "last_event_id", "message": message}])
