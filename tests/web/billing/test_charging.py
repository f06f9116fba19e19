"""Runs of jobs hold, settle and release credits, once, whatever happens to them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select, text

from config.settings import Settings
from tasks.domain.errors import CallsheetError
from tasks.domain.job import JobState
from tests.web.billing import works
from tests.web.billing.conftest import paying
from tests.web.billing.works import CREDIT, OWNER, PLAN
from tests.web.conftest import close
from web.app import create_app
from web.billing.errors import CreditsNeeded
from web.billing.models import Charge, PriceVersion, Transfer
from web.db.columns import now
from web.db.engine import reading, writing
from web.errors import LoginRequired
from web.jobs import submission, transitions
from web.jobs.idempotency import IdempotencyRequest
from web.jobs.models import Job
from web.services import current_services

STAGES = len(PLAN) - 1
"""Those that cost something for a given script."""


def cost(seconds: float) -> int:
    """What a video of so many seconds costs at 0.1 credits a second and stage."""
    return round(STAGES * seconds * CREDIT / 10)


def test_a_start_holds_the_upper_end_and_success_charges_what_was_used(
    billed_either: Flask,
) -> None:
    works.open_account(amount=10)
    job_id = works.start()
    charge = works.charge(job_id)
    assert works.balance().held == charge.hold > 0
    works.succeed(job_id, facts={"seconds": 2.0})
    assert works.state(job_id) is JobState.SUCCEEDED
    assert (works.charge(job_id).state, works.charge(job_id).used) == ("settled", cost(2.0))
    assert works.balance().posted == 10 * CREDIT - cost(2.0)
    assert works.balance().held == 0
    works.assert_sound()


def test_nothing_is_held_or_charged_while_billing_is_off(app: Flask) -> None:
    works.open_account()
    job_id = works.start()
    works.succeed(job_id)
    with reading() as db:
        assert not db.get_one(Job, job_id).billed
        assert db.scalars(select(Transfer)).all() == []
        assert db.scalars(select(Charge)).all() == []


def test_a_start_without_enough_credits_says_what_is_missing(billed_either: Flask) -> None:
    works.open_account(amount=0.5)
    with pytest.raises(CreditsNeeded) as refused:
        works.start()
    needed = refused.value.details["credits"]
    assert needed["available"] == 0.5
    assert needed["missing"] == pytest.approx(needed["needed"] - 0.5)
    with reading() as db:
        assert db.scalars(select(Job)).all() == []
    works.give(needed["missing"])
    works.start()
    assert works.balance().available == 0
    works.assert_sound()


def test_visitors_are_asked_to_sign_in(billed: Flask) -> None:
    works.open_account()
    with writing() as db:
        db.execute(text("UPDATE session SET owner = 'visitor:1'"))
    with pytest.raises(LoginRequired):
        works.start()


def test_a_failed_run_costs_nothing(billed_either: Flask) -> None:
    """The bug: a charge at submit was never reversed on failure."""
    works.open_account(amount=10)
    job_id = works.start()
    works.plan(job_id)
    works.complete(job_id, PLAN[:-1])
    works.fail(job_id)
    assert (works.charge(job_id).state, works.charge(job_id).used) == ("released", 0)
    assert works.balance() == works.Balance(10 * CREDIT, 0)
    assert {line.amount for line in works.lines(job_id)} == {0}
    works.assert_sound()


def test_a_job_that_cannot_be_read_releases_its_hold(billed_either: Flask) -> None:
    works.open_account(amount=10)
    job_id = works.start()
    with writing() as db:
        transitions.fail_unread(db, job_id, now())
    assert works.balance() == works.Balance(10 * CREDIT, 0)
    works.assert_sound()


def test_a_cancelled_run_pays_for_the_steps_it_completed(billed_either: Flask) -> None:
    works.open_account(amount=10)
    job_id = works.start()
    works.plan(job_id)
    works.complete(job_id, ("script", "face", "voice"), facts={"seconds": 3.0})
    works.cancel(job_id)
    assert works.charge(job_id).used == cost(3.0) * 2 // STAGES
    works.assert_sound()


def test_each_retry_is_a_run_that_pays_only_for_what_it_computes(billed_either: Flask) -> None:
    works.open_account(amount=20)
    job_id = works.start()
    works.plan(job_id)
    works.complete(job_id, ("script", "face", "voice"), facts={"seconds": 2.0})
    works.cancel(job_id)
    first = works.charge(job_id)
    works.retry(job_id)
    second = works.charge(job_id, 1)
    assert second.hold < first.hold
    assert second.price_version == first.price_version
    with writing() as db:
        db.get_one(Job, job_id).attempt += 1
    works.complete(job_id, ("animate", "enhance", "assemble"))
    assert works.charge(job_id).used + works.charge(job_id, 1).used == cost(2.0)
    outcomes = {line.stage: line.outcome for line in works.lines(job_id, 1)}
    assert outcomes["voice"] == "earlier"
    assert outcomes["animate"] == "computed"
    works.assert_sound()


def test_a_redelivered_end_charges_once(billed_either: Flask) -> None:
    works.open_account(amount=10)
    job_id = works.start()
    works.succeed(job_id)
    before = works.balance()
    works.complete(job_id)
    works.fail(job_id)
    works.cancel(job_id)
    assert works.balance() == before
    works.assert_sound()


def test_a_later_failure_does_not_refund_a_settled_run(billed_either: Flask) -> None:
    """The bug: settle, then a later step failed and the credits were refunded again."""
    works.open_account(amount=10)
    job_id = works.start()
    works.succeed(job_id)
    before = works.balance()
    with writing() as db:
        job = db.get_one(Job, job_id)
        assert not transitions.retry_or_fail(db, job, works.FAILURE, 1, now())
        assert not transitions.fail_unread(db, job_id, now())
    assert works.balance() == before
    works.assert_sound()


def test_an_operators_redrive_holds_again_and_charges_once(billed_either: Flask) -> None:
    works.open_account(amount=10)
    job_id = works.start()
    works.plan(job_id)
    works.fail(job_id)
    services = current_services()
    assert submission.redrive(services, [job_id]) == [job_id]
    assert submission.redrive(services, [job_id]) == []
    with writing() as db:
        db.get_one(Job, job_id).attempt += 1
    works.complete(job_id, facts={"seconds": 2.0})
    assert works.balance() == works.Balance(10 * CREDIT - cost(2.0), 0)
    works.assert_sound()


def test_a_redrive_leaves_jobs_whose_owner_lacks_the_credits(billed: Flask) -> None:
    works.open_account(amount=2)
    failed = works.start()
    works.fail(failed)
    works.start()
    services = current_services()
    assert submission.redrive(services, [failed]) == []
    assert works.state(failed) is JobState.FAILED
    works.assert_sound()


def test_a_repeated_request_holds_once(billed_either: Flask) -> None:
    works.open_account(amount=10)
    request = IdempotencyRequest("session-of-usr_1", "key-1", "digest")
    assert works.start(request=request) == works.start(request=request)
    with reading() as db:
        assert len(db.scalars(select(Charge)).all()) == 1
    works.assert_sound()


def test_the_length_of_the_output_counts_and_not_the_time_it_took(billed: Flask) -> None:
    """The bug: billed by run time instead of output."""
    works.open_account(amount=100)
    slow, fast = works.start(), works.start()
    works.succeed(slow, facts={"seconds": 2.0}, seconds=4000.0)
    works.succeed(fast, facts={"seconds": 2.0}, seconds=0.1)
    assert works.charge(slow).used == works.charge(fast).used == cost(2.0)


@pytest.mark.parametrize("length", [float("inf"), -5.0, 1e12, "long", True, None])
def test_a_worker_cannot_report_any_length(billed: Flask, length: object) -> None:
    works.open_account(amount=100)
    job_id = works.start()
    expected = works.charge(job_id).expected_seconds
    works.succeed(job_id, facts={"seconds": length})
    assert works.charge(job_id).used == pytest.approx(cost(expected), abs=STAGES)


def test_a_longer_video_costs_no_more_than_its_hold(billed: Flask) -> None:
    works.open_account(amount=100)
    job_id = works.start()
    hold = works.charge(job_id).hold
    works.succeed(job_id, facts={"seconds": 30.0})
    assert works.charge(job_id).used == hold
    assert works.lines(job_id)[-1].outcome == "limit"
    assert sum(line.amount for line in works.lines(job_id)) == hold
    works.assert_sound()


def test_reused_steps_cost_what_the_setting_says(settings: Settings) -> None:
    used = {}
    for policy in ("free", "charged"):
        app = create_app(paying(settings, reused_steps=policy))
        with app.app_context():
            works.open_account(f"usr_{policy}", amount=10)
            job_id = works.start(f"usr_{policy}")
            works.succeed(job_id, found=True, facts={"seconds": 2.0})
            used[policy] = works.charge(job_id).used
            assert {line.outcome for line in works.lines(job_id)} == {"reused"}
        close(app)
    assert used == {"free": 0, "charged": cost(2.0)}


def test_a_job_keeps_the_prices_that_it_was_quoted(settings: Settings) -> None:
    app = create_app(paying(settings))
    with app.app_context():
        works.open_account(amount=100)
        job_id = works.start()
    close(app)
    dearer = tuple(replace(price, micro=price.micro * 7) for price in settings.billing.prices)
    app = create_app(paying(settings, prices=dearer))
    with app.app_context():
        other = works.start()
        works.succeed(job_id, facts={"seconds": 2.0})
        works.succeed(other, facts={"seconds": 2.0})
        assert works.charge(job_id).used == cost(2.0)
        assert works.charge(other).used == 7 * cost(2.0)
        assert works.charge(job_id).price_version != works.charge(other).price_version
        works.assert_sound()
    close(app)


@pytest.mark.parametrize("prices", [{"*": [-1, "second"]}, {"*": [0, "second"]}, {}, [], None, "x"])
def test_broken_prices_lose_no_video_and_mint_no_credits(billed: Flask, prices: object) -> None:
    """The bugs: a sentinel price of -1 minted credits; an exception in the price lookup lost a
    finished video."""
    works.open_account(amount=10)
    job_id = works.start()
    with writing() as db:
        version = works.charge(job_id).price_version
        db.get_one(PriceVersion, version).prices = prices
    works.succeed(job_id)
    assert works.state(job_id) is JobState.SUCCEEDED
    assert works.balance() == works.Balance(10 * CREDIT, 0)
    works.assert_sound()


def test_two_hundred_starts_at_once_on_credits_for_twenty(billed_either: Flask) -> None:
    works.open_account()
    works.give(1000)
    hold = works.charge(works.start()).hold
    works.open_account("usr_2")
    works.give(20 * hold / CREDIT, "usr_2")
    refused: list[str] = []

    def attempt(_number: int) -> bool:
        with billed_either.app_context():
            try:
                works.start("usr_2")
            except CallsheetError as error:
                refused.append(error.code)
                return False
            return True

    with ThreadPoolExecutor(16) as pool:
        started = sum(pool.map(attempt, range(200)))
    assert started == 20
    assert set(refused) == {"CREDITS_NEEDED"}
    assert works.balance("user:usr_2") == works.Balance(20 * hold, 20 * hold)
    assert works.balance(OWNER).held == hold
    works.assert_sound()
