"""Credits under everything that may happen to jobs, in any order, and from many threads."""

from __future__ import annotations

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import delete, func, select

from tasks.domain.errors import CallsheetError
from tasks.domain.job import JobState
from tests.web.billing import works
from tests.web.billing.works import CREDIT, OWNER, PLAN, USER
from web.audit.log import COMMAND_LINE
from web.billing import check, grants
from web.billing.grants import Change
from web.billing.models import Charge, ChargeLine, CreditAccount, Entry, Transfer
from web.db.columns import now
from web.db.engine import reading, writing
from web.jobs import submission, transitions
from web.jobs.models import Job, PlanRevision, StageRun
from web.services import current_services

OPERATIONS = 10_000
THREADS = 8
_job = st.integers(0, 30)


class Money(RuleBasedStateMachine):
    """One person with credits, and what the balance must be."""

    def __init__(self) -> None:
        super().__init__()
        with writing() as db:
            for table in (ChargeLine, Charge, Entry, Transfer, CreditAccount):
                db.execute(delete(table))
            for jobs in (StageRun, PlanRevision, Job):
                db.execute(delete(jobs))
        self.granted = 0
        self.jobs: list[str] = []

    def _some(self, number: int) -> str | None:
        return self.jobs[number % len(self.jobs)] if self.jobs else None

    @rule(amount=st.integers(1, 5 * CREDIT), again=st.booleans())
    def grant(self, amount: int, again: bool) -> None:
        for _ in range(1 + again):
            grants.grant(COMMAND_LINE, OWNER, Change(amount, reference=str(self.granted)))
        self.granted += amount

    @rule(amount=st.integers(1, 3 * CREDIT))
    def take_away(self, amount: int) -> None:
        if _allowed(lambda: grants.adjust(COMMAND_LINE, OWNER, Change(-amount))):
            self.granted -= amount

    @rule()
    def start(self) -> None:
        found: list[str] = []
        if _allowed(lambda: found.append(works.start())):
            self.jobs += found
            works.plan(found[0])

    @rule(
        number=_job,
        stages=st.lists(st.sampled_from(PLAN), unique=True),
        found=st.booleans(),
        seconds=st.floats(allow_nan=True, allow_infinity=True),
    )
    def complete(self, number: int, stages: list[str], found: bool, seconds: float) -> None:
        job_id = self._some(number)
        if job_id is not None and not works.state(job_id).terminal:
            works.complete(job_id, stages, found=found, facts={"seconds": seconds})

    @rule(number=_job)
    def revise(self, number: int) -> None:
        job_id = self._some(number)
        if job_id is not None and not works.state(job_id).terminal:
            works.plan(job_id, {"voice": "kokoro"})

    @rule(number=_job, how=st.sampled_from((works.fail, works.cancel)))
    def end(self, number: int, how: Callable[[str], None]) -> None:
        job_id = self._some(number)
        if job_id is not None:
            how(job_id)

    @rule(number=_job)
    def end_unread(self, number: int) -> None:
        job_id = self._some(number)
        if job_id is not None:
            with writing() as db:
                transitions.fail_unread(db, job_id, now())

    @rule(number=_job, by_operator=st.booleans())
    def retry(self, number: int, by_operator: bool) -> None:
        job_id = self._some(number)
        if job_id is None:
            return
        if by_operator:
            submission.redrive(current_services(), [job_id])
        elif works.state(job_id) is not JobState.SUCCEEDED:
            _allowed(lambda: works.retry(job_id))

    @invariant()
    def everything_adds_up(self) -> None:
        works.assert_sound()
        with reading() as db:
            used = int(db.scalar(select(func.coalesce(func.sum(Charge.used), 0))) or 0)
            open_holds = select(func.coalesce(func.sum(Charge.hold), 0))
            held = int(db.scalar(open_holds.where(Charge.state == "open")) or 0)
            lines = int(db.scalar(select(func.coalesce(func.sum(ChargeLine.amount), 0))) or 0)
            beyond = select(Charge.job_id).where((Charge.used > Charge.hold) | (Charge.used < 0))
            failed = select(Charge.used).where(Charge.outcome == "failed", Charge.used != 0)
            assert list(db.scalars(beyond)) == list(db.scalars(failed)) == []
        found = works.balance()
        assert found == works.Balance(self.granted - used, held)
        assert found.available >= 0
        assert lines == used


def test_credits_add_up_whatever_happens(billed_either: Flask) -> None:
    works.open_account()
    run_state_machine_as_test(
        Money,
        settings=settings(
            max_examples=12,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_ten_thousand_operations_at_once_add_up(billed_either: Flask) -> None:
    people = [USER, *(f"usr_{number}" for number in range(2, 6))]
    for person in people:
        works.open_account(person, 50)
    jobs: list[str] = []
    counted: dict[str, int] = {}

    def work(seed: int) -> None:
        chance = random.Random(seed)
        with billed_either.app_context():
            for _ in range(OPERATIONS // THREADS):
                name = _operate(chance, people, jobs)
                counted[name] = counted.get(name, 0) + 1

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(work, range(THREADS)))
    for job_id in jobs:
        works.cancel(job_id)
    works.assert_sound()
    with reading() as db:
        assert db.scalar(select(func.sum(CreditAccount.held))) == 0
        assert db.scalar(select(func.sum(Entry.amount))) == 0
        assert check.differences(db) == []
        ends = select(func.count()).where(Transfer.key.startswith("end:"))
        assert db.scalar(ends) == db.scalar(select(func.count()).select_from(Charge))
    print(f"{sum(counted.values())} operations: {counted}, {len(jobs)} jobs")


def _operate(chance: random.Random, people: list[str], jobs: list[str]) -> str:
    """Do one thing that a person, a worker or an operator may do."""
    name = chance.choice(("start", "complete", "complete", "fail", "cancel", "retry", "grant"))
    job_id = chance.choice(jobs) if jobs else None
    if name == "start" or job_id is None:

        def begin() -> None:
            started = works.start(chance.choice(people))
            works.plan(started)
            jobs.append(started)

        return name if _allowed(begin) else "refused"
    does: dict[str, Callable[[], Any]] = {
        "complete": lambda: works.complete(job_id, facts={"seconds": chance.uniform(0, 9)}),
        "fail": lambda: works.fail(job_id),
        "cancel": lambda: works.cancel(job_id),
        "retry": lambda: works.retry(job_id),
        "grant": lambda: works.give(0.1, chance.choice(people)),
    }
    return name if _allowed(does[name]) else "refused"


def _allowed(act: Callable[[], object]) -> bool:
    """Do something; whether it was not refused."""
    try:
        act()
    except CallsheetError:
        return False
    return True
