"""Free credits of the plan `free`, given once in each month to users who use the server in it.

They are given when they are needed: at the first look at the credits, estimate or start of the
month. The key of the transfer exists once, so two requests at the same time give them once.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.credit_prices import CREDIT
from web.accounts import plans, verification
from web.accounts.models import PLANS, User
from web.billing import ledger
from web.billing.ledger import Move
from web.billing.models import Transfer
from web.db.columns import now
from web.db.engine import reading, writing
from web.services import Services

_MOST_KNOWN: Final = 10_000
_known: Final[set[tuple[str, str]]] = set()
"""Database and key of transfers that exist, so that a start does not ask for its own again."""


def give(db: Session, services: Services, owner: str) -> None:
    """Give the credits of this month to a user of the plan `free`, in the caller's transaction."""
    due = _due(db, services, owner)
    if due is not None:
        ledger.post(db, owner, due)


def give_due(services: Services, owner: str) -> None:
    """Give the credits of this month, in a transaction of its own if they are due."""
    with reading() as db:
        due = _due(db, services, owner)
    if due is not None:
        with writing(durable=True) as db:
            ledger.post(db, owner, due)


def _due(db: Session, services: Services, owner: str) -> Move | None:
    micro = services.settings.billing.free_monthly_credits * CREDIT
    if not micro or not plans.has_one(owner):
        return None
    month = f"{now():%Y-%m}"
    key = f"monthly:{owner}:{month}"
    database = services.settings.database_url
    if (database, key) in _known:
        return None
    if db.scalar(select(Transfer.id).where(Transfer.key == key)) is not None:
        if len(_known) >= _MOST_KNOWN:
            _known.clear()
        _known.add((database, key))
        return None
    user = db.get(User, owner.removeprefix("user:"))
    if user is None or user.plan != PLANS[0]:
        return None
    if not verification.is_verified(services.settings, user.verified_at):
        return None
    return Move(key, "monthly", micro, ledger.ISSUED, f"Free credits of {month}")
