"""Retry the dead letters that an operator has selected.

A letter that fails again stays dead, and the failure is counted. A job that failed because of
the letter is reopened first.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from sqlalchemy import select, update

from tasks.domain import wire
from tasks.domain.errors import CallsheetError
from tasks.domain.events import Event
from tasks.domain.job import JobState
from tasks.messaging.entries import decode
from web.control import outbox, projection, session_files
from web.db.columns import now
from web.db.engine import reading, writing
from web.dead_letters import letters, quarantine
from web.dead_letters.models import DeadLetter
from web.jobs import transitions
from web.jobs.models import Job
from web.notifications import delivery
from web.services import Services

AT_ONCE = 20


def run_selected(services: Services) -> None:
    """Retry the letters that are selected now."""
    selected = select(DeadLetter).where(DeadLetter.state == letters.RETRYING)
    with reading() as db:
        due = list(db.scalars(selected.order_by(DeadLetter.id).limit(AT_ONCE)))
    for letter in due:
        retry = partial(_retry, services, letter)
        name, job_id = letter.reference, letter.job_id
        succeeded = quarantine.attempt(retry, letter.kind, name, letter.payload, job_id=job_id)
        # A letter that failed in the same way was kept as this one; with another reason, it was
        # kept as a new one.
        _settle(letter, letters.RESOLVED if succeeded else letters.DEAD)


def _retry(services: Services, letter: DeadLetter) -> None:
    if letter.job_id is not None:
        _reopen(letter.job_id)
    action = _ACTIONS.get(letter.kind)
    if action is not None:
        action(services, letter)


def _message(services: Services, letter: DeadLetter) -> None:
    event = decode(letter.reference, wire.parse(letter.payload))
    _apply(services, event)


def _event(services: Services, letter: DeadLetter) -> None:
    _apply(services, Event.from_json(letter.payload))


def _apply(services: Services, event: Event) -> None:
    projection.apply_letter(event, services, services.settings.job_attempts)


def _outbox(_services: Services, letter: DeadLetter) -> None:
    outbox.publish_again(letter.reference)


def _copy(services: Services, letter: DeadLetter) -> None:
    if letter.job_id is not None:
        session_files.write_jobs(services, [letter.job_id])


def _mail(_services: Services, letter: DeadLetter) -> None:
    delivery.retry(letter.reference)


_ACTIONS: dict[str, Callable[[Services, DeadLetter], Any]] = {
    letters.MESSAGE: _message,
    letters.EVENT: _event,
    letters.OUTBOX: _outbox,
    letters.COPY: _copy,
    letters.MAIL: _mail,
}
"""Decisions and duties need no action: the controller repeats them anyway."""


def _reopen(job_id: str) -> None:
    """Open a job that failed because of a dead letter for another round."""
    mine = Job.id == job_id, Job.expired_at.is_(None)
    failed = Job.state == JobState.FAILED.value, Job.error_code == CallsheetError.code
    with writing() as db:
        job = db.scalar(select(Job).where(*mine, *failed).with_for_update())
        if job is not None:
            transitions.reopen(db, job)


def _settle(letter: DeadLetter, state: str) -> None:
    retried = DeadLetter.id == letter.id, DeadLetter.state == letters.RETRYING
    with writing() as db:
        db.execute(update(DeadLetter).where(*retried).values(state=state, tried_at=now()))
