"""Server-Sent Events: one job's events as text, for `EventSource` and `curl -N`."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta

import redis
from flask import Flask

from tasks.domain.errors import JobNotFound
from tasks.domain.events import EventType
from tasks.domain.job import JobState
from web.access.viewers import Viewer
from web.db.columns import now
from web.db.engine import reading
from web.events.backlog import BEGINNING, has_last_of
from web.events.hub import Message
from web.events.mailbox import Closed, Interrupted, Mailbox, open_mailbox
from web.http.senders import sender_address
from web.jobs import report as reports
from web.jobs.models import Job
from web.services import current_services

log = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 15.0
RETRY_MS = 2000
LATE_EVENTS = timedelta(minutes=1)
"""No further events are expected from a job that ended longer ago."""


def stream(
    app: Flask,
    job: Job,
    known: str | None,
    closing: ExitStack,
    translate: Callable[[str], str],
    *,
    viewer: Viewer,
) -> Iterator[str] | None:
    """Stream a job's events after a known one, up to its end; None if there are none to come.

    `translate` replaces session names by the ids that the client knows.
    """
    if known is not None and _has_received_end(job, known):
        return None
    hub, after = app.extensions["hub"], known or BEGINNING
    mailbox = open_mailbox(
        hub,
        job.session_id,
        after,
        sender_address(),
        closing,
        for_operator=viewer.is_operator,
    )
    closing.callback(viewer.until_over(mailbox.close))
    return map(translate, _lines(mailbox, job.id, JobEnd(app, job)))


class JobEnd:
    """Whether a job has ended for good: a failed one may have been retried."""

    def __init__(self, app: Flask, job: Job) -> None:
        self._app = app
        self._job_id = job.id
        self.long_ago = job.finished_at is not None and job.finished_at < now() - LATE_EVENTS

    def now(self) -> bool:
        with self._app.app_context(), reading() as db:
            try:
                return JobState(reports.find(db, self._job_id).state).terminal
            except JobNotFound:
                return True


def _lines(mailbox: Mailbox, job_id: str, ending: JobEnd) -> Iterator[str]:
    yield f"retry: {RETRY_MS}\n\n"
    is_over = False
    while len(mailbox) or not ending.long_ago:
        try:
            message = mailbox.get(HEARTBEAT_SECONDS)
        except Interrupted as why:
            log.info("event stream closed", extra={"job_id": job_id, "reason": str(why)})
            return
        except Closed:
            return
        if message is None:
            yield ": still here\n\n"
        elif message.event.job_id == job_id:
            yield _text(message)
            is_over = message.event.event_type.terminal
        # Later events of the session may be those of another job.
        if is_over and not len(mailbox) and ending.now():
            return


def _text(message: Message) -> str:
    event = message.event
    return f"id: {event.event_id}\nevent: {event.event_type.value}\ndata: {message.text}\n\n"


def _has_received_end(job: Job, known: str) -> bool:
    """Return whether the client has already received the event that ended the job."""
    if not JobState(job.state).terminal:
        return False
    with reading() as db:
        if has_last_of(db, job.id, (kind for kind in EventType if kind.terminal), known):
            return True
    return _is_end_in_redis(job, known)


def _is_end_in_redis(job: Job, known: str) -> bool:
    """Return the same for a job that has just ended: the database follows the stream of events."""
    try:
        event = current_services().bus.find(job.session_id, known)
    except redis.RedisError:
        return False
    return event is not None and event.job_id == job.id and event.event_type.terminal
