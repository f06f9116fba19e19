"""Receipts in words, for the mail about a finished video."""

from __future__ import annotations

from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from web.billing import usage
from web.billing.amounts import to_text
from web.billing.models import Charge, ChargeLine

_FREE: Final = {
    usage.REUSED: "used again, free",
    usage.EARLIER: "done before, free",
    usage.FAILED: "failed, free",
}


def in_words(db: Session, charge: Charge) -> str:
    """Describe a charge: its sum, and a line for each stage."""
    if not charge.used:
        return "It cost no credits."
    mine = ChargeLine.job_id == charge.job_id, ChargeLine.run == charge.run
    rows = db.scalars(select(ChargeLine).where(*mine).order_by(ChargeLine.id))
    lines = "\n".join(f"- {_line(row)}" for row in rows)
    return f"It cost {to_text(charge.used)} credits:\n{lines}"


def _line(row: ChargeLine) -> str:
    if row.outcome == usage.LIMIT:
        return f"above the estimate, free: {to_text(row.amount)}"
    of = f"{row.stage}, {row.engine}" if row.engine else row.stage
    if not row.amount:
        return f"{of}: {_FREE.get(row.outcome, 'free')}"
    return f"{of}: {row.quantity:.1f} x {to_text(row.price)} a {row.unit} = {to_text(row.amount)}"
