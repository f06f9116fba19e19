"""Plans, packs of credits and payments."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Final

from flask import request

from web.access.actor import current_actor
from web.access.principal import require_user, users_only
from web.accounts import plans
from web.api.blueprint import Blueprint
from web.api.documented_errors import documented_errors
from web.api.schemas.payments import (
    CheckoutPage,
    PaymentEventReceived,
    PlansOnSale,
    PortalPage,
    StartCheckout,
)
from web.billing import orders, stripe_events
from web.billing.errors import StripeSignatureInvalid
from web.http.authentication import credentials_optional
from web.services import current_services

payments = Blueprint("payments", __name__, url_prefix="/api", description="Plans and payments.")

MOST_BYTES: Final = 512 * 1024


@payments.get("/plans")
@payments.response(200, PlansOnSale)
def list_plans() -> dict[str, Any]:
    """List the plans with their limits, and the packs of credits on sale"""
    settings = current_services().settings
    sale = orders.on_sale(settings)
    listed = [
        asdict(plan)
        | {
            "monthly_credits": settings.billing.premium_credits
            if plan.name == "premium"
            else settings.billing.free_monthly_credits,
            "on_sale": plan.name == "premium" and bool(sale["premium"]),
        }
        for plan in plans.every(settings)
    ]
    return {"plans": listed, "packs": sale["packs"], "currency": sale["currency"]}


@payments.post("/billing/checkout")
@payments.arguments(StartCheckout)
@payments.response(201, CheckoutPage)
@documented_errors(payments, 401, "LOGIN_REQUIRED")
@documented_errors(payments, 403, "API_KEY_NOT_ALLOWED")
@documented_errors(payments, 404, "PAYMENTS_OFF", "PACK_NOT_FOUND")
@documented_errors(payments, 422, "VALIDATION_FAILED")
@documented_errors(payments, 503, "STRIPE_UNAVAILABLE")
@users_only
def checkout(sent: dict[str, Any]) -> dict[str, Any]:
    """Open the page on which a pack of credits or the plan `premium` is paid for"""
    return orders.buy(current_services(), current_actor(), _user_id(), sent["item"])


@payments.post("/billing/portal")
@payments.response(201, PortalPage)
@documented_errors(payments, 401, "LOGIN_REQUIRED")
@documented_errors(payments, 403, "API_KEY_NOT_ALLOWED")
@documented_errors(payments, 404, "PAYMENTS_OFF")
@documented_errors(payments, 409, "NOTHING_BOUGHT")
@documented_errors(payments, 503, "STRIPE_UNAVAILABLE")
@users_only
def portal() -> dict[str, Any]:
    """Open the page on which you manage your subscription and invoices"""
    return {"url": orders.portal(current_services(), _user_id())}


@payments.post("/billing/stripe/webhook")
@payments.response(200, PaymentEventReceived)
@documented_errors(payments, 400, "STRIPE_SIGNATURE_INVALID")
@documented_errors(payments, 404, "PAYMENTS_OFF")
@documented_errors(payments, 503, "STRIPE_UNAVAILABLE")
@credentials_optional
def webhook() -> dict[str, Any]:
    """Receive an event of Stripe"""
    if (request.content_length or 0) > MOST_BYTES:
        raise StripeSignatureInvalid("This event is too large.")
    signature = request.headers.get("Stripe-Signature", "")
    kind = stripe_events.receive(current_services(), request.get_data(cache=False), signature)
    return {"type": kind}


def _user_id() -> str:
    return require_user().user_id or ""
