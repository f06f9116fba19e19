"""What an account has of batches: exported, and deleted with the account."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from web.batches import batches, reports
from web.batches.models import Batch
from web.storage import account_data


def export(db: Session, owner: str) -> list[dict[str, Any]]:
    """Describe all batches of an owner."""
    mine = select(Batch).where(Batch.owner == owner).order_by(Batch.created_at)
    return [reports.entry(db, batch) for batch in db.scalars(mine)]


account_data.declare("batches", export, batches.forget)
