"""Describe credits to their owner: the balance, transactions and receipts."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import ScalarSelect, select
from sqlalchemy.orm import Session

from config.settings import Settings
from web.billing import budgets, ledger
from web.billing.amounts import to_credits
from web.billing.errors import NoReceipt
from web.billing.estimates import Terms
from web.billing.models import (
    CREDITS,
    Budget,
    Charge,
    ChargeLine,
    CreditAccount,
    Order,
    Transfer,
)
from web.db.columns import now
from web.db.pages import Page, newest_first

_LATEST: Final = 5


def credits(db: Session, owner: str) -> dict[str, Any]:  # noqa: A001  the domain's word
    """Describe the balance of an owner."""
    found = ledger.balance(db, owner)
    return {
        "balance": to_credits(found.posted),
        "held": to_credits(found.held),
        "available": to_credits(found.available),
    }


def everything(db: Session, owner: str) -> dict[str, Any]:
    """Describe all that is stored about the credits of an owner."""
    mine = select(Transfer).where(Transfer.account_id == _account(owner))
    orders = select(Order).where(Order.owner == owner).order_by(Order.created_at)
    limits = select(Budget).where(Budget.owner == owner).order_by(Budget.created_at)
    jobs = select(Charge.job_id).where(Charge.owner == owner).distinct()
    return credits(db, owner) | {
        "transactions": [
            transaction(row) for row in db.scalars(mine.order_by(Transfer.created_at, Transfer.id))
        ],
        "receipts": [receipt(db, job_id) for job_id in db.scalars(jobs)],
        "orders": [_order(order) for order in db.scalars(orders)],
        "budgets": [budgets.report(row, now()) for row in db.scalars(limits)],
    }


def _order(order: Order) -> dict[str, Any]:
    return {
        "id": order.id,
        "kind": order.kind,
        "credits": to_credits(order.credits),
        "cents": order.cents,
        "refunded_cents": order.refunded,
        "paid_at": order.paid_at,
        "created_at": order.created_at,
    }


def transactions(db: Session, owner: str, cursor: str | None, limit: int) -> Page[Transfer]:
    """List the transfers of an owner, newest first."""
    mine = select(Transfer).where(Transfer.account_id == _account(owner))
    return newest_first(db, mine, Transfer, cursor=cursor, limit=limit)


def _account(owner: str) -> ScalarSelect[int]:
    mine = CreditAccount.owner == owner, CreditAccount.kind == CREDITS
    return select(CreditAccount.id).where(*mine).scalar_subquery()


def transaction(transfer: Transfer) -> dict[str, Any]:
    """Describe one transfer."""
    return {
        "id": transfer.id,
        "kind": transfer.kind,
        "credits": to_credits(transfer.amount),
        "held": to_credits(transfer.held),
        "job_id": transfer.job_id,
        "run": transfer.run,
        "note": transfer.note,
        "created_at": transfer.created_at,
    }


def terms(of: Terms) -> dict[str, Any]:
    """Describe the price of a job: its lines, the median and the upper end."""
    return {
        "p50": to_credits(of.p50),
        "p90": to_credits(of.p90),
        "items": [
            {
                "stage": item.stage,
                "engine": item.engine or None,
                "unit": item.unit,
                "quantity": round(item.quantity, 3),
                "price": to_credits(item.price),
                "p50": to_credits(item.p50),
                "p90": to_credits(item.p90),
            }
            for item in of.items
        ],
    }


def receipt(db: Session, job_id: str) -> dict[str, Any]:
    """Describe what the runs of a job cost, and what was free."""
    charges = list(db.scalars(select(Charge).where(Charge.job_id == job_id).order_by(Charge.run)))
    if not charges:
        raise NoReceipt
    lines = select(ChargeLine).where(ChargeLine.job_id == job_id).order_by(ChargeLine.id)
    by_run: dict[int, list[ChargeLine]] = {}
    for line in db.scalars(lines):
        by_run.setdefault(line.run, []).append(line)
    return {
        "job_id": job_id,
        "credits": to_credits(sum(charge.used for charge in charges)),
        "held": to_credits(sum(c.hold for c in charges if c.state == "open")),
        "runs": [_run(charge, by_run.get(charge.run, [])) for charge in charges],
    }


def _run(charge: Charge, lines: list[ChargeLine]) -> dict[str, Any]:
    return {
        "run": charge.run,
        "state": charge.state,
        "outcome": charge.outcome or None,
        "price_version": charge.price_version,
        "quoted": terms(Terms.from_dict(charge.terms)),
        "held": to_credits(charge.hold),
        "credits": to_credits(charge.used),
        "started_at": charge.created_at,
        "ended_at": charge.ended_at,
        "lines": [line_report(line) for line in lines],
    }


def line_report(line: ChargeLine) -> dict[str, Any]:
    """Describe a line of a receipt."""
    return {
        "stage": line.stage or None,
        "engine": line.engine or None,
        "outcome": line.outcome,
        "steps": line.steps,
        "unit": line.unit or None,
        "quantity": line.quantity,
        "price": to_credits(line.price),
        "credits": to_credits(line.amount),
    }


def capabilities(settings: Settings) -> dict[str, Any]:
    """Describe for everybody how this server charges."""
    return {
        "credits": settings.billing.is_on,
        "reused_steps": settings.billing.reused_steps,
    }
