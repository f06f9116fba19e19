"""Apply events of Stripe: each once, whatever their order."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session
from stripe import SignatureVerificationError, WebhookSignature

from config.credit_prices import CREDIT
from tasks.domain import strict_json
from web.accounts import plans
from web.accounts.models import PlanName, User
from web.billing import ledger, orders, stripe_api
from web.billing.errors import PaymentsOff, StripeSignatureInvalid
from web.billing.models import Customer, Order, StripeEvent
from web.billing.stripe_api import Subject
from web.db.engine import reading, serialise_writers, writing
from web.services import Services

log = logging.getLogger(__name__)

TOLERANCE: Final = 300
"""Seconds that the time of a signature may be off."""
_ENDED: Final = frozenset({"canceled", "unpaid", "incomplete_expired"})
_ACTIVE: Final = frozenset({"active", "past_due"})


def receive(services: Services, body: bytes, signature: str) -> str:
    """Check the signature of an event and apply it; return its kind."""
    secret = services.settings.billing.stripe_webhook_secret
    if not (services.settings.billing.is_on and secret):
        raise PaymentsOff
    try:
        WebhookSignature.verify_header(body.decode(), signature, secret, TOLERANCE)
        event = strict_json.loads(body)
        event_id, kind, thing = event["id"], event["type"], event["data"]["object"]
        created = int(event["created"])
    except (SignatureVerificationError, UnicodeDecodeError, strict_json.InvalidJson):
        raise StripeSignatureInvalid from None
    except (KeyError, TypeError, ValueError):
        raise StripeSignatureInvalid("This is not an event of Stripe.") from None
    apply = _HANDLERS.get(kind)
    if apply is None:
        return str(kind)
    subject = _subject(services, str(kind), thing)
    with writing(durable=True) as db:
        serialise_writers(db)
        if ledger.insert_once(db, StripeEvent, id=event_id, kind=kind):
            apply(_Event(services, db, event_id, created, thing, subject))
    return str(kind)


@dataclass(frozen=True, slots=True)
class _Event:
    """An event in the transaction that applies it."""

    services: Services
    db: Session
    id: str
    created: int
    thing: Mapping[str, Any]
    subject: Subject
    """What a charge is for, where the event does not say so itself."""

    def order(self) -> Order | None:
        """Find the order that a Checkout session, a payment or a charge belongs to."""
        named = _metadata(self.thing).get("order_id") or self.thing.get("client_reference_id")
        named = named or self.subject.order_id
        found = orders.lock(self.db, str(named)) if named else None
        payment = self.thing.get("payment_intent")
        if found is None and payment:
            found = orders.of_payment(self.db, str(payment))
        return found

    def invoice_order(self, owner: str, invoice: str) -> Order:
        """Get the order of an invoice of the plan."""
        found = orders.lock(self.db, invoice)
        if found is None:
            micro = self.services.settings.billing.premium_credits * CREDIT
            found = Order(id=invoice, owner=owner, kind="invoice", credits=micro, cents=0)
            self.db.add(found)
            self.db.flush()
        return found


def _checkout(event: _Event) -> None:
    order = event.order()
    if order is None:
        return
    thing = event.thing
    _know_customer(event.db, order.owner, thing)
    if thing.get("payment_intent"):
        order.payment = str(thing["payment_intent"])
    if thing.get("payment_status") == "paid":
        orders.pay(event.db, order, event.id)


def _invoice_paid(event: _Event) -> None:
    """Grant the credits of a paid invoice of the plan; one that cost nothing brings none."""
    thing = event.thing
    owner = _owner(event, thing)
    paid = int(thing.get("amount_paid") or 0)
    if owner is None or paid <= 0:
        return
    _know_customer(event.db, owner, thing)
    order = event.invoice_order(owner, str(thing["id"]))
    order.cents = paid
    orders.pay(event.db, order, event.id)
    _set_plan(event.db, owner, "premium", event.created)


def _subscription(event: _Event) -> None:
    owner = _owner(event, event.thing)
    if owner is None:
        return
    _know_customer(event.db, owner, event.thing)
    status = str(event.thing.get("status"))
    if status in _ENDED:
        _set_plan(event.db, owner, "free", event.created)
    elif status in _ACTIVE:
        _set_plan(event.db, owner, "premium", event.created)


def _refunded(event: _Event) -> None:
    """Take back the part that was refunded; the event says how much it is altogether."""
    order = _charged(event)
    if order is not None:
        order.refunded = max(order.refunded, int(event.thing.get("amount_refunded") or 0))
        orders.settle(event.db, order, event.id)


def _disputed(event: _Event) -> None:
    order = _charged(event)
    if order is None:
        return
    status = str(event.thing.get("status"))
    if status == "won":
        order.dispute, order.disputed = "won", 0
    elif order.dispute != "won":
        order.dispute = "lost" if status == "lost" else "open"
        order.disputed = int(event.thing.get("amount") or 0)
    orders.settle(event.db, order, event.id)


def _charged(event: _Event) -> Order | None:
    """Find the order that a charge or a dispute is about; it may not be paid yet."""
    invoice = event.subject.invoice
    if invoice is None:
        return event.order()
    owner = _owner(event, event.thing)
    known = orders.lock(event.db, invoice)
    return known or (event.invoice_order(owner, invoice) if owner else None)


def _subject(services: Services, kind: str, thing: Mapping[str, Any]) -> Subject:
    """Ask Stripe what a refund or a dispute is about, unless that is known."""
    payment = thing.get("payment_intent")
    if not kind.startswith("charge.") or _metadata(thing).get("order_id") or not payment:
        return Subject()
    with reading() as db:
        if db.scalar(select(Order.id).where(Order.payment == str(payment))) is not None:
            return Subject()
    return stripe_api.subject_of(services.settings, str(payment))


def _owner(event: _Event, thing: Mapping[str, Any]) -> str | None:
    """Find whose subscription, invoice or charge this is."""
    parent = thing.get("parent") or {}
    details = parent.get("subscription_details") if isinstance(parent, Mapping) else None
    for named in (_metadata(thing), _metadata(details or {})):
        if named.get("owner"):
            return str(named["owner"])
    customer = thing.get("customer")
    known = select(Customer.owner).where(Customer.customer == str(customer))
    return event.db.scalar(known) if customer else None


def _know_customer(db: Session, owner: str, thing: Mapping[str, Any]) -> None:
    """Remember who an owner is at Stripe."""
    customer = str(thing.get("customer") or "")
    if not customer:
        return
    row = db.get(Customer, owner)
    if row is None:
        ledger.insert_once(db, Customer, owner=owner, customer=customer)
    elif row.customer != customer:
        row.customer = customer


def _set_plan(db: Session, owner: str, name: PlanName, created: int) -> None:
    """Give a user the plan of the newest event; a late one changes nothing."""
    row = db.get(Customer, owner)
    if row is not None:
        if created < row.subscription_at:
            return
        row.subscription_at = created
    user_id = owner.removeprefix("user:")
    if db.get(User, user_id) is not None:
        plans.set_plan(db, orders.STRIPE, user_id, name)


def _metadata(thing: Mapping[str, Any]) -> Mapping[str, Any]:
    found = thing.get("metadata")
    return found if isinstance(found, Mapping) else {}


_HANDLERS: Final[dict[str, Callable[[_Event], None]]] = {
    "checkout.session.completed": _checkout,
    "checkout.session.async_payment_succeeded": _checkout,
    "invoice.paid": _invoice_paid,
    "customer.subscription.updated": _subscription,
    "customer.subscription.deleted": _subscription,
    "charge.refunded": _refunded,
    "charge.dispute.created": _disputed,
    "charge.dispute.updated": _disputed,
    "charge.dispute.closed": _disputed,
}
"""What is done with each kind of event; others are ignored."""
