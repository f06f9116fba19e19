"""Compare the cached balances with the entries and the open holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from web.billing.models import CREDITS, Charge, CreditAccount, Entry, Transfer
from web.jobs.models import Job


@dataclass(frozen=True, slots=True)
class Difference:
    """Two numbers that must be equal and are not."""

    of: str
    """An owner or a transfer."""
    what: str
    expected: int
    found: int


def differences(db: Session) -> list[Difference]:
    """List everything that does not add up; empty if all is well."""
    return [*_balances(db), *_transfers(db), *_holds(db)]


def _balances(db: Session) -> list[Difference]:
    entries = _sums(db, select(Entry.account_id, func.sum(Entry.amount)), Entry.account_id)
    moved = _sums(db, select(Transfer.account_id, func.sum(Transfer.held)), Transfer.account_id)
    is_open = Charge.state == "open"
    holds = _sums(
        db, select(Charge.account_id, func.sum(Charge.hold)).where(is_open), Charge.account_id
    )
    found = []
    for account in db.scalars(select(CreditAccount).where(CreditAccount.kind == CREDITS)):
        for what, expected, cached in (
            ("posted", entries.get(account.id, 0), account.posted),
            ("held by transfers", moved.get(account.id, 0), account.held),
            ("held by open charges", holds.get(account.id, 0), account.held),
        ):
            if expected != cached:
                found.append(Difference(account.owner, what, expected, cached))
    return found


def _transfers(db: Session) -> list[Difference]:
    """Find transfers whose entries do not sum to zero, or do not say what the transfer says."""
    sums = (
        select(Entry.transfer_id, func.sum(Entry.amount))
        .group_by(Entry.transfer_id)
        .having(func.sum(Entry.amount) != 0)
    )
    own = func.coalesce(func.sum(Entry.amount), 0)
    said = (
        select(Transfer.key, Transfer.amount, own)
        .outerjoin(
            Entry, (Entry.transfer_id == Transfer.id) & (Entry.account_id == Transfer.account_id)
        )
        .group_by(Transfer.id, Transfer.key, Transfer.amount)
        .having(own != Transfer.amount)
    )
    return [
        *(Difference(key, "sum of the entries", 0, int(total)) for key, total in db.execute(sums)),
        *(
            Difference(key, "amount of the transfer", expected, int(found))
            for key, expected, found in db.execute(said)
        ),
    ]


def _holds(db: Session) -> list[Difference]:
    """Find holds of jobs that have ended."""
    left = (
        select(Charge.job_id, Charge.hold)
        .outerjoin(Job, Job.id == Charge.job_id)
        .where(
            Charge.state == "open",
            ~func.coalesce(and_(Job.is_open, Job.rounds == Charge.run), False),
        )
    )
    return [
        Difference(job_id, "hold of an ended job", 0, held) for job_id, held in db.execute(left)
    ]


def _sums(db: Session, query: Any, by: Any) -> dict[int, int]:
    return {account: int(total) for account, total in db.execute(query.group_by(by))}
