"""Positions in the event stream: how far it has been applied, and the highest id in use."""

from __future__ import annotations

from sqlalchemy import select

from web.db.engine import reading
from web.events.models import LedgerEvent, Mark

MARK = "ledger"


def applied_position() -> str:
    """Return the id of the last event that the controller has applied."""
    with reading() as db:
        mark = db.get(Mark, MARK)
        return mark.value if mark else "0-0"


def highest_position() -> str:
    """Return the highest event id in the database."""
    with reading() as db:
        newest = db.execute(
            select(LedgerEvent.milliseconds, LedgerEvent.sequence)
            .order_by(LedgerEvent.milliseconds.desc(), LedgerEvent.sequence.desc())
            .limit(1)
        ).first()
        return f"{newest[0]}-{newest[1]}" if newest else "0-0"
