"""Server-Sent Events: the stream of one job as text, for `EventSource` and for `curl -N`."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta

from flask import Flask
from sqlalchemy import select

from tasks.domain.events import EventType, id_order
from tasks.domain.job import JobState
from web.db.columns import now
from web.db.engine import reading
from web.events.backlog import BEGINNING
from web.events.hub import Message
from web.events.mailbox import Mailbox, TooSlow
from web.events.models import LedgerEvent
from web.events.subscription import open_mailbox
from web.jobs.models import Job

log = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 15.0
RETRY_MS = 2000
LATE_NEWS = timedelta(minutes=1)
"""A job that ended longer ago has no news to come, whatever we still have of it."""


def stream(
    app: Flask, job: Job, known: str | None, closing: ExitStack, speak: Callable[[str], str]
) -> Iterator[str] | None:
    """The events of a job after one of them, up to its end; None when there are none to come.

    `speak` says them in the ids that the reader knows.
    """
    if known is not None and _has_received_end(job, known):
        return None
    mailbox = open_mailbox(app.extensions["hub"], job.session_id, known or BEGINNING, closing)
    return map(speak, _lines(mailbox, job.id, JobEnd(app, job)))


class JobEnd:
    """Whether a job can still have news: a failed one may have been given another round."""

    def __init__(self, app: Flask, job: Job) -> None:
        self._app = app
        self._job_id = job.id
        self.long_ago = job.finished_at is not None and job.finished_at < now() - LATE_NEWS

    def now(self) -> bool:
        with self._app.app_context(), reading() as db:
            job = db.get(Job, self._job_id)
            return job is None or JobState(job.state).terminal


def _lines(mailbox: Mailbox, job_id: str, ending: JobEnd) -> Iterator[str]:
    yield f"retry: {RETRY_MS}\n\n"
    while len(mailbox) or not ending.long_ago:
        try:
            message = mailbox.get(HEARTBEAT_SECONDS)
        except TooSlow:
            log.info("a reader of %s was too slow", job_id)
            return
        if message is None:
            yield ": still here\n\n"
        elif message.event.job_id == job_id:
            yield _text(message)
            if message.event.event_type.terminal and not len(mailbox) and ending.now():
                return


def _text(message: Message) -> str:
    event = message.event
    return f"id: {event.event_id}\nevent: {event.event_type.value}\ndata: {message.text}\n\n"


def _has_received_end(job: Job, known: str) -> bool:
    if not JobState(job.state).terminal:
        return False
    ends = [kind.value for kind in EventType if kind.terminal]
    last = select(LedgerEvent).where(LedgerEvent.job_id == job.id, LedgerEvent.event_type.in_(ends))
    with reading() as db:
        end = db.scalar(
            last.order_by(LedgerEvent.milliseconds.desc(), LedgerEvent.sequence.desc()).limit(1)
        )
    return end is not None and (end.milliseconds, end.sequence) <= id_order(known)
