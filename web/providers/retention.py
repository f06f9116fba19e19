"""Forget what clips of a deleted job showed, and export the calls of an owner.

The row of a call stays: it is what a provider is paid for. What it says about a person goes.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from web.db.columns import now
from web.providers import calls
from web.providers.calls import ENDED, MICRO
from web.providers.models import ProviderCall
from web.services import Services

SETTLED: Final = timedelta(days=1)
"""After this time no message that could buy is left, so the notes of a purchase can go, too."""


def forget(services: Services, db: Session, job_id: str) -> list[str]:
    """Forget what the calls of a deleted job showed; return the keys of their clips."""
    mine = select(ProviderCall).where(ProviderCall.job_id == job_id, ProviderCall.state.in_(ENDED))
    found, at = [], now()
    for call in db.scalars(mine):
        found += [call.artifact] if call.artifact else []
        calls.forget(call)
        if _is_settled(call, at):
            for attempt in range(1, call.attempt + 1):
                services.artifacts.forget_purchase(job_id, f"{call.id}/{attempt}")
    return found


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


def _is_settled(call: ProviderCall, at: datetime) -> bool:
    return call.finished_at is not None and at - call.finished_at > SETTLED
