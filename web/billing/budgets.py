"""Budgets: the most credits that an account, or a key or project of it, may use in a period.

A start counts its hold against each budget with one statement, so that starts at the same time
cannot exceed it. What a run did not use is taken off again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal, cast, get_args

from sqlalchemy import CursorResult, Integer, Table, bindparam, case, func, or_, select, update
from sqlalchemy import cast as sql_cast
from sqlalchemy import delete as sql_delete
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
PROJECTS: Final = "prj_"
"""How the ids of projects begin; those of API keys begin otherwise."""


@dataclass(frozen=True, slots=True)
class Payer:
    """Who pays for a run: an owner, by an API key, for a project; empty: without one."""

    owner: str
    key_id: str = ""
    project_id: str = ""


@dataclass(frozen=True, slots=True)
class Warning:  # noqa: A001  the domain's word
    """A budget of which four fifths are used."""

    budget_id: str
    owner: str
    of: str
    """What it is the budget of, in words."""
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


def take(db: Session, payer: Payer, amount: int, at: datetime) -> list[Warning]:
    """Count a hold against all budgets of its payer; raises at the first that it exceeds."""
    warnings = []
    for budget in _of(db, payer):
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
            of = budget.id, payer.owner, _whose(budget), budget.period
            warnings.append(Warning(*of, budget.spent, budget.amount))
    return warnings


def give_back(db: Session, charge: Charge, amount: int) -> None:
    """Take off what a run did not use, if the window of its start still counts."""
    if not amount:
        return
    for budget in _of(db, Payer(charge.owner, charge.key_id, charge.project_id)):
        same = Budget.id == budget.id, Budget.window == window(budget.period, charge.created_at)
        less = case((Budget.spent >= amount, Budget.spent - amount), else_=0)
        _changes_one(db, update(Budget).where(*same).values(spent=less))


def put(
    actor: Actor, user_id: str, key_id: str, period: Period, amount: int, *, project_id: str = ""
) -> Budget:
    """Set a budget of a user, a key or a project; what its window has used so far counts.

    Its caller has checked that the project is the user's.
    """
    at, owner = now(), owner_of(user_id)
    payer, of = Payer(owner, key_id, project_id), project_id or key_id
    with writing() as db:
        serialise_writers(db)
        if key_id and key_id not in {key.id for key in api_keys.of_user(db, user_id)}:
            raise ApiKeyNotFound
        same = Budget.owner == owner, Budget.key_id == of, Budget.period == period
        found = db.scalar(select(Budget).where(*same).with_for_update())
        if found is None:
            spent = _spent(db, payer, period, at)
            found = Budget(
                **{"owner": owner, "key_id": of, "period": period, "amount": amount},
                **{"window": window(period, at), "spent": spent},
            )
            db.add(found)
        found.amount, found.warned = amount, ""
        db.flush()
        details = {"budget_id": found.id, "period": period, "credits": to_credits(amount)}
        log.record(db, actor, "budget.set", owner, **details, key_id=of)
    return found


def delete(actor: Actor, owner: str, budget_id: str) -> None:
    """Remove a budget of an account."""
    with writing() as db:
        found = db.get(Budget, budget_id)
        if found is None or found.owner != owner:
            raise BudgetNotFound
        db.delete(found)
        log.record(db, actor, "budget.deleted", owner, budget_id=budget_id)


def forget_project(db: Session, project_id: str) -> None:
    """Remove the budgets of a project that is deleted; what it has used stays known."""
    db.execute(sql_delete(Budget).where(Budget.key_id == project_id))


def listed(db: Session, owner: str) -> list[Budget]:
    """List the budgets of an account."""
    mine = select(Budget).where(Budget.owner == owner)
    return list(db.scalars(mine.order_by(Budget.key_id, Budget.period)))


def report(budget: Budget, at: datetime) -> dict[str, Any]:
    """Describe a budget to its owner."""
    spent = budget.spent if budget.window == window(budget.period, at) else 0
    return {
        "id": budget.id,
        "key_id": None if _is_of_project(budget) else budget.key_id or None,
        "project_id": budget.key_id if _is_of_project(budget) else None,
        "period": budget.period,
        "credits": to_credits(budget.amount),
        "used": to_credits(spent),
        "resets_at": _next(budget.period, at),
        "warned": budget.warned == window(budget.period, at),
    }


def _of(db: Session, payer: Payer) -> Iterable[Budget]:
    """List the budgets that count, in one order, so that no two starts wait for each other."""
    of = {"of_owner": payer.owner, "of_key": payer.key_id, "of_project": payer.project_id}
    ids = db.scalars(_MINE, of).all()
    if not ids:
        return []
    return db.scalars(select(Budget).where(Budget.id.in_(ids)).order_by(Budget.id)).all()


_columns: Final = cast(Table, Budget.__table__).c
_MINE: Final = select(_columns.id).where(
    _columns.owner == bindparam("of_owner"),
    or_(
        _columns.key_id == "",
        _columns.key_id == bindparam("of_key"),
        _columns.key_id == bindparam("of_project"),
    ),
)
"""Built once and without the ORM: each start executes it, and most owners have no budget."""


def _spent(db: Session, payer: Payer, period: str, at: datetime) -> int:
    """Sum what runs that began in the window hold and have used."""
    day = at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    since = day if period == "day" else day.replace(day=1)
    amount = case((Charge.state == "open", Charge.hold), else_=Charge.used)
    mine = select(func.coalesce(func.sum(amount), 0)).where(
        Charge.owner == payer.owner, Charge.created_at >= since
    )
    if payer.key_id:
        mine = mine.where(Charge.key_id == payer.key_id)
    if payer.project_id:
        mine = mine.where(Charge.project_id == payer.project_id)
    return int(db.scalar(mine) or 0)


def _reached(budget: Budget, amount: int, at: datetime) -> BudgetReached:
    left = to_credits(budget.amount) - float(report(budget, at)["used"])
    per = "today" if budget.period == "day" else "this month"
    sentence = (
        f"The budget {_whose(budget)} allows {to_text(budget.amount)} credits {per} (UTC) and this "
        f"job may take {to_text(amount)}."
    )
    numbers = {"needed": to_credits(amount), "available": round(max(left, 0.0), 6)}
    missing = round(numbers["needed"] - numbers["available"], 6)
    return BudgetReached(sentence, credits=numbers | {"missing": missing})


def _is_of_project(budget: Budget) -> bool:
    return budget.key_id.startswith(PROJECTS)


def _whose(budget: Budget) -> str:
    if _is_of_project(budget):
        return "of this project"
    return "of this API key" if budget.key_id else "of your account"


def _next(period: str, at: datetime) -> datetime:
    day = at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    if period == "day":
        return day + timedelta(days=1)
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def _changes_one(db: Session, statement: Any) -> bool:
    done = db.execute(statement.execution_options(synchronize_session=False))
    return cast(CursorResult[Any], done).rowcount == 1
