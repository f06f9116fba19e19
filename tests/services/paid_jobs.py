"""Jobs that cost credits, in any system of a test: held when they are accepted, checked at the end.

`CALLSHEET_TEST_BILLING=on` runs every system so (docs/testing.md).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tasks.domain.job import JobOptions, JobState
from web.accounts.models import owner_of
from web.audit.log import COMMAND_LINE
from web.billing import check, grants, ledger
from web.billing.grants import Change
from web.billing.models import Charge, Transfer
from web.db.engine import reading
from web.jobs import charging, transitions
from web.jobs.charging import Origin
from web.jobs.models import Job
from web.services import Services

BILLING: Final = "CALLSHEET_TEST_BILLING"
GRANTED: Final = 10**15
"""Micro-credits: enough for every test."""
SETTINGS: Final = {"BILLING": "on", "CREDIT_PRICES": "*=0.1/second,simulated=0.1/second"}


def settings(extra: Mapping[str, str]) -> dict[str, str]:
    """Return the settings of a system whose jobs cost credits; none where they do not."""
    if os.environ.get(BILLING) != "on" or extra.get("AUTH") == "off" or "BILLING" in extra:
        return {}
    return {"AUTH": "optional", **SETTINGS}


def give_credits(user_id: str) -> None:
    """Give a user enough for every test."""
    grants.grant(COMMAND_LINE, owner_of(user_id), Change(GRANTED))


def hold(services: Services, db: Session, job: Job) -> None:
    """Hold what a job may cost, as the API does in the transaction that inserts it."""
    taken = charging.prepare(services, JobOptions(**job.options), Origin())
    if taken is not None and taken.take(db, job):
        transitions.bill(job)


def assert_charged_once(user_id: str) -> None:
    """Check that everything adds up: nothing was charged twice, and no hold is left."""
    with reading() as db:
        assert check.differences(db) == []
        charges = list(db.scalars(select(Charge)))
        billed = set(db.scalars(select(Job.id).where(Job.billed)))
        charged = dict(
            db.execute(
                select(Transfer.job_id, func.sum(-Transfer.amount))
                .where(Transfer.kind == "charge")
                .group_by(Transfer.job_id)
            ).all()
        )
        balance = ledger.balance(db, owner_of(user_id))
    used: dict[str, int] = {}
    for charge in charges:
        used[charge.job_id] = used.get(charge.job_id, 0) + charge.used
        assert 0 <= charge.used <= charge.hold, charge.job_id
        assert charge.outcome != JobState.FAILED or charge.used == 0, "a failure costs nothing"
    assert {job_id: int(total) for job_id, total in charged.items()} == {
        job_id: total for job_id, total in used.items() if total
    }
    open_holds = sum(charge.hold for charge in charges if charge.state == "open")
    assert (balance.posted, balance.held) == (GRANTED - sum(used.values()), open_holds)
    assert billed <= {charge.job_id for charge in charges}
