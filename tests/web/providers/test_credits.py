"""A clip holds its quote and is charged once, for what delivered it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from tasks.domain.failure import Failure
from tasks.domain.hosted import Outcome, Report
from tests.deployment import USER, Deployment
from tests.services import paid_jobs
from tests.services.redis_server import RedisServer
from tests.web.providers.clips import calls_of, order, sell_at
from web.accounts.models import owner_of
from web.billing import charging, ledger
from web.db.columns import now
from web.db.engine import reading, writing
from web.jobs import transitions
from web.jobs.models import Job
from web.providers import calls, choosing, reporting, schedule, statistics
from web.providers.errors import PurchaseUnknown
from web.providers.models import ProviderCall


@pytest.fixture
def system(
    tmp_path: Path, redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Deployment]:
    monkeypatch.setattr(choosing, "reachable_providers", lambda _: {"shop"})
    settings = {"AUTH": "optional", **paid_jobs.SETTINGS}
    with Deployment(tmp_path, redis_server, **settings) as built, built.app.app_context():
        built._sign_up()
        built.owner = owner_of(USER)
        paid_jobs.give_credits(USER)
        sell_at(built, "http://127.0.0.1:9", one={}, two={"price_micro": 200_000})
        yield built


def bought(system: Deployment, job_id: str) -> ProviderCall:
    """Commit the intent of a job's call, as the controller does before it asks a worker."""
    with writing() as db:
        for call in db.scalars(select(ProviderCall).where(ProviderCall.job_id == job_id)):
            calls.begin_submit(call, now(), timedelta(seconds=60))
    (found,) = [one for one in calls_of(system, job_id) if one.state == "submitting"]
    return found


def report(system: Deployment, call: ProviderCall, outcome: Outcome, **more: Any) -> None:
    given = Report(call.id, outcome, call.attempt, task_id="t", key="main", **more)
    schedule.apply_reports(system.services, [given])


def test_a_delivered_clip_costs_its_price_and_its_quote_is_released(system: Deployment) -> None:
    job_id = order(system)
    with reading() as db:
        (charge,) = charging.of_job(db, job_id)
        assert charge.hold == 50_000_000  # 5 s at $0.1 and 100 credits a dollar
        held = ledger.balance(db, system.owner).held
        assert held == charge.hold
    call = bought(system, job_id)
    report(system, call, Outcome.SUBMITTED)
    report(system, call, Outcome.FETCHED, artifact="raw", facts={})
    report(system, call, Outcome.FINISHED, artifact="a", facts={})
    with writing() as db:
        transitions.succeed(db, db.get_one(Job, job_id), now())
    with reading() as db:
        (charge,) = charging.of_job(db, job_id)
        assert (charge.state, charge.used) == ("settled", 50_000_000)
        assert ledger.balance(db, system.owner).held == 0
        text = charging.Credits().receipt(db, db.get_one(Job, job_id))
        assert "clip, shop/one: 5.0 x 10 a second = 50" in text
    paid_jobs.assert_charged_once(USER)


def test_an_unknown_purchase_costs_its_user_nothing(system: Deployment) -> None:
    job_id = order(system)
    call = bought(system, job_id)
    report(system, call, Outcome.UNKNOWN, cause="unknown")
    (after,) = calls_of(system, job_id)
    assert (after.state, after.spent) == ("unknown", True)
    with writing() as db:
        transitions.fail(db, db.get_one(Job, job_id), Failure.of_error(PurchaseUnknown()), now())
    with reading() as db:
        (charge,) = charging.of_job(db, job_id)
        assert (charge.state, charge.used) == ("released", 0)
    paid_jobs.assert_charged_once(USER)


def test_a_fallback_stays_inside_the_quote(system: Deployment) -> None:
    """What a lost task may have cost leaves too little; a refused one has cost nothing."""
    lost, refused = (order(system, model="", routing="best") for _ in range(2))
    for job_id in (lost, refused):
        report(system, bought(system, job_id), Outcome.SUBMITTED)
    (call,) = calls_of(system, lost)
    for _ in range(calls.DEAD_LINKS):
        report(system, call, Outcome.GONE, message="lost")
    (call,) = calls_of(system, refused)
    report(system, call, Outcome.FAILED, cause="moderation")
    assert [(one.state, one.spent) for one in calls_of(system, lost)] == [("failed", True)]
    states = [(one.state, one.spent) for one in calls_of(system, refused)]
    assert states == [("failed", False), ("queued", False)]


def test_a_marked_clip_is_made_by_another_model_for_the_confirmed_price(
    system: Deployment,
) -> None:
    """The named model has put its logo on it; a second one that does so too ends the clip."""
    job_id = order(system, model="shop/two")
    for number, model in enumerate(("shop/two", "shop/one")):
        call = bought(system, job_id)
        assert call.model_id == model
        report(system, call, Outcome.SUBMITTED)
        report(system, call, Outcome.FETCHED, artifact="raw", facts={})
        said = "The clip shows a foreign logo or watermark at the top left."
        report(system, call, Outcome.DAMAGED, cause="marked", message=said)
        row = calls_of(system, job_id)[number]
        assert (row.state, row.cause, row.spent) == ("failed", "marked", True)
    (_, second) = calls_of(system, job_id)
    event, _, _ = reporting.ended(Job(id=job_id, session_id="s", revision=1, attempt=1), second)
    assert event.details["error_code"] == "CLIP_MARKED"
    assert "at the top left" in event.message
    with reading() as db:
        assert statistics.records(db)["shop/one"].marks


def test_a_damaged_clip_of_a_named_model_is_not_made_by_another(system: Deployment) -> None:
    job_id = order(system)
    call = bought(system, job_id)
    report(system, call, Outcome.SUBMITTED)
    report(system, call, Outcome.FETCHED, artifact="raw", facts={})
    report(system, call, Outcome.DAMAGED, cause="damaged")
    assert [one.state for one in calls_of(system, job_id)] == ["failed"]
