"""Credits that are bought: paid once, in any order, and taken back by the difference."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from config.credit_packs import CreditPack
from config.settings import Settings
from tests.services import stripe_server
from tests.services.stripe_server import Stripe, signed
from tests.web.billing import works
from tests.web.billing.conftest import paying
from tests.web.billing.test_credits_api import code, session_of, start
from tests.web.billing.works import CREDIT
from tests.web.conftest import close
from tests.web.people import Person, sign_up
from web.accounts.models import User
from web.app import create_app
from web.audit.log import COMMAND_LINE
from web.billing import grants
from web.billing.grants import Change
from web.billing.models import Order
from web.db.engine import reading

PACKS = (CreditPack(100, 900), CreditPack(500, 3900))
HOOK = "/api/billing/stripe/webhook"


@pytest.fixture
def stripe() -> Iterator[Stripe]:
    with stripe_server.running() as running:
        yield running


@pytest.fixture
def app(either: Settings, stripe: Stripe) -> Iterator[Flask]:
    app = create_app(
        paying(
            either,
            stripe_api_key="sk_test_1",
            stripe_webhook_secret=stripe_server.SECRET,
            stripe_url=stripe.url,
            credit_packs=PACKS,
            premium_price="price_1",
            premium_credits=200,
        )
    )
    with app.app_context():
        yield app
    close(app)


@pytest.fixture
def api(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def ada(api: FlaskClient) -> Person:
    return sign_up(api, verified=True)


def buy(api: FlaskClient, ada: Person, item: str = "100") -> str:
    """Order something; the Checkout session."""
    answer = api.post("/api/billing/checkout", json={"item": item}, headers=ada.headers)
    assert answer.status_code == 201, answer.text
    with reading() as db:
        return db.get_one(Order, answer.json["order_id"]).session


def deliver(api: FlaskClient, *events: dict[str, Any]) -> None:
    for event in events:
        answer = api.post(HOOK, **signed(event))
        assert answer.status_code == 200, answer.text


def credits_of(ada: Person) -> float:
    return works.balance(f"user:{ada.user_id}").posted / CREDIT


def plan_of(ada: Person) -> str:
    with reading() as db:
        return db.get_one(User, ada.user_id).plan


def test_a_pack_is_granted_once_when_it_is_paid(
    api: FlaskClient, ada: Person, stripe: Stripe
) -> None:
    session = buy(api, ada)
    assert credits_of(ada) == 0
    paid = stripe.complete(session)
    deliver(api, paid, paid, stripe.async_paid(session))
    assert credits_of(ada) == 100
    portal = api.post("/api/billing/portal", headers=ada.headers)
    assert portal.status_code == 201
    assert portal.json["url"].startswith(f"{stripe.url}/portal/cus_")
    works.assert_sound()


def test_an_unpaid_checkout_grants_nothing_until_it_is_paid(
    api: FlaskClient, ada: Person, stripe: Stripe
) -> None:
    """The bug: an unpaid Checkout was granted."""
    session = buy(api, ada)
    deliver(api, stripe.complete(session, status="unpaid"))
    assert credits_of(ada) == 0
    deliver(api, stripe.complete(session, status="no_payment_required"))
    assert credits_of(ada) == 0
    deliver(api, stripe.async_paid(session))
    assert credits_of(ada) == 100


def test_asking_again_opens_the_same_page_also_after_an_outage(
    api: FlaskClient, ada: Person, stripe: Stripe
) -> None:
    stripe.down = True
    refused = api.post("/api/billing/checkout", json={"item": "100"}, headers=ada.headers)
    assert code(refused) == (503, "STRIPE_UNAVAILABLE")
    assert len(stripe.asked) == 1, "the client does not repeat a request"
    stripe.down = False
    assert buy(api, ada) == buy(api, ada)
    assert len(stripe.sessions) == 1
    assert buy(api, ada, "500") != buy(api, ada)


def test_each_paid_invoice_brings_the_credits_of_the_plan_once(
    api: FlaskClient, ada: Person, stripe: Stripe
) -> None:
    """The bug: a redelivered invoice was credited twice."""
    session = buy(api, ada, "premium")
    first = stripe.invoice(session)
    again = first | {"id": "evt_other"}
    deliver(api, first, first, again, stripe.complete(session))
    assert (credits_of(ada), plan_of(ada)) == (200, "premium")
    deliver(api, stripe.invoice(session), stripe.invoice(session, amount=0))
    assert credits_of(ada) == 400
    deliver(api, stripe.subscription(session, "canceled"))
    assert (credits_of(ada), plan_of(ada)) == (400, "free")
    late = stripe.subscription(session, "active")
    late["created"] = int(time.time()) - 3600
    deliver(api, late)
    assert plan_of(ada) == "free"
    works.assert_sound()


def test_refunds_take_back_the_difference_of_their_sum(
    api: FlaskClient, ada: Person, stripe: Stripe
) -> None:
    session = buy(api, ada)
    deliver(api, stripe.complete(session))
    payment = stripe.sessions[session]["payment_intent"]
    third, half = stripe.refund(payment, 300), stripe.refund(payment, 450)
    deliver(api, third)
    assert credits_of(ada) == pytest.approx(66.666666)
    deliver(api, half, third)
    assert credits_of(ada) == 50
    deliver(api, stripe.dispute(payment, 900))
    assert credits_of(ada) == 0
    deliver(api, stripe.dispute(payment, 900, "won"), stripe.dispute(payment, 900))
    assert credits_of(ada) == 50
    deliver(api, stripe.refund(payment, 900))
    assert credits_of(ada) == 0
    works.assert_sound()


def test_a_refund_after_spending_makes_the_balance_negative_and_stops_starts(
    api: FlaskClient, ada: Person, stripe: Stripe
) -> None:
    """The bug: a refund after spending did nothing."""
    session = buy(api, ada)
    deliver(api, stripe.complete(session))
    taken = Change(-40 * CREDIT)
    grants.adjust(COMMAND_LINE, f"user:{ada.user_id}", taken)
    payment = stripe.sessions[session]["payment_intent"]
    deliver(api, stripe.refund(payment, 900))
    assert credits_of(ada) == -40
    refused = start(api, ada, session_of(api, ada))
    assert code(refused) == (402, "CREDITS_NEEDED")
    assert refused.json["credits"]["available"] == -40
    works.assert_sound()


def test_events_may_come_in_any_order(api: FlaskClient, ada: Person, stripe: Stripe) -> None:
    for number, order in enumerate(itertools.permutations(range(4))):
        item = str(PACKS[number % 2].credits)
        session = buy(api, ada, item)
        before = credits_of(ada)
        unpaid = stripe.complete(session, status="unpaid")
        payment = stripe.sessions[session]["payment_intent"]
        price = PACKS[number % 2].cents
        events = [
            *(unpaid, stripe.async_paid(session)),
            *(stripe.refund(payment, price // 3), stripe.refund(payment, price)),
        ]
        deliver(api, *(events[place] for place in order), *events)
        assert credits_of(ada) == before, order
    works.assert_sound()


def test_a_refund_of_an_invoice_finds_its_credits(
    api: FlaskClient, ada: Person, stripe: Stripe
) -> None:
    session = buy(api, ada, "premium")
    deliver(api, stripe.complete(session), stripe.invoice(session))
    (payment,) = stripe.invoices
    customer = stripe.sessions[session]["customer"]
    deliver(api, stripe.refund(payment, 950, customer))
    assert credits_of(ada) == 100
    works.assert_sound()


def test_only_events_signed_with_the_secret_count(
    api: FlaskClient, ada: Person, stripe: Stripe
) -> None:
    paid = stripe.complete(buy(api, ada))
    sent = signed(paid)
    forged = [
        sent | {"data": sent["data"].replace("evt", "evu")},
        signed(paid, secret="whsec_other"),
        signed(paid, at=int(time.time()) - 3600),
        sent | {"headers": {}},
        sent | {"data": b"\xff\xfe"},
        signed({"id": "evt_1"}),
    ]
    for one in forged:
        assert code(api.post(HOOK, **one)) == (400, "STRIPE_SIGNATURE_INVALID")
    assert credits_of(ada) == 0
    unknown = stripe.event("customer.created", {"id": "cus_1"})
    assert api.post(HOOK, **signed(unknown)).json == {"type": "customer.created"}


def test_refunds_of_others_are_left_alone(api: FlaskClient, ada: Person, stripe: Stripe) -> None:
    stripe.payments["pi_other"] = {"id": "pi_other", "object": "payment_intent", "metadata": {}}
    deliver(api, stripe.refund("pi_other", 500), stripe.dispute("pi_other", 500))
    assert credits_of(ada) == 0


def test_plans_and_packs_are_listed(api: FlaskClient, ada: Person) -> None:
    listed = api.get("/api/plans").json
    assert [plan["name"] for plan in listed["plans"]] == ["free", "premium"]
    assert listed["packs"][0] == {"credits": 100, "price": 9.0}
    assert listed["plans"][1]["monthly_credits"] == 200
    assert listed["plans"][1]["on_sale"]
    unknown = api.post("/api/billing/checkout", json={"item": "7"}, headers=ada.headers)
    assert code(unknown) == (404, "PACK_NOT_FOUND")
    portal = api.post("/api/billing/portal", headers=ada.headers)
    assert code(portal) == (409, "NOTHING_BOUGHT")


def test_without_a_key_nothing_is_on_sale(billed: Flask) -> None:
    api = billed.test_client()
    ada = sign_up(api, verified=True)
    assert api.get("/api/plans").json["packs"] == []
    for path, sent in (("checkout", {"item": "100"}), ("portal", {}), ("stripe/webhook", {})):
        answer = api.post(f"/api/billing/{path}", json=sent, headers=ada.headers)
        assert code(answer) == (404, "PAYMENTS_OFF")
