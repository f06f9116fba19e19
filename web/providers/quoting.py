"""Estimate a clip before it is started, and quote it to an owner."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy.orm import Session

from config.credit_prices import CREDIT
from tasks.domain.artifact import digest
from tasks.domain.hosted import STAGE
from web.billing import allowances, ledger, price_list, quotes, reports
from web.billing.amounts import to_credits
from web.billing.errors import QuoteExpired
from web.billing.estimates import Terms
from web.db.columns import now
from web.db.engine import reading, writing
from web.jobs.charging import Origin
from web.providers import choosing, drafts, pricing, registry
from web.providers.calls import MICRO
from web.providers.choosing import Choice, ClipRequest
from web.providers.errors import NoModelFits
from web.services import Services

_SPREAD: Final = (0.6, 1.8)
"""The range of a duration before enough clips were measured."""


@dataclass(frozen=True, slots=True)
class Quoted:
    """A price that a start names: what it holds, and the most that its models may cost."""

    version: int
    terms: Terms
    most_micro: int | None
    """Millionths of a dollar; None if credits do not say."""

    @property
    def model_id(self) -> str:
        return self.terms.items[0].engine if self.terms.items else ""


def estimate(
    services: Services, wanted: ClipRequest, session: str | None, owner: str | None
) -> dict[str, Any]:
    """Estimate a clip; nothing is stored, and its model is chosen when it is started."""
    reachable = choosing.reachable_providers(services)
    with reading() as db:
        wanted = drafts.estimated(db, wanted, session, owner)
        return describe(services, choosing.choose(services, db, wanted, reachable))


def describe(services: Services, choice: Choice) -> dict[str, Any]:
    """Describe the estimate of a clip in the words of a job's."""
    chosen = choice.candidate
    model, record = chosen.model, chosen.record
    likely = record.p50 or model.expected_seconds
    high = record.p90 or likely * _SPREAD[1]
    dollars = chosen.price_micro / MICRO
    kind = registry.kind_of(model)
    found = registry.warning(model, registry.today())
    item = {"stage": STAGE, "engine": model.id, "unit": "second", "quantity": chosen.seconds}
    step = {"stage": STAGE, "scene": None, "engine": model.id, "seconds": round(likely, 2)}
    return {
        "language": "",
        "scenes": 1,
        "length_seconds": chosen.seconds,
        "workers": choosing.workers(services, model),
        "engines": [{"stage": STAGE, "engine": model.id, "kind": kind, "hosted": kind == "hosted"}],
        "missing": [],
        "ahead": 0,
        "estimated_start": None,
        "seconds": likely,
        "seconds_range": [round(likely * _SPREAD[0], 2), round(high, 2)],
        "based_on_jobs": record.calls if record.p50 else 0,
        "cost": {
            "currency": "USD",
            "amount": dollars,
            "items": [item | {"amount": dollars}],
            "unpriced": [],
        },
        "plan": {
            "scenes": [{"scene": 0, "text": None, "seconds": chosen.seconds}],
            "steps": [step],
        },
        "warnings": [found] if found else [],
        "why": choice.why,
        "most_dollars": choice.quote_micro / MICRO,
    }


def quote(
    services: Services, wanted: ClipRequest, session: str | None, owner: str | None
) -> dict[str, Any]:
    """Price a clip in credits; an owner gets a quote of it, which its fallback keeps, too."""
    reachable = choosing.reachable_providers(services)
    prices = services.settings.billing.prices
    if owner is not None:
        allowances.give_due(services, owner)
    with writing() as db:
        wanted = drafts.estimated(db, wanted, session, owner)
        choice = choosing.choose(services, db, wanted, reachable)
        terms = pricing.terms(services, choice.candidate, choice.quote_micro)
        version = price_list.current_version(db, prices)
        kept = None
        if owner is not None:
            kept = quotes.store(db, owner, fingerprint(wanted), version, terms)
        available = ledger.balance(db, owner).available if owner is not None else None
        return reports.terms(terms) | {
            "price_version": version,
            "quote_id": kept.id if kept is not None else None,
            "expires_at": kept.expires_at if kept is not None else None,
            "available": to_credits(available) if available is not None else None,
            "job": describe(services, choice),
        }


def fingerprint(wanted: ClipRequest) -> str:
    """Identify what a quote is for."""
    return digest(wanted.to_options())


def named(
    services: Services, db: Session, origin: Origin, owner: str, wanted: ClipRequest
) -> Quoted | None:
    """Return the quote that a start names, if it is valid for this clip of this owner."""
    if origin.quote_id is None or not services.settings.billing.is_on:
        return None
    found = quotes.find(db, origin.quote_id, owner, fingerprint(wanted), now())
    terms = Terms.from_dict(found.terms)
    rate = services.settings.providers.credits_a_dollar
    most = int(terms.p90 * MICRO / (rate * CREDIT)) if rate else None
    return Quoted(found.price_version, terms, most)


def choose_within(
    services: Services,
    db: Session,
    wanted: ClipRequest,
    reachable: Collection[str],
    quoted: Quoted | None,
) -> Choice:
    """Choose a model; never above a quote, and the quoted one if that still can be."""
    if quoted is None:
        return choosing.choose(services, db, wanted, reachable)
    try:
        return choosing.choose(
            services,
            db,
            wanted,
            reachable,
            most_micro=quoted.most_micro,
            preferred=quoted.model_id,
        )
    except NoModelFits:
        message = "The models of this quote cost more now. Ask for a new one."
        raise QuoteExpired(message) from None
