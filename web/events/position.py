"""How far the ledger has been read, and how far it goes."""

from __future__ import annotations

from sqlalchemy import select

from web.db.engine import reading
from web.events.models import LedgerEvent, Mark

MARK = "ledger"


def applied_position() -> str:
    """Where reading goes on."""
    with reading() as db:
        found = db.get(Mark, MARK)
        return found.value if found else "0-0"


def highest_position() -> str:
    """The highest id that was ever given, as far as the database knows."""
    with reading() as db:
        newest = db.execute(
            select(LedgerEvent.milliseconds, LedgerEvent.sequence)
            .order_by(LedgerEvent.milliseconds.desc(), LedgerEvent.sequence.desc())
            .limit(1)
        ).first()
        return f"{newest[0]}-{newest[1]}" if newest else "0-0"
