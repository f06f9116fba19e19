"""What projects cost: quotes cover every stage, receipts say each, budgets stop a project."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import select

from tasks.domain.errors import CallsheetError
from tests.web.billing import works as money
from tests.web.billing.works import CREDIT, OWNER, USER
from tests.web.projects import works
from web.audit.log import COMMAND_LINE
from web.billing import budgets, charging, reports, usage_report
from web.billing.errors import BudgetReached, CreditsNeeded
from web.billing.estimates import Item, Terms
from web.billing.usage_report import Wanted
from web.db.columns import now
from web.db.engine import reading, writing
from web.jobs import transitions
from web.jobs.charging import Origin
from web.jobs.models import PROJECT
from web.notifications import choices, outbox
from web.notifications.models import QueuedMail
from web.projects import plans, production, projects
from web.projects.errors import PlanChanged
from web.projects.production import Confirmation
from web.services import current_services

STARTS = 200


def _quote(project_id: str) -> dict[str, object]:
    with reading() as db:
        project = projects.find(db, project_id)
        return production.quote(current_services(), db, project)


def _speaking() -> str:
    project_id = works.planned(OWNER)
    with reading() as db:
        raw = plans.current(db, projects.find(db, project_id)).plan
    raw["scenes"][0]["voice_line"] = "Hello."
    plans.put(project_id, plans.parse(raw), 1)
    return project_id


def test_a_quote_covers_what_is_held_and_a_receipt_says_each_stage(billed_either: Flask) -> None:
    works.beat()
    money.open_account(amount=10)
    project_id = _speaking()
    quote = _quote(project_id)
    stages = {line["stage"]: line["quantity"] for line in quote["stages"]}  # type: ignore[attr-defined]
    assert stages == {"voice": 4.0, "sound": 8.0, "edit": 8.0, "check": 8.0}
    assert quote["credits"] == pytest.approx(2.8)
    confirmed = Confirmation(quote_id=str(quote["quote_id"]))
    generation = works.generate(project_id, confirmed)
    assert money.balance().held == 2_800_000
    works.make_video(generation, "voice", "sound", "edit", "check")
    assert (money.balance().held, money.balance().posted) == (0, 7_200_000)
    with reading() as db:
        receipt = reports.receipt(db, generation.job_id)
        today = now().date()
        rows = usage_report.of_owner(db, OWNER, Wanted(today, today, "project"))
    assert {line["stage"]: line["credits"] for line in receipt["runs"][0]["lines"]} == {
        "voice": 0.4,
        "sound": 0.8,
        "edit": 0.8,
        "check": 0.8,
    }
    assert [(row["group"], row["credits"]) for row in rows] == [(project_id, 2.8)]
    money.assert_sound()


def test_an_analysis_that_cannot_be_used_is_mailed_once(billed: Flask) -> None:
    """Its job has succeeded, so no other mail says it."""
    money.open_account(amount=10)
    project_id = works.create(OWNER, "Spring")
    works.analysed(project_id, "gone")
    with writing() as db:
        choices.choose(db, USER, {"job_ended": True})
    for _ in range(2):
        works.follow()
    with reading() as db:
        (mail,) = db.scalars(select(QueuedMail))
        told = outbox.unsealed(current_services(), mail)
    assert told is not None
    assert "Spring" in told.text
    assert f"/projects/{project_id}" in told.text


def test_a_project_that_does_not_come_through_costs_nothing(billed: Flask) -> None:
    works.beat()
    money.open_account(amount=10)
    generation = works.generate(works.planned(OWNER))
    assert money.balance().held == 2_400_000
    money.fail(generation.job_id)
    works.follow()
    assert money.balance() == money.Balance(10 * CREDIT, 0)
    money.assert_sound()


def test_without_enough_credits_nothing_is_started(billed: Flask) -> None:
    works.beat()
    money.open_account(amount=1)
    project_id = works.planned(OWNER)
    with pytest.raises(CreditsNeeded):
        works.generate(project_id)
    assert works.project(project_id).generation_id is None
    assert money.balance().held == 0


def test_another_price_is_not_confirmed(billed: Flask) -> None:
    works.beat()
    money.open_account(amount=10)
    quote = str(_quote(works.planned(OWNER))["quote_id"])
    with pytest.raises(PlanChanged):
        works.generate(_speaking(), Confirmation(quote_id=quote))


def test_a_budget_of_a_project_stops_that_project_only(billed: Flask) -> None:
    works.beat()
    money.open_account(amount=100)
    mine, other = works.planned(OWNER), works.planned(OWNER)
    budget = budgets.put(COMMAND_LINE, USER, "", "day", 3 * CREDIT, project_id=mine)
    works.make_video(works.generate(mine))
    works.make_video(works.generate(other))
    with pytest.raises(BudgetReached, match="of this project"):
        works.generate(mine)
    with reading() as db:
        (report,) = (budgets.report(row, now()) for row in budgets.listed(db, OWNER))
    assert (report["project_id"], report["used"]) == (mine, 2.4)
    projects.remove(current_services(), mine)
    with reading() as db:
        assert budgets.listed(db, OWNER) == []
    assert budget.amount == 3 * CREDIT


def test_a_budget_of_a_project_holds_under_many_starts_at_once(billed_either: Flask) -> None:
    money.open_account(amount=1000)
    project_id = works.create(OWNER)
    session = works.project(project_id).session_id
    budgets.put(COMMAND_LINE, USER, "", "day", 7 * CREDIT, project_id=project_id)
    terms = Terms(
        "none", (1.0,), 0.0, (Item("edit", "cutter", "scene", 1, CREDIT, CREDIT, CREDIT),)
    )
    refused: list[str] = []

    def start(_number: int) -> bool:
        with billed_either.app_context():
            try:
                with writing() as db:
                    job = transitions.open_clip(
                        db, session, kind=PROJECT, project_id=project_id, options={}, inputs={}
                    )
                    return charging.hold_terms(current_services(), db, job, Origin(), terms)
            except CallsheetError as error:
                refused.append(error.code)
                return False

    with ThreadPoolExecutor(8) as pool:
        started = sum(pool.map(start, range(STARTS)))
    assert (started, set(refused)) == (7, {"BUDGET_REACHED"})
    assert len(refused) == STARTS - 7
    assert money.balance().held == 7 * CREDIT
    money.assert_sound()
