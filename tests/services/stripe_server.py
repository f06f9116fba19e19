"""A small Stripe: Checkout, portal, payments, invoices, refunds, idempotency and signed events."""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.services.http_server import Answer, Asked, serving

SECRET = "whsec_of_these_tests"


@dataclass
class Stripe:
    """What was created there, and the events that it would send."""

    url: str = ""
    sessions: dict[str, dict[str, Any]] = field(default_factory=dict)
    payments: dict[str, dict[str, Any]] = field(default_factory=dict)
    invoices: dict[str, str] = field(default_factory=dict)
    """Payment -> invoice."""
    remembered: dict[str, tuple[bytes, Answer]] = field(default_factory=dict)
    """Idempotency key -> request and answer."""
    asked: list[str] = field(default_factory=list)
    down: bool = False
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    # --- what it answers ------------------------------------------------------------------

    def answer(self, asked: Asked) -> Answer:
        path = urlsplit(asked.path).path
        self.asked.append(path)
        if self.down:
            return _problem(503, "api_error", "unavailable")
        if asked.headers.get("authorization") != "Bearer sk_test_1":
            return _problem(401, "invalid_request_error", "wrong key")
        if asked.method == "GET":
            return self._get(path, dict(parse_qsl(urlsplit(asked.path).query)))
        key = asked.headers.get("idempotency-key", "")
        if not key:
            return _problem(400, "invalid_request_error", "no idempotency key")
        if key in self.remembered:
            body, before = self.remembered[key]
            same = body == asked.body
            return before if same else _problem(400, "idempotency_error", "other parameters")
        made = self._create(path, dict(parse_qsl(asked.body.decode())))
        self.remembered[key] = asked.body, made
        return made

    def _create(self, path: str, sent: dict[str, str]) -> Answer:
        if path == "/v1/billing_portal/sessions":
            page = {"id": self._id("bps"), "object": "billing_portal.session"}
            return Answer.of(page | {"url": f"{self.url}/portal/{sent['customer']}"})
        if path != "/v1/checkout/sessions":
            return _problem(404, "invalid_request_error", "no such address")
        session = {
            "id": self._id("cs"),
            "object": "checkout.session",
            "mode": sent["mode"],
            "client_reference_id": sent["client_reference_id"],
            "metadata": _nested(sent, "metadata"),
            "customer": sent.get("customer"),
            "amount_total": int(sent.get("line_items[0][price_data][unit_amount]", 0)),
            "payment_status": "unpaid",
            "payment_intent": None,
            "url": f"{self.url}/pay",
        }
        session["about"] = _nested(sent, "subscription_data[metadata]") or _nested(
            sent, "payment_intent_data[metadata]"
        )
        self.sessions[session["id"]] = session
        return Answer.of(session)

    def _get(self, path: str, sent: dict[str, str]) -> Answer:
        if path.startswith("/v1/payment_intents/"):
            payment = self.payments.get(path.rpartition("/")[2])
            if payment is None:
                return _problem(404, "invalid_request_error", "no such payment")
            return Answer.of(payment)
        if path == "/v1/invoice_payments":
            invoice = self.invoices.get(sent["payment[payment_intent]"])
            found = [{"id": "inpay_1", "object": "invoice_payment", "invoice": invoice}]
            return Answer.of({"object": "list", "data": found if invoice else []})
        return _problem(404, "invalid_request_error", "no such address")

    # --- what people and banks do there ---------------------------------------------------

    def complete(self, session_id: str, *, status: str = "paid") -> dict[str, Any]:
        """Complete a Checkout page; the event."""
        session = self.sessions[session_id]
        session["customer"] = session["customer"] or self._id("cus")
        session["payment_status"] = status
        if session["mode"] == "payment":
            session["payment_intent"] = session["payment_intent"] or self._payment(session)
        return self.event("checkout.session.completed", session)

    def async_paid(self, session_id: str) -> dict[str, Any]:
        session = self.sessions[session_id] | {"payment_status": "paid"}
        return self.event("checkout.session.async_payment_succeeded", session)

    def _payment(self, session: dict[str, Any]) -> str:
        payment = {"id": self._id("pi"), "object": "payment_intent", "metadata": session["about"]}
        self.payments[payment["id"]] = payment
        return str(payment["id"])

    def invoice(self, session_id: str, amount: int = 1900) -> dict[str, Any]:
        """Have an invoice of a subscription paid; the event."""
        session, number = self.sessions[session_id], self._id("in")
        payment = {"id": self._id("pi"), "object": "payment_intent", "metadata": {}}
        self.payments[payment["id"]] = payment
        self.invoices[payment["id"]] = number
        details = {"subscription_details": {"metadata": session["about"]}}
        paid = {"id": number, "object": "invoice", "amount_paid": amount, "parent": details}
        return self.event("invoice.paid", paid | {"customer": session["customer"] or "cus_early"})

    def refund(self, payment: str, total: int, customer: str | None = None) -> dict[str, Any]:
        """Refund a payment up to a total; the event."""
        charge = {"object": "charge", "payment_intent": payment, "amount_refunded": total}
        charge["metadata"] = self.payments[payment]["metadata"]
        return self.event("charge.refunded", charge | {"id": "ch_1", "customer": customer})

    def dispute(self, payment: str, amount: int, status: str = "needs_response") -> dict[str, Any]:
        kind = "created" if status == "needs_response" else "closed"
        about = {"object": "dispute", "payment_intent": payment, "amount": amount, "id": "dp_1"}
        return self.event(f"charge.dispute.{kind}", about | {"status": status, "metadata": {}})

    def subscription(self, session_id: str, status: str) -> dict[str, Any]:
        session = self.sessions[session_id]
        about = {"object": "subscription", "id": "sub_1", "status": status}
        about |= {"metadata": session["about"], "customer": session["customer"]}
        return self.event("customer.subscription.updated", about)

    def event(self, kind: str, thing: dict[str, Any]) -> dict[str, Any]:
        made = {"id": self._id("evt"), "object": "event", "type": kind}
        return made | {"created": int(time.time()), "data": {"object": dict(thing)}}

    def _id(self, prefix: str) -> str:
        return f"{prefix}_{next(self._numbers)}"


def signed(event: dict[str, Any], *, secret: str = SECRET, at: int | None = None) -> dict[str, Any]:
    """Return what Stripe posts: the body and the header, as keywords of a test client."""
    body, moment = json.dumps(event), at or int(time.time())
    mac = hmac.new(secret.encode(), f"{moment}.{body}".encode(), hashlib.sha256).hexdigest()
    headers = {"Stripe-Signature": f"t={moment},v1={mac}", "Content-Type": "application/json"}
    return {"data": body, "headers": headers}


@contextmanager
def running() -> Iterator[Stripe]:
    with serving() as server:
        stripe = Stripe(server.url)
        server.answer = stripe.answer
        yield stripe


def _nested(sent: dict[str, str], name: str) -> dict[str, str]:
    """Read `name[key]=value` pairs of a form."""
    start = f"{name}["
    return {k[len(start) : -1]: v for k, v in sent.items() if k.startswith(start)}


def _problem(status: int, kind: str, message: str) -> Answer:
    return Answer.of({"error": {"type": kind, "message": message}}, status)
