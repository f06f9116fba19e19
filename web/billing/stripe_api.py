"""Requests to Stripe. Each has an idempotency key of ours and is not repeated by the client."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from stripe import RequestsClient, StripeClient, StripeError

from config.settings import Settings
from web.billing.errors import PaymentsOff, StripeUnavailable
from web.billing.models import Order
from web.notifications.addresses import base

log = logging.getLogger(__name__)

SECONDS = 20
T = TypeVar("T")


def client(settings: Settings) -> StripeClient:
    """Create a client; raises `PaymentsOff` without a key."""
    of = settings.billing
    if not (of.is_on and of.stripe_api_key):
        raise PaymentsOff
    return StripeClient(
        of.stripe_api_key,
        base_addresses={"api": of.stripe_url.rstrip("/")},
        max_network_retries=0,
        http_client=RequestsClient(timeout=SECONDS),
    )


def checkout(settings: Settings, order: Order, email: str, customer: str | None) -> tuple[str, str]:
    """Open a Checkout session for an order; its id and its address."""
    page, about = f"{base(settings)}/account", {"order_id": order.id, "owner": order.owner}
    wanted: dict[str, Any] = {
        "client_reference_id": order.id,
        "metadata": about,
        "success_url": f"{page}#bought",
        "cancel_url": page,
        **({"customer": customer} if customer else {"customer_email": email}),
    }
    if order.kind == "plan":
        wanted |= {
            "mode": "subscription",
            "line_items": [{"price": settings.billing.premium_price, "quantity": 1}],
            "subscription_data": {"metadata": about},
        }
    else:
        price = {
            "currency": settings.currency.lower(),
            "unit_amount": order.cents,
            "product_data": {"name": f"{order.credits // 1_000_000} credits"},
        }
        wanted |= {
            "mode": "payment",
            "line_items": [{"price_data": price, "quantity": 1}],
            "payment_intent_data": {"metadata": about},
            **({} if customer else {"customer_creation": "always"}),
        }
    opened = _asked(
        lambda api: api.v1.checkout.sessions.create(
            wanted,  # type: ignore[arg-type]  # built step by step
            {"idempotency_key": order.id},
        ),
        settings,
    )
    return opened.id, opened.url or ""


def portal(settings: Settings, customer: str, key: str) -> str:
    """Open the customer portal; its address."""
    wanted = {"customer": customer, "return_url": f"{base(settings)}/account"}
    opened = _asked(
        lambda api: api.v1.billing_portal.sessions.create(
            wanted,  # type: ignore[arg-type]
            {"idempotency_key": key},
        ),
        settings,
    )
    return opened.url


@dataclass(frozen=True, slots=True)
class Subject:
    """What a payment is for: an order or an invoice of ours, or neither."""

    order_id: str | None = None
    invoice: str | None = None


def subject_of(settings: Settings, payment: str) -> Subject:
    """Ask what a payment is for."""
    found = _asked(lambda api: api.v1.payment_intents.retrieve(payment), settings)
    order_id = getattr(found.metadata, "order_id", None)
    if order_id:
        return Subject(order_id=str(order_id))
    wanted = {"payment": {"type": "payment_intent", "payment_intent": payment}}
    paid = _asked(
        lambda api: api.v1.invoice_payments.list(wanted),  # type: ignore[arg-type]
        settings,
    )
    invoice = paid.data[0].invoice if paid.data else None
    return Subject(invoice=invoice if isinstance(invoice, str | None) else str(invoice.id))


def _asked(ask: Callable[[StripeClient], T], settings: Settings) -> T:
    try:
        return ask(client(settings))
    except StripeError as error:
        log.warning("stripe refused", extra={"error": type(error).__name__, "code": error.code})
        raise StripeUnavailable from None
