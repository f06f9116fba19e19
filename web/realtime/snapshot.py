"""A session's current state, and the last event that it reflects.

It is read from the database alone, so that subscribing does not need Redis.
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
    """Return the jobs of a session as JSON, and the last event that they reflect."""
    with reading() as db:
        lifecycle.find(db, session_id)
        # The id first, then the jobs: an event in between is delivered twice rather than lost.
        last = newest(db, session_id)
        jobs = [job_reports.summary(job) for job in job_reports.jobs(db, session_id)]
    return {"session_id": session_id, "jobs": _jobs.dump(jobs), "last_event_id": last}


def event_id(given: object) -> str | None:
    """Parse the last event id that a client has received, if given."""
    if given is None or given == "":
        return None
    if isinstance(given, str) and _EVENT_ID.fullmatch(given):
        return given
    message = "Not a valid event id."
    raise ValidationFailed(errors=[{"field": "last_event_id", "message": message}])
