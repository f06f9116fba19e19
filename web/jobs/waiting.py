"""Hold an answer until its job has ended: `Prefer: wait=N` (RFC 7240)."""

from __future__ import annotations

import re
import time
from typing import Final

from tasks.domain.job import JobState
from web.db.engine import reading
from web.errors import TooManyClients
from web.events.backlog import newest
from web.events.hub import Hub
from web.events.mailbox import Interrupted, Mailbox, mailbox
from web.jobs.models import Job

LONGEST: Final = 60
"""In seconds; proxies time out soon after."""

_WAIT = re.compile(r"(?:^|[,;\s])wait\s*=\s*(\d{1,6})(?=$|[,;\s])", re.ASCII)


def preferred(header: str | None) -> int:
    """Read the seconds that a caller is prepared to wait; 0 without such a header.

    >>> preferred("respond-async, wait=10")
    10
    >>> preferred("wait=3600")
    60
    >>> preferred("handling=lenient")
    0
    """
    found = _WAIT.search(header or "")
    return min(int(found[1]), LONGEST) if found else 0


def until_ended(hub: Hub, job: Job, seconds: float, address: str) -> bool:
    """Wait for the end of a job, and return whether it has ended."""
    deadline = time.monotonic() + seconds
    with reading() as db:
        last = newest(db, job.session_id)
    try:
        with mailbox(hub, job.session_id, last, address) as box:
            while not _ended(job) and time.monotonic() < deadline:
                _next_end(box, job.id, deadline)
    except (TooManyClients, Interrupted):
        pass  # no subscription is free: the caller gets the present state
    return _ended(job)


def _ended(job: Job) -> bool:
    with reading() as db:
        return JobState(db.get_one(Job, job.id).state).terminal


def _next_end(box: Mailbox, job_id: str, deadline: float) -> None:
    """Return at the job's next terminal event, or at the deadline."""
    while (left := deadline - time.monotonic()) > 0:
        message = box.get(left)
        if message is None:
            return
        if message.event.job_id == job_id and message.event.event_type.terminal:
            return
