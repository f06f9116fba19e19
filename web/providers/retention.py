"""Forget what clips of a deleted job showed, and export the calls of an owner.

The row of a call stays: it is what a provider is paid for. What it says about a person goes.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from web.db.columns import now
from web.db.engine import reading, writing
from web.jobs.models import Job
from web.providers import calls
from web.providers.calls import ENDED, MICRO
from web.providers.models import ProviderCall
from web.services import Services

SETTLED: Final = timedelta(days=1)
"""After this time no message is left that could buy, so the notes of a purchase can be deleted."""
MOST_AT_ONCE: Final = 500
"""Purchases whose notes are deleted at a time."""


def forget(db: Session, job_id: str) -> list[str]:
    """Forget what the calls of a deleted job showed; return the keys of their clips.

    The notes of its purchases follow when they are settled (`forget_notes`).
    """
    mine = select(ProviderCall).where(ProviderCall.job_id == job_id, ProviderCall.state.in_(ENDED))
    found = []
    for call in db.scalars(mine):
        found += [call.artifact] if call.artifact else []
        calls.forget(call)
    return found


def late_jobs(db: Session) -> list[str]:
    """List deleted jobs with a call that was open then and has ended since."""
    late = select(ProviderCall.job_id).join(Job, Job.id == ProviderCall.job_id)
    late = late.where(ProviderCall.noted, ProviderCall.finished_at > Job.expired_at)
    return list(db.scalars(late.distinct().limit(MOST_AT_ONCE)))


def forget_notes(services: Services) -> int:
    """Delete the notes of settled purchases from the store; return their number.

    Their rows say all that is needed of them. It is repeated if the store fails.
    """
    settled = ProviderCall.finished_at < now() - SETTLED
    old = select(ProviderCall).where(ProviderCall.noted, ProviderCall.state.in_(ENDED), settled)
    with reading() as db:
        found = list(db.scalars(old.order_by(ProviderCall.finished_at).limit(MOST_AT_ONCE)))
    for call in found:
        for attempt in range(1, call.attempt + 1):
            services.artifacts.forget_purchase(call.job_id, f"{call.id}/{attempt}")
    if found:
        with writing() as db:
            ids = [call.id for call in found]
            for call in db.scalars(select(ProviderCall).where(ProviderCall.id.in_(ids))):
                calls.notes_forgotten(call)
    return len(found)


def export(db: Session, owner: str) -> list[dict[str, Any]]:
    """Describe the calls of an owner for an export of everything about them."""
    mine = select(ProviderCall).where(ProviderCall.owner == owner)
    return [
        {
            "job_id": call.job_id,
            "model": call.model_id,
            "state": call.state,
            "prompt": call.order.get("prompt", ""),
            "dollars": call.price_micro / MICRO,
            "created_at": call.created_at,
        }
        for call in db.scalars(mine.order_by(ProviderCall.created_at))
    ]
