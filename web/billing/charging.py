"""Bill jobs: hold credits when a run opens, settle or release them when it ends.

Both happen in the transaction of the job's own transition, so that no crash comes between.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, cast

import redis
from sqlalchemy import Table, insert, select
from sqlalchemy.orm import Session, defer

from tasks.domain.artifact import Blob
from tasks.domain.job import JobOptions, JobState
from tasks.nodes import registry
from web.accounts import plans
from web.billing import (
    allowances,
    budgets,
    estimates,
    ledger,
    notices,
    price_list,
    quotes,
    receipts,
    usage,
)
from web.billing.budgets import Payer
from web.billing.estimates import Choices, Spread, Terms
from web.billing.models import Charge, ChargeLine
from web.billing.price_list import PriceList
from web.billing.usage import Done, Line, Rules
from web.db.columns import now
from web.errors import LoginRequired
from web.jobs import charging, stage_runs
from web.jobs.charging import Origin
from web.jobs.models import Job, StageRun
from web.services import Services

log = logging.getLogger(__name__)

OPERATORS: Final = "operators"
NAMED_KEYS: Final = "key:"
"""Owners whose jobs cost nothing: operators, and the keys of `API_KEYS` that they configured."""
_CHARGE: Final = insert(cast(Table, Charge.__table__))
"""Built once: each start executes it."""
OPEN: Final = "open"
SETTLED: Final = "settled"
RELEASED: Final = "released"


@dataclass(frozen=True, slots=True)
class NewHold:
    """What the first run of a job may cost."""

    services: Services
    origin: Origin
    choices: Choices
    spread: Spread

    def take(self, db: Session, job: Job) -> bool:
        """Hold the upper end of the estimate, or of the quote that the request names."""
        if not _pays(job.owner):
            return False
        allowances.give(db, self.services, job.owner)
        self.choices.require_licences()
        options = JobOptions(**job.options)
        uploads = {name: Blob(**blob) for name, blob in job.inputs.items()}
        if self.origin.quote_id is not None:
            wanted = estimates.fingerprint(options, uploads)
            quote = quotes.find(db, self.origin.quote_id, job.owner, wanted, now())
            version, terms = quote.price_version, Terms.from_dict(quote.terms)
        else:
            prices = self.services.settings.billing.prices
            database = self.services.settings.database_url
            version, known = price_list.cached_version(db, database, prices), PriceList.of(prices)
            terms = estimates.terms(options, uploads, self.choices.engines, known, self.spread)
        return _hold(self.services, db, job, self.origin, Price(version, terms, terms.p90))


class Credits:
    """Jobs that are paid for with credits."""

    def prepare(self, services: Services, options: JobOptions, origin: Origin) -> NewHold | None:
        """Compute what a job may cost; None if jobs are not billed."""
        if not services.settings.billing.is_on:
            return None
        try:
            alive = registry.alive(services.redis)
        except redis.RedisError:
            alive = []  # the dearest engines are assumed
        choices = estimates.choose(services, alive, options)
        return NewHold(
            services, origin, choices, estimates.spread(services, estimates.kind_of(options))
        )

    def renew(self, services: Services, db: Session, job: Job, origin: Origin) -> bool:
        """Hold what is left of a job that is opened again, at the prices that it was quoted."""
        if not services.settings.billing.is_on or not _pays(job.owner):
            return False
        allowances.give(db, services, job.owner)
        first = db.scalar(select(Charge).where(Charge.job_id == job.id).order_by(Charge.run))
        if first is None:  # it began when jobs cost nothing
            hold = self.prepare(services, JobOptions(**job.options), origin)
            return hold is not None and hold.take(db, job)
        terms = Terms.from_dict(first.terms)
        left = terms.high(_undone_stages(db, job, terms))
        return _hold(services, db, job, origin, Price(first.price_version, terms, left))

    def end(self, db: Session, job_id: str, run: int, outcome: JobState, at: datetime) -> None:
        """Charge what the run has used, within its hold; a failed one costs nothing."""
        charge = db.get(Charge, (job_id, run), with_for_update=True, populate_existing=True)
        if charge is None or charge.state != OPEN:
            return
        found = _lines(db, charge, outcome)
        used = max(0, sum(line.amount for line in found))
        if not ledger.end_hold(
            db, charge.account_id, charge.hold, used, job_id=job_id, run=charge.run
        ):
            return
        charge.state, charge.used = SETTLED if used else RELEASED, used
        charge.outcome, charge.ended_at = outcome.value, at
        budgets.give_back(db, charge, charge.hold - used)
        day = at.astimezone(UTC).date().isoformat()
        owned = {"owner": charge.owner, "key_id": charge.key_id, "day": day}
        owned["project_id"] = charge.project_id
        for line in found:
            db.add(ChargeLine(job_id=job_id, run=run, **owned, **_columns(line)))

    def receipt(self, db: Session, job: Job) -> str:
        """Describe in words what the last run of a job cost; empty if it was not billed."""
        charge = db.get(Charge, (job.id, job.rounds))
        return "" if charge is None else receipts.in_words(db, charge)


charging.declare(Credits())

Lines = Callable[[Session, Charge], list[Line]]
_lines_of: Final[dict[str, Lines]] = {}


def declare_lines(kind: str, lines: Lines) -> None:
    """Let another domain say what runs of a kind of its own have used (`Terms.kind`)."""
    _lines_of[kind] = lines


def hold_terms(
    services: Services,
    db: Session,
    job: Job,
    origin: Origin,
    terms: Terms,
    *,
    version: int | None = None,
) -> bool:
    """Hold what a job costs by the terms of another domain; return whether it is billed.

    `version` is that of the price list of a quote.
    """
    if not services.settings.billing.is_on or not _pays(job.owner):
        return False
    allowances.give(db, services, job.owner)
    settings = services.settings
    if version is None:
        version = price_list.cached_version(db, settings.database_url, settings.billing.prices)
    return _hold(services, db, job, origin, Price(version, terms, terms.p90))


def _pays(owner: str) -> bool:
    """Return whether the jobs of an owner cost credits; raises for those that cannot have any."""
    if owner == OPERATORS or owner.startswith(NAMED_KEYS):
        return False
    if not plans.has_one(owner):
        raise LoginRequired("Videos cost credits on this server. Sign in first.")
    return True


@dataclass(frozen=True, slots=True)
class Price:
    """What a run may cost."""

    version: int
    terms: Terms
    high: int


def _hold(services: Services, db: Session, job: Job, origin: Origin, price: Price) -> bool:
    """Hold credits for the current run of a job; one that costs nothing is not billed."""
    if not price.high:
        return False
    key_id, at, terms = origin.key_id or "", now(), price.terms
    payer = Payer(job.owner, key_id, job.project_id or "")
    for warning in budgets.take(db, payer, price.high, at):
        notices.budget_nearly_used(db, services, warning, at)
    held = ledger.hold(db, job.owner, price.high, job_id=job.id, run=job.rounds)
    charge = {
        "job_id": job.id,
        "run": job.rounds,
        "account_id": held.account_id,
        "owner": job.owner,
        "key_id": key_id,
        "project_id": payer.project_id,
        "price_version": price.version,
        "terms": terms.to_dict(),
        "hold": price.high,
        "after_attempt": job.attempt,
        "charge_reused": services.settings.billing.reused_steps == "charged",
        "kind": terms.kind,
        "expected_seconds": sum(terms.seconds),
        "created_at": at,
    }
    db.execute(_CHARGE, charge)
    if held.available < price.high:
        notices.credits_low(db, services, job.owner, held.available, at)
    return True


def _undone_stages(db: Session, job: Job, terms: Terms) -> set[str]:
    """List the stages with steps to do; all of them before there is a plan."""
    of_this_plan = StageRun.job_id == job.id, StageRun.revision == job.revision
    if not job.revision:
        return {item.stage for item in terms.items}
    undone = select(StageRun.stage).where(*of_this_plan, StageRun.state != stage_runs.DONE)
    return set(db.scalars(undone.distinct()))


def _lines(db: Session, charge: Charge, outcome: JobState) -> list[Line]:
    """Compute the lines of a receipt; a video is never lost because of its price."""
    try:
        other = _lines_of.get(str(charge.terms.get("kind")))
        if other is not None:
            return usage.capped(other(db, charge), charge.hold) if _delivered(outcome) else []
        job = db.get_one(Job, charge.job_id)
        options, terms = JobOptions(**job.options), Terms.from_dict(charge.terms)
        steps = steps_of(db, job, facts=outcome is not JobState.FAILED)
        rules = Rules(
            prices=price_list.of_version(db, charge.price_version),
            after_attempt=charge.after_attempt,
            charge_reused=charge.charge_reused,
            charge=outcome is not JobState.FAILED,
        )
        charge.actual_seconds = sum(usage.scene_lengths(terms, steps))
        return usage.capped(usage.lines(terms, options, steps, rules), charge.hold)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        log.exception("price not computed", extra={"job_id": charge.job_id})
        return []


def _delivered(outcome: JobState) -> bool:
    return outcome is JobState.SUCCEEDED


def steps_of(db: Session, job: Job, *, facts: bool) -> list[Done]:
    """Read the steps of a job; without what workers reported where that is not needed."""
    query = select(StageRun).where(StageRun.job_id == job.id).order_by(StageRun.id)
    rows = db.scalars(query if facts else query.options(defer(StageRun.facts)))
    return [
        Done(
            *(row.stage, row.scene, row.engine, row.environment, row.kind, row.state),
            *(row.attempt, row.found, row.revision == job.revision),
            row.facts if facts else {},
        )
        for row in rows
    ]


def _columns(line: Line) -> dict[str, object]:
    return {
        "stage": line.stage,
        "engine": line.engine,
        "outcome": line.outcome,
        "steps": line.steps,
        "unit": line.unit,
        "quantity": line.quantity,
        "price": line.price,
        "amount": line.amount,
    }


def of_job(db: Session, job_id: str) -> list[Charge]:
    """List the charges of a job, oldest first."""
    return list(db.scalars(select(Charge).where(Charge.job_id == job_id).order_by(Charge.run)))
