"""What people buy: orders, what is granted for them, and what is taken back.

Events of Stripe arrive in any order and more than once. An order keeps what they say; `settle`
makes the credits follow, by the difference of what was granted and taken back before.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.credit_prices import CREDIT
from config.settings import Settings
from web.accounts.models import User, owner_of
from web.audit import log
from web.audit.log import Actor
from web.billing import ledger, stripe_api
from web.billing.errors import NothingBought, PackNotFound
from web.billing.ledger import Move
from web.billing.models import Customer, Order, new_id
from web.db.columns import now
from web.db.engine import reading, writing
from web.services import Services

SAME: Final = timedelta(minutes=30)
"""A repeated request for the same thing gets the same order, and so the same Checkout page."""
STRIPE: Final = Actor("stripe")


def buy(services: Services, actor: Actor, user_id: str, item: str) -> dict[str, Any]:
    """Open the Checkout page of a pack (`100`) or of the plan `premium`."""
    settings = services.settings
    stripe_api.client(settings)
    kind, credits_, cents = _item(settings, item)
    owner = owner_of(user_id)
    with writing() as db:
        order = _same(db, owner, kind, credits_, cents)
        if order is None:
            order = Order(owner=owner, kind=kind, credits=credits_, cents=cents)
            db.add(order)
            db.flush()
            log.record(db, actor, "credits.order", owner, order_id=order.id, item=item)
        email = db.get_one(User, user_id).email
        customer = db.get(Customer, owner)
    known = customer.customer if customer is not None else None
    session, url = stripe_api.checkout(settings, order, email, known)
    with writing() as db:
        db.get_one(Order, order.id).session = session
    return {"order_id": order.id, "url": url}


def portal(services: Services, user_id: str) -> str:
    """Open the page on which a user manages subscription and invoices."""
    stripe_api.client(services.settings)
    with reading() as db:
        customer = db.get(Customer, owner_of(user_id))
    if customer is None:
        raise NothingBought
    return stripe_api.portal(services.settings, customer.customer, new_id("ptl"))


def on_sale(settings: Settings) -> dict[str, Any]:
    """List the packs on sale, and whether the plan is."""
    of = settings.billing
    sells = bool(of.is_on and of.stripe_api_key)
    packs = [{"credits": p.credits, "price": p.cents / 100} for p in of.credit_packs if sells]
    return {"packs": packs, "currency": settings.currency, "premium": sells and of.premium_price}


def lock(db: Session, order_id: str) -> Order | None:
    """Get an order; other events of it wait until the end of the transaction."""
    query = select(Order).where(Order.id == order_id).with_for_update()
    return db.scalar(query.execution_options(populate_existing=True))


def of_payment(db: Session, payment: str) -> Order | None:
    """Get the order of a payment, locked."""
    return db.scalar(select(Order).where(Order.payment == payment).with_for_update())


def settle(db: Session, order: Order, event_id: str) -> None:
    """Let the credits of an owner follow what an order says."""
    if order.paid_at is None or order.kind == "plan":
        return
    if order.credits:
        note = "credits" if order.kind == "pack" else "plan premium"
        bought = Move(f"order:{order.id}", "purchase", order.credits, ledger.SOLD, note)
        ledger.post(db, order.owner, bought)
    gone = min(order.refunded + order.disputed, order.cents)
    target = -(-order.credits * gone // order.cents) if order.cents else 0
    if target != order.taken_back:
        less = order.taken_back - target
        key = f"refund:{order.id}:{event_id}"
        ledger.post(db, order.owner, Move(key, "refund", less, ledger.SOLD))
        order.taken_back = target


def pay(db: Session, order: Order, event_id: str) -> None:
    """Note that an order is paid, once."""
    if order.paid_at is None:
        order.paid_at = now()
        log.record(db, STRIPE, "credits.paid", order.owner, order_id=order.id)
    settle(db, order, event_id)


def _item(settings: Settings, item: str) -> tuple[str, int, int]:
    of = settings.billing
    if item == "premium" and of.premium_price:
        return "plan", 0, 0
    for pack in of.credit_packs:
        if item == str(pack.credits):
            return "pack", pack.credits * CREDIT, pack.cents
    raise PackNotFound


def _same(db: Session, owner: str, kind: str, credits_: int, cents: int) -> Order | None:
    same = Order.owner == owner, Order.kind == kind, Order.credits == credits_
    fresh = Order.cents == cents, Order.paid_at.is_(None), Order.created_at > now() - SAME
    return db.scalar(select(Order).where(*same, *fresh).order_by(Order.created_at.desc()).limit(1))
