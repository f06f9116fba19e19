"""A session's current state, and the last event that it reflects.

It is read from the database alone, so that subscribing does not need Redis.
"""

from __future__ import annotations

from typing import Any, Final

from tasks.domain.job import JobState
from web.api.schemas.jobs import JobSummary
from web.db.engine import reading
from web.events.backlog import newest
from web.jobs import report as job_reports
from web.sessions import lifecycle

_jobs = JobSummary(many=True)
_MESSAGES: Final[dict[str, str]] = {
    JobState.QUEUED: "waiting in the queue",
    JobState.RUNNING: "running",
    JobState.SUCCEEDED: "the video is ready",
    JobState.FAILED: "the job failed",
    JobState.CANCELLED: "the job was cancelled",
}


def snapshot(session_id: str) -> dict[str, Any]:
    """Return the jobs of a session as JSON, and the last event that they reflect.

    `progress_percent` and `message` are those of the newest job, as in an event.
    """
    with reading() as db:
        lifecycle.find(db, session_id)
        # The id first, then the jobs: an event in between is delivered twice rather than lost.
        last = newest(db, session_id)
        jobs = [job_reports.summary(job) for job in job_reports.jobs(db, session_id)]
    newest_job = jobs[0] if jobs else None
    return {
        "event_type": "snapshot",
        "session_id": session_id,
        "progress_percent": newest_job["progress_percent"] if newest_job else 0.0,
        "message": _MESSAGES[newest_job["state"]] if newest_job else "",
        "jobs": _jobs.dump(jobs),
        "last_event_id": last,
    }
