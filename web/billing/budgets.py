"""Budgets: the most credits that an account or one of its API keys may use in a day or a month.

A start counts its hold against each budget with one statement, so that starts at the same time
cannot exceed it. What a run did not use is taken off again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal, cast, get_args

from sqlalchemy import CursorResult, Integer, bindparam, case, func, or_, select, update
from sqlalchemy import cast as sql_cast
from sqlalchemy.orm import Session

from web.accounts import api_keys
from web.accounts.errors import ApiKeyNotFound
from web.accounts.models import owner_of
from web.audit import log
from web.audit.log import Actor
from web.billing.amounts import to_credits, to_text
from web.billing.errors import BudgetNotFound, BudgetReached
from web.billing.models import Budget, Charge
from web.db.columns import now
from web.db.engine import serialise_writers, writing

Period = Literal["day", "month"]
PERIODS: Final[tuple[Period, ...]] = get_args(Period)
WARN_AT: Final = 0.8


@dataclass(frozen=True, slots=True)
class Warning:  # noqa: A001  the domain's word
    """A budget of which four fifths are used."""

    budget_id: str
    owner: str
    key_id: str
    period: str
    spent: int
    amount: int


def window(period: str, at: datetime) -> str:
    """Return the name of the day or month (UTC) of a moment.

    >>> window("month", datetime(2026, 11, 29, tzinfo=UTC))
    '2026-11'
    """
    day = at.astimezone(UTC).date().isoformat()
    return day if period == "day" else day[:7]


def take(db: Session, owner: str, key_id: str, amount: int, at: datetime) -> list[Warning]:
    """Count a hold against the budgets of an account and a key; raises at the first it exceeds."""
    warnings = []
    for budget in _of(db, owner, key_id):
        current = window(budget.period, at)
        spent = case((Budget.window == current, Budget.spent), else_=0)
        counted = (
            update(Budget)
            .where(Budget.id == budget.id, spent + amount <= Budget.amount)
            .values(window=current, spent=spent + amount)
        )
        if not _changes_one(db, counted):
            raise _reached(budget, amount, at)
        warned = (
            update(Budget)
            .where(
                Budget.id == budget.id,
                Budget.warned != current,
                Budget.spent >= sql_cast(Budget.amount * WARN_AT, Integer),
            )
            .values(warned=current)
        )
        if _changes_one(db, warned):
            db.refresh(budget)
            of = budget.id, owner, budget.key_id, budget.period
            warnings.append(Warning(*of, budget.spent, budget.amount))
    return warnings


def give_back(db: Session, charge: Charge, amount: int) -> None:
    """Take off what a run did not use, if the window of its start still counts."""
    if not amount:
        return
    for budget in _of(db, charge.owner, charge.key_id):
        same = Budget.id == budget.id, Budget.window == window(budget.period, charge.created_at)
        less = case((Budget.spent >= amount, Budget.spent - amount), else_=0)
        _changes_one(db, update(Budget).where(*same).values(spent=less))


def put(actor: Actor, user_id: str, key_id: str, period: Period, amount: int) -> Budget:
    """Set a budget of a user or of one of their keys; what its window has used so far counts."""
    at, owner = now(), owner_of(user_id)
    with writing() as db:
        serialise_writers(db)
        if key_id and key_id not in {key.id for key in api_keys.of_user(db, user_id)}:
            raise ApiKeyNotFound
        same = Budget.owner == owner, Budget.key_id == key_id, Budget.period == period
        found = db.scalar(select(Budget).where(*same).with_for_update())
        if found is None:
            spent = _spent(db, owner, key_id, period, at)
            found = Budget(
                **{"owner": owner, "key_id": key_id, "period": period, "amount": amount},
                **{"window": window(period, at), "spent": spent},
            )
            db.add(found)
        found.amount, found.warned = amount, ""
        db.flush()
        details = {"budget_id": found.id, "period": period, "credits": to_credits(amount)}
        log.record(db, actor, "budget.set", owner, **details, key_id=key_id)
    return found


def delete(actor: Actor, owner: str, budget_id: str) -> None:
    """Remove a budget of an account."""
    with writing() as db:
        found = db.get(Budget, budget_id)
        if found is None or found.owner != owner:
            raise BudgetNotFound
        db.delete(found)
        log.record(db, actor, "budget.deleted", owner, budget_id=budget_id)


def listed(db: Session, owner: str) -> list[Budget]:
    """List the budgets of an account."""
    mine = select(Budget).where(Budget.owner == owner)
    return list(db.scalars(mine.order_by(Budget.key_id, Budget.period)))


def report(budget: Budget, at: datetime) -> dict[str, Any]:
    """Describe a budget to its owner."""
    spent = budget.spent if budget.window == window(budget.period, at) else 0
    return {
        "id": budget.id,
        "key_id": budget.key_id or None,
        "period": budget.period,
        "credits": to_credits(budget.amount),
        "used": to_credits(spent),
        "resets_at": _next(budget.period, at),
        "warned": budget.warned == window(budget.period, at),
    }


def _of(db: Session, owner: str, key_id: str) -> Iterable[Budget]:
    """List the budgets that count, in one order, so that no two starts wait for each other."""
    return list(db.scalars(_MINE, {"of_owner": owner, "of_key": key_id}))


_MINE: Final = (
    select(Budget)
    .where(
        Budget.owner == bindparam("of_owner"),
        or_(Budget.key_id == "", Budget.key_id == bindparam("of_key")),
    )
    .order_by(Budget.id)
)
"""Built once: each start executes it."""


def _spent(db: Session, owner: str, key_id: str, period: str, at: datetime) -> int:
    """Sum what runs that began in the window hold and have used."""
    day = at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    since = day if period == "day" else day.replace(day=1)
    amount = case((Charge.state == "open", Charge.hold), else_=Charge.used)
    mine = select(func.coalesce(func.sum(amount), 0)).where(
        Charge.owner == owner, Charge.created_at >= since
    )
    return int(db.scalar(mine.where(Charge.key_id == key_id) if key_id else mine) or 0)


def _reached(budget: Budget, amount: int, at: datetime) -> BudgetReached:
    left = to_credits(budget.amount) - float(report(budget, at)["used"])
    whose = "of this API key" if budget.key_id else "of your account"
    per = "today" if budget.period == "day" else "this month"
    sentence = (
        f"The budget {whose} allows {to_text(budget.amount)} credits {per} (UTC) and this job may "
        f"take {to_text(amount)}."
    )
    numbers = {"needed": to_credits(amount), "available": round(max(left, 0.0), 6)}
    missing = round(numbers["needed"] - numbers["available"], 6)
    return BudgetReached(sentence, credits=numbers | {"missing": missing})


def _next(period: str, at: datetime) -> datetime:
    day = at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    if period == "day":
        return day + timedelta(days=1)
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def _changes_one(db: Session, statement: Any) -> bool:
    done = db.execute(statement.execution_options(synchronize_session=False))
    return cast(CursorResult[Any], done).rowcount == 1
