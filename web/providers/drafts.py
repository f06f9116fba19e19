"""Drafts: a clip in 360p first; approved, the same clip is made at its full price."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from tasks.domain.errors import ValidationFailed
from tasks.domain.job import JobState
from web.jobs.models import CLIP, Job
from web.providers.calls import DONE
from web.providers.choosing import ClipRequest
from web.providers.models import ProviderCall
from web.sessions.models import UserSession


def approved(db: Session, wanted: ClipRequest, room: UserSession) -> tuple[ClipRequest, Job | None]:
    """Return the whole request of an approved draft, and its job; other requests as they are."""
    if not wanted.from_draft:
        return wanted, None
    job = db.get(Job, wanted.from_draft)
    if job is None or not (job.session_id == room.id or job.owner == room.owner):
        raise _wrong("There is no such draft.")
    return _full(db, job, wanted), job


def estimated(db: Session, wanted: ClipRequest, session: str | None, owner: str | None) -> Any:
    """Return the whole request of a draft of the caller, for an estimate."""
    if not wanted.from_draft:
        return wanted
    job = db.get(Job, wanted.from_draft)
    mine = {one for one in (session, owner) if one}
    if job is None or not {job.session_id, job.owner} & mine:
        raise _wrong("There is no such draft.")
    return _full(db, job, wanted)


def task_of(db: Session, job_id: str, model_id: str) -> tuple[str, str]:
    """Return the provider's task of a draft by this model, and the label of its key."""
    call = _made(db, job_id) if job_id else None
    return ("", "") if call is None or call.model_id != model_id else (call.task_id, call.key_label)


def _full(db: Session, job: Job, wanted: ClipRequest) -> ClipRequest:
    draft = ClipRequest.of_options(job.options) if job.kind == CLIP else None
    if draft is None or not draft.draft:
        raise _wrong("This job is not a draft.")
    call = _made(db, job.id)
    if job.state != JobState.SUCCEEDED.value or call is None:
        raise _wrong("This draft has not been made.")
    return replace(
        draft,
        draft=False,
        from_draft=job.id,
        model=call.model_id,
        resolution=wanted.resolution,
        allow_replacement=True,
    )


def _made(db: Session, job_id: str) -> ProviderCall | None:
    made = ProviderCall.job_id == job_id, ProviderCall.state == DONE
    return db.scalar(select(ProviderCall).where(*made).limit(1))


def _wrong(message: str) -> ValidationFailed:
    return ValidationFailed(errors=[{"field": "from_draft", "message": message}])
