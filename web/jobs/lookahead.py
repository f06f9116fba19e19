"""Look each waiting job up in the cache once, while no slot is free for it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import exists, select
from sqlalchemy.orm import aliased

from tasks.domain.job import JobState
from web.db.columns import now
from web.db.engine import reading
from web.jobs.models import Job
from web.jobs.queue import RANKS

AT_ONCE: Final = 10
"""Jobs in one turn: to plan a job costs some milliseconds."""
OVERLAP: Final = timedelta(seconds=5)
"""A job that was created earlier may be committed later."""


class Lookahead:
    """Remembers up to which job the queue was looked up."""

    def __init__(self, *, shared: bool) -> None:
        self._shared = shared
        self._seen: dict[str, datetime] = {}
        self._newest = now()

    def next(self) -> list[str]:
        """List jobs that may be in the cache and were not looked up yet, the oldest first.

        The results of an owner without a finished job cannot be there, unless owners share them.
        """
        at, since = now(), self._newest - OVERLAP
        self._seen = {job_id: seen for job_id, seen in self._seen.items() if seen >= since}
        # State, rank and time are an index: a long queue is not read.
        new = (
            Job.state == JobState.QUEUED.value,
            Job.rank.in_(RANKS.values()),
            Job.created_at >= since,
        )
        waiting = select(Job.id, Job.created_at).where(
            *new, Job.due(at), Job.attempt == 0, Job.id.not_in(self._seen)
        )
        if not self._shared:
            done = aliased(Job)
            mine = done.owner == Job.owner, done.state == JobState.SUCCEEDED.value
            waiting = waiting.where(exists().where(*mine))
        with reading() as db:
            found = db.execute(waiting.order_by(Job.created_at).limit(AT_ONCE)).all()
        self._seen.update((row.id, row.created_at) for row in found)
        self._newest = found[-1].created_at if len(found) == AT_ONCE else at
        return [row.id for row in found]
