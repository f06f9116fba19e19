"""Move credits: double entry, and the cached balance that starts are checked against.

A transfer, its entries and the balance are written in the caller's transaction. The key of a
transfer exists once, so repeating a transfer changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, Final, cast

from sqlalchemy import CursorResult, Executable, Table, bindparam, inspect, select, update
from sqlalchemy.orm import Session

from web.billing.amounts import to_credits, to_text
from web.billing.errors import CreditsNeeded
from web.billing.models import CREDITS, SYSTEM, CreditAccount, Entry, Transfer, new_id
from web.db.engine import Base
from web.db.upserts import dialect_of, insert_into

ISSUED: Final = "issued"
"""Granted by operators or a plan."""
SOLD: Final = "sold"
"""Paid for with money."""
REVENUE: Final = "revenue"
"""Used by jobs."""


@dataclass(frozen=True, slots=True)
class Balance:
    """The credits of an owner, in micro-credits."""

    posted: int
    held: int

    @property
    def available(self) -> int:
        return self.posted - self.held


@dataclass(frozen=True, slots=True)
class Move:
    """A transfer to make."""

    key: str
    kind: str
    amount: int
    """What it adds to the owner's credits."""
    against: str
    """The kind of the system's account on the other side."""
    note: str = ""
    held: int = 0
    job_id: str | None = None
    run: int | None = None


_table: Final = cast(Table, CreditAccount.__table__)
_accounts: Final = _table.c
_HOLD: Final = (
    update(_table)
    .where(
        *(_accounts.owner == bindparam("of_owner"), _accounts.kind == CREDITS),
        _accounts.posted - _accounts.held >= bindparam("amount"),
    )
    .values(held=_accounts.held + bindparam("amount"), version=_accounts.version + 1)
    .returning(_accounts.id, _accounts.posted - _accounts.held)
)
"""Built once: each start executes it."""


def balance(db: Session, owner: str) -> Balance:
    """Return the credits of an owner."""
    query = select(CreditAccount.posted, CreditAccount.held).where(*_credits_of(owner))
    row = db.execute(query).one_or_none()
    return Balance(row.posted, row.held) if row is not None else Balance(0, 0)


def account_id(db: Session, owner: str, kind: str = CREDITS) -> int:
    """Return the account of an owner; create it if it does not exist."""
    query = select(CreditAccount.id).where(CreditAccount.owner == owner, CreditAccount.kind == kind)
    found = db.scalar(query)
    if found is None:
        insert_once(db, CreditAccount, owner=owner, kind=kind)
        found = db.scalar(query)
    return cast(int, found)


@dataclass(frozen=True, slots=True)
class Held:
    """The account in which credits are held, and what it has left."""

    account_id: int
    available: int


def hold(db: Session, owner: str, amount: int, *, job_id: str, run: int) -> Held:
    """Hold credits for a run of a job; raises if there are too few.

    One statement checks and holds, so that two starts cannot hold the same credits.
    """
    row = db.execute(_HOLD, {"of_owner": owner, "amount": amount}).one_or_none()
    if row is None:
        raise lacking(balance(db, owner), amount)
    move = Move(f"hold:{job_id}:{run}", "hold", 0, REVENUE, held=amount, job_id=job_id, run=run)
    _insert(db, row[0], move)
    return Held(*row)


def end_hold(db: Session, account: int, held: int, used: int, *, job_id: str, run: int) -> bool:
    """End the hold of a run: charge what was used and release the rest; once."""
    kind = "charge" if used else "release"
    key = f"end:{job_id}:{run}"
    move = Move(key, kind, -used, REVENUE, held=-held, job_id=job_id, run=run)
    return _post(db, account, move)


def post(db: Session, owner: str, move: Move) -> bool:
    """Add to the credits of an owner or take from them; False if the key was used before."""
    return _post(db, account_id(db, owner), move)


def require(db: Session, owner: str, amount: int) -> None:
    """Refuse to take more than the owner has, behind a lock on the account."""
    locked = select(CreditAccount).where(*_credits_of(owner)).with_for_update()
    row = db.scalar(locked.execution_options(populate_existing=True))
    found = Balance(row.posted, row.held) if row is not None else Balance(0, 0)
    if found.available < amount:
        raise lacking(found, amount)


def lacking(found: Balance, needed: int) -> CreditsNeeded:
    """Return the error that names what is missing."""
    missing = needed - found.available
    return CreditsNeeded(
        f"This needs {to_text(needed)} credits and you have {to_text(found.available)}: "
        f"{to_text(missing)} are missing.",
        credits={
            "needed": to_credits(needed),
            "available": to_credits(found.available),
            "missing": to_credits(missing),
        },
    )


def insert_once(db: Session, table: type[Base], **values: Any) -> bool:
    """Insert a row unless one of its unique keys exists; return whether it was inserted."""
    return db.scalar(_insert_once(dialect_of(db), table), values) is not None


@cache
def _insert_once(dialect: str, table: type[Base]) -> Executable:
    """Build the statement of a table once: each start executes it."""
    statement = insert_into(dialect, table).on_conflict_do_nothing()
    # PostgreSQL's driver does not count the rows of such a statement.
    return statement.returning(inspect(table).primary_key[0])


def _post(db: Session, account: int, move: Move) -> bool:
    transfer = _insert(db, account, move)
    if transfer is None:
        return False
    if move.amount:
        other = account_id(db, SYSTEM, move.against)
        db.add_all(
            (
                Entry(transfer_id=transfer, account_id=account, amount=move.amount),
                Entry(transfer_id=transfer, account_id=other, amount=-move.amount),
            )
        )
    changed = {
        "posted": CreditAccount.posted + move.amount,
        "held": CreditAccount.held + move.held,
        "version": CreditAccount.version + 1,
    }
    _changes_one(db, update(CreditAccount).where(CreditAccount.id == account).values(changed))
    return True


def _insert(db: Session, account: int, move: Move) -> str | None:
    """Insert a transfer and return its id; None if its key was used before."""
    new = new_id("trn")
    inserted = insert_once(
        db,
        Transfer,
        id=new,
        key=move.key,
        kind=move.kind,
        account_id=account,
        amount=move.amount,
        held=move.held,
        job_id=move.job_id,
        run=move.run,
        note=move.note,
    )
    return new if inserted else None


def _credits_of(owner: str) -> tuple[Any, ...]:
    return CreditAccount.owner == owner, CreditAccount.kind == CREDITS


def _changes_one(db: Session, statement: Any) -> bool:
    done = db.execute(statement.execution_options(synchronize_session=False))
    return cast(CursorResult[Any], done).rowcount == 1
