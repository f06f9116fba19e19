"""Give credits to an owner, or correct them; each under a key, so that repeating it is safe."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from web.accounts import administration
from web.accounts.models import owner_of
from web.audit import log
from web.audit.log import Actor
from web.billing import ledger
from web.billing.amounts import to_credits
from web.billing.ledger import Balance, Move
from web.billing.models import new_id
from web.db.engine import writing


@dataclass(frozen=True, slots=True)
class Change:
    """Credits to add or take away."""

    micro: int
    note: str = ""
    reference: str | None = None
    """The same reference counts once."""


def grant(actor: Actor, owner: str, change: Change) -> Balance:
    """Give credits."""
    if change.micro <= 0:
        raise ValueError("a grant must be greater than 0")
    return _change(actor, owner, "grant", change)


def adjust(actor: Actor, owner: str, change: Change) -> Balance:
    """Add credits, or take away some that are neither used nor held."""
    return _change(actor, owner, "adjustment", change)


def user_owner(db: Session, user_id: str) -> str:
    """Return the owner of a user's credits; raises `UserNotFound`."""
    return owner_of(administration.find(db, user_id).id)


def _change(actor: Actor, owner: str, kind: str, change: Change) -> Balance:
    key = f"{kind}:{owner}:{change.reference or new_id('ref')}"
    with writing(durable=True) as db:
        if change.micro < 0:
            ledger.require(db, owner, -change.micro)
        if ledger.post(db, owner, Move(key, kind, change.micro, ledger.ISSUED, change.note)):
            details = {"credits": to_credits(change.micro), "note": change.note}
            log.record(db, actor, f"credits.{kind}", owner, **details)
        return ledger.balance(db, owner)
