"""Free credits of the month, territories of licences, and receipts in words."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from config.settings import Settings
from tasks.domain.job import JobOptions
from tasks.domain.offers import Offer
from tests.web.billing import works
from tests.web.billing.conftest import paying
from tests.web.billing.works import CREDIT, OWNER, USER
from tests.web.conftest import close
from web.accounts.models import User
from web.app import create_app
from web.billing import allowances, receipts
from web.billing.errors import CreditsNeeded
from web.billing.models import Transfer
from web.db.columns import now
from web.db.engine import reading, writing
from web.jobs import charging
from web.jobs.models import Job
from web.services import current_services

FREE = 30


@pytest.fixture
def generous(either: Settings) -> Iterator[Flask]:
    """A server that gives free credits."""
    app = create_app(paying(either, free_monthly_credits=FREE))
    with app.app_context():
        yield app
    close(app)


def keys() -> list[str]:
    with reading() as db:
        given = select(Transfer.key).where(Transfer.kind == "monthly").order_by(Transfer.key)
        return list(db.scalars(given))


def test_a_user_gets_the_credits_of_a_month_once(
    generous: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    works.open_account()

    def ask(_: int) -> None:
        with generous.app_context():
            allowances.give_due(current_services(), OWNER)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(ask, range(24)))
    assert len(keys()) == 1
    assert works.balance().posted == FREE * CREDIT
    next_month = now().replace(day=1) + timedelta(days=32)
    monkeypatch.setattr(allowances, "now", lambda: next_month)
    works.start()  # takes what it needs by itself
    assert keys()[1] == f"monthly:{OWNER}:{next_month:%Y-%m}"
    assert works.balance().posted == 2 * FREE * CREDIT
    works.assert_sound()


def test_only_users_of_the_plan_free_get_them(generous: Flask) -> None:
    works.open_account()
    with writing() as db:
        db.get_one(User, USER).plan = "premium"
    with pytest.raises(CreditsNeeded):
        works.start()
    for other in ("visitor:1", "key:tester", "operators", "user:unknown"):
        allowances.give_due(current_services(), other)
    assert keys() == []


def test_no_credits_are_given_where_the_setting_says_none(billed: Flask) -> None:
    works.open_account()
    with pytest.raises(CreditsNeeded):
        works.start()
    assert keys() == []


@pytest.mark.parametrize(
    ("region", "covered"), [("", False), ("FR", False), ("EU", False), ("US", True)]
)
def test_a_licence_counts_where_the_service_is_provided(
    settings: Settings, region: str, covered: bool
) -> None:
    services = create_app(paying(settings, region=region)).extensions["callsheet"]
    everywhere = Offer("voice", "piper", "1", "real", "lite")
    offer = replace(everywhere, excluded_regions=("EU", "KR"))
    for billed in (False, True):
        assert charging.is_licensed(services, everywhere, billed=billed)
        assert charging.is_licensed(services, offer, billed=billed) is covered
    assert JobOptions(script="Hi.")
    services.redis.close()


def test_a_receipt_says_what_a_video_cost_and_what_was_free(billed: Flask) -> None:
    works.open_account(amount=10)
    job_id = works.start()
    works.succeed(job_id, facts={"seconds": 2.0})
    with reading() as db:
        text = charging.receipt(db, db.get_one(Job, job_id))
        assert text == receipts.in_words(db, works.charge(job_id))
    assert text.startswith("It cost 1 credits:\n")
    assert "- voice, piper: 2.0 x 0.1 a second = 0.2" in text
    failed = works.start()
    works.fail(failed)
    with reading() as db:
        assert charging.receipt(db, db.get_one(Job, failed)) == "It cost no credits."
