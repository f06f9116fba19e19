"""Credits over HTTP: balances, estimates, quotes, receipts, budgets and grants."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from config.settings import Settings
from tests.web.billing import works
from tests.web.billing.conftest import paying
from tests.web.billing.works import CREDIT, SCRIPT
from tests.web.conftest import close
from tests.web.fake_nodes import beat, real
from tests.web.people import Person, sign_up
from tests.web.samples import picture
from web.app import create_app
from web.billing.models import Charge, Quote
from web.db.columns import now
from web.db.engine import reading, writing
from web.jobs.models import Job
from web.notifications.models import QueuedMail
from web.services import current_services
from web.sessions.models import Upload
from web.sessions.names import name_of


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, (answer.json or {}).get("error_code", "")


@pytest.fixture
def api(billed: Flask) -> FlaskClient:
    return billed.test_client()


@pytest.fixture
def ada(api: FlaskClient) -> Person:
    return sign_up(api, verified=True)


@pytest.fixture
def admin(api: FlaskClient) -> Person:
    return sign_up(api, "root@example.com", verified=True, role="admin")


def session_of(api: FlaskClient, person: Person) -> str:
    opened = api.post("/session/create", json={"user_id": "x"}, headers=person.headers)
    session: str = opened.json["session_id"]
    face = current_services().artifacts.put_bytes(picture(), "image/png")
    with writing() as db:
        kept = {"sha256": face.sha256, "bytes": face.bytes, "media_type": face.media_type}
        db.add(Upload(session_id=name_of(session), kind="face", filename="face.png", **kept))
    return session


def start(api: FlaskClient, person: Person, session: str, **more: Any) -> Any:
    sent = {"session_id": session, "script": SCRIPT} | more
    return api.post("/process/start", json=sent, headers=person.headers)


def grant(api: FlaskClient, admin: Person, to: Person, amount: float, **more: Any) -> Any:
    path = f"/api/admin/users/{to.user_id}/credits"
    return api.post(path, json={"credits": amount} | more, headers=admin.headers)


def test_the_whole_way_of_a_paid_video(api: FlaskClient, ada: Person, admin: Person) -> None:
    session = session_of(api, ada)
    refused = start(api, ada, session)
    assert code(refused) == (402, "CREDITS_NEEDED")
    missing = refused.json["credits"]["missing"]
    assert grant(api, admin, ada, missing, note="welcome").json["available"] == missing
    started = start(api, ada, session)
    assert started.status_code == 202, started.text
    job_id = started.json["job_id"]
    balance = api.get("/api/credits", headers=ada.headers).json
    assert balance == {"balance": missing, "held": missing, "available": 0.0}
    works.succeed(job_id, facts={"seconds": 2.0})
    receipt = api.get(f"/api/jobs/{job_id}/receipt", headers=ada.headers).json
    (run,) = receipt["runs"]
    assert (run["state"], run["outcome"], run["held"]) == ("settled", "succeeded", missing)
    voice = next(line for line in run["lines"] if line["stage"] == "voice")
    assert voice == {
        **{"stage": "voice", "engine": "piper", "outcome": "computed", "steps": 1},
        **{"unit": "second", "quantity": 2.0, "price": 0.1, "credits": 0.2},
    }
    assert receipt["credits"] == 1.0
    listed = api.get("/api/credits/transactions", headers=ada.headers).json["transactions"]
    assert [(row["kind"], row["credits"]) for row in listed] == [
        ("charge", -1.0),
        ("hold", 0.0),
        ("grant", missing),
    ]
    assert sum(row["held"] for row in listed) == 0


def test_transactions_come_in_pages(api: FlaskClient, ada: Person, admin: Person) -> None:
    for number in range(5):
        grant(api, admin, ada, number + 1)
    seen: list[float] = []
    cursor = ""
    while True:
        path = f"/api/credits/transactions?limit=2{cursor}"
        page = api.get(path, headers=ada.headers).json
        seen += [row["credits"] for row in page["transactions"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert seen == [5.0, 4.0, 3.0, 2.0, 1.0]


def test_a_quote_keeps_its_price(settings: Settings) -> None:
    app = create_app(paying(settings))
    with app.app_context():
        api = app.test_client()
        ada = sign_up(api, verified=True)
        works.give(100, ada.user_id)
        session = session_of(api, ada)
        wanted = {"session_id": session, "script": SCRIPT}
        quoted = api.post("/api/estimate", json=wanted, headers=ada.headers).json
    close(app)
    dearer = tuple(replace(price, micro=price.micro * 9) for price in settings.billing.prices)
    app = create_app(paying(settings, prices=dearer))
    with app.app_context():
        api = app.test_client()
        started = start(api, ada, session, quote_id=quoted["quote_id"])
        assert started.status_code == 202, started.text
        with reading() as db:
            charge = db.get_one(Charge, (started.json["job_id"], 0))
        assert charge.hold == round(quoted["p90"] * CREDIT)
        assert charge.price_version == quoted["price_version"]
        other = start(api, ada, session)
        with reading() as db:
            charge = db.get_one(Charge, (other.json["job_id"], 0))
        assert charge.hold == pytest.approx(9 * quoted["p90"] * CREDIT, rel=1e-5)
    close(app)


def test_a_quote_is_for_its_owner_its_video_and_its_time(api: FlaskClient, ada: Person) -> None:
    works.give(100, ada.user_id)
    session = session_of(api, ada)
    wanted = {"session_id": session, "script": SCRIPT}
    quoted = api.post("/api/estimate", json=wanted, headers=ada.headers).json
    assert quoted["p50"] < quoted["p90"]
    assert quoted["available"] == 100.0
    assert sum(item["p90"] for item in quoted["items"]) == pytest.approx(quoted["p90"])
    quote_id = quoted["quote_id"]
    longer = start(api, ada, session, script=SCRIPT * 3, quote_id=quote_id)
    assert code(longer) == (409, "QUOTE_MISMATCH")
    bob = sign_up(api, "bob@example.com", verified=True)
    works.give(100, bob.user_id)
    theirs = start(api, bob, session_of(api, bob), quote_id=quote_id)
    assert code(theirs) == (404, "QUOTE_NOT_FOUND")
    with writing() as db:
        db.get_one(Quote, quote_id).expires_at = now() - timedelta(seconds=1)
    assert code(start(api, ada, session, quote_id=quote_id)) == (409, "QUOTE_EXPIRED")
    with reading() as db:
        assert db.query(Job).count() == 0


def test_anybody_may_ask_for_a_price(api: FlaskClient) -> None:
    answer = api.post("/api/estimate", json={"script": SCRIPT})
    assert answer.status_code == 200, answer.text
    assert (answer.json["quote_id"], answer.json["available"]) == (None, None)
    assert answer.json["p90"] > 0
    assert answer.json["job"]["scenes"] == 1


def test_an_engine_that_is_not_for_paid_videos_is_refused(api: FlaskClient, ada: Person) -> None:
    works.give(100, ada.user_id)
    offers = [
        replace(o, commercial_use=False, licence="CPML") if o.name == "xtts" else o for o in real()
    ]
    beat(current_services().redis, *offers)
    session = session_of(api, ada)
    refused = start(api, ada, session)
    assert code(refused) == (422, "LICENCE_NON_COMMERCIAL")
    assert refused.json["errors"][0]["field"] == "engines.voice"
    assert code(api.post("/api/estimate", json={"script": SCRIPT}))[0] == 422
    beat(current_services().redis, *offers, replace(offers[1], name="piper", commercial_use=True))
    started = start(api, ada, session)
    assert started.status_code == 202, started.text
    with reading() as db:
        terms = db.get_one(Charge, (started.json["job_id"], 0)).terms
    assert {i["engine"] for i in terms["items"] if i["stage"] == "voice"} == {"piper"}


def test_a_budget_stops_starts_and_warns_at_four_fifths(api: FlaskClient, ada: Person) -> None:
    works.give(100, ada.user_id)
    session = session_of(api, ada)
    first = start(api, ada, session).json["job_id"]
    hold = works.charge(first).hold / CREDIT
    budget = {"period": "day", "credits": round(hold * 2.2, 6)}
    put = api.put("/api/budgets", json=budget, headers=ada.headers)
    assert put.status_code == 200, put.text
    assert (put.json["used"], put.json["warned"]) == (hold, False)
    assert start(api, ada, session).status_code == 202
    with reading() as db:
        mails = select(QueuedMail.kind).where(QueuedMail.user_id == ada.user_id)
        assert list(db.scalars(mails)) == ["budget_reached"]
    (listed,) = api.get("/api/budgets", headers=ada.headers).json["budgets"]
    assert (listed["used"], listed["warned"]) == (2 * hold, True)
    refused = start(api, ada, session)
    assert code(refused) == (402, "BUDGET_REACHED")
    assert refused.json["credits"]["missing"] == pytest.approx(hold * 0.8)
    works.fail(first)
    assert start(api, ada, session).status_code == 202
    gone = api.delete(f"/api/budgets/{listed['id']}", headers=ada.headers)
    assert gone.status_code == 204
    assert start(api, ada, session).status_code == 202


def test_a_budget_of_a_key_stops_that_key_only(api: FlaskClient, ada: Person) -> None:
    works.give(100, ada.user_id)
    session = session_of(api, ada)
    sent = {"name": "Robot", "scopes": ["jobs:read", "jobs:write"]}
    key = api.post("/api/keys", json=sent, headers=ada.headers).json
    budget = {"period": "month", "credits": 0.5, "key_id": key["id"]}
    assert api.put("/api/budgets", json=budget, headers=ada.headers).status_code == 200
    wanted = {"session_id": session, "script": SCRIPT}
    by_key = api.post("/process/start", json=wanted, headers={"X-API-Key": key["key"]})
    assert code(by_key) == (402, "BUDGET_REACHED")
    assert start(api, ada, session).status_code == 202
    other = budget | {"key_id": "key_of_nobody"}
    assert code(api.put("/api/budgets", json=other, headers=ada.headers))[0] == 404


def test_usage_is_counted_by_day_engine_and_key(api: FlaskClient, ada: Person) -> None:
    works.give(100, ada.user_id)
    session = session_of(api, ada)
    sent = {"name": "Robot", "scopes": ["jobs:read", "jobs:write", "billing"]}
    key = api.post("/api/keys", json=sent, headers=ada.headers).json
    wanted = {"session_id": session, "script": SCRIPT}
    by_key = api.post("/process/start", json=wanted, headers={"X-API-Key": key["key"]})
    works.succeed(by_key.json["job_id"], facts={"seconds": 2.0})
    works.succeed(start(api, ada, session).json["job_id"], facts={"seconds": 2.4})
    reused = start(api, ada, session).json["job_id"]
    works.succeed(reused, found=True)

    def usage(query: str) -> Any:
        return api.get(f"/api/usage?{query}", headers={"X-API-Key": key["key"]})

    today = now().date().isoformat()
    by_day = usage("group_by=day").json
    assert by_day["credits"] == 2.2
    (row,) = by_day["rows"]
    assert (row["group"], row["jobs"], row["credits"]) == (today, 3, 2.2)
    assert (row["computed"], row["reused"], row["failed"]) == (10, 5, 0)
    rows = {row["group"]: row["credits"] for row in usage("group_by=key").json["rows"]}
    assert rows == {"": 1.2, key["id"]: 1.0}
    table = usage(f"group_by=engine&from={today}&to={today}&format=csv")
    assert table.mimetype == "text/csv"
    assert table.text.splitlines() == [
        "group,jobs,credits,computed,reused,failed",
        "piper,3,2.2,10,5,0",
    ]
    assert usage("to=2020-01-01&from=2019-01-01").json["rows"] == []


def test_a_mail_says_when_credits_run_low(api: FlaskClient, ada: Person) -> None:
    works.give(2, ada.user_id)
    session = session_of(api, ada)
    assert start(api, ada, session).status_code == 202
    with reading() as db:
        mails = select(QueuedMail.kind).where(QueuedMail.user_id == ada.user_id)
        assert list(db.scalars(mails)) == ["credits_low"]


def test_grants_count_once_and_corrections_take_what_is_free(
    api: FlaskClient, ada: Person, admin: Person
) -> None:
    for _ in range(3):
        assert grant(api, admin, ada, 5, reference="invoice 1").json["balance"] == 5.0
    start(api, ada, session_of(api, ada))
    assert code(grant(api, admin, ada, -4.9)) == (402, "CREDITS_NEEDED")
    assert grant(api, admin, ada, -1).json["balance"] == 4.0
    shown = api.get(f"/api/admin/users/{ada.user_id}/credits", headers=admin.headers)
    assert shown.json["balance"] == 4.0
    for wrong in (0, 0.0000001, 1e12, "5", True, None):
        assert code(grant(api, admin, ada, wrong))[0] == 422  # type: ignore[arg-type]
    audit = api.get("/api/admin/audit?action=credits.grant", headers=admin.headers).json
    assert [entry["details"]["credits"] for entry in audit["entries"]] == [5.0]
    works.assert_sound()


def test_all_of_it_is_off_by_default(app: Flask) -> None:
    api = app.test_client()
    ada = sign_up(api, verified=True)
    for method, path in (("GET", "/api/credits"), ("PUT", "/api/budgets")):
        answer = api.open(path, method=method, json={}, headers=ada.headers)
        assert code(answer) == (404, "BILLING_OFF")
    assert api.get("/capabilities").json["billing"]["credits"] is False
