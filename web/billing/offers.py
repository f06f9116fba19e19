"""Estimate a job in credits, and quote it to an owner."""

from __future__ import annotations

from typing import Any

import redis

from tasks.domain.artifact import Blob
from tasks.domain.job import JobOptions
from tasks.nodes import registry
from web.billing import allowances, estimates, ledger, price_list, quotes, reports
from web.billing.amounts import to_credits
from web.billing.price_list import PriceList
from web.db.engine import writing
from web.services import Services


def estimate(
    services: Services, options: JobOptions, uploads: dict[str, Blob], owner: str | None
) -> dict[str, Any]:
    """Price a job by the engines that are available now; an owner gets a quote of it."""
    try:
        alive = registry.alive(services.redis)
    except redis.RedisError:
        alive = []
    choices = estimates.choose(services, alive, options)
    choices.require_licences()
    spread = estimates.spread(services, estimates.kind_of(options))
    prices = services.settings.billing.prices
    found = estimates.terms(options, uploads, choices.engines, PriceList.of(prices), spread)
    if owner is not None:
        allowances.give_due(services, owner)
    with writing() as db:
        version = price_list.current_version(db, prices)
        quote = None
        if owner is not None:
            wanted = estimates.fingerprint(options, uploads)
            quote = quotes.store(db, owner, wanted, version, found)
        available = ledger.balance(db, owner).available if owner is not None else None
    return reports.terms(found) | {
        "price_version": version,
        "quote_id": quote.id if quote is not None else None,
        "expires_at": quote.expires_at if quote is not None else None,
        "available": to_credits(available) if available is not None else None,
    }
