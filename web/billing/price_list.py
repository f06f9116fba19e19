"""Prices in versions: what the setting says now, and what a job was quoted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.credit_prices import ANY, CreditPrice, from_dict, to_dict
from tasks.domain.artifact import digest
from web.billing.ledger import insert_once
from web.billing.models import PriceVersion

_known: Final[dict[tuple[str, tuple[CreditPrice, ...]], int]] = {}
"""The current version of each database; versions never change."""


@dataclass(frozen=True, slots=True)
class PriceList:
    """The prices of engines and environments."""

    prices: Mapping[str, CreditPrice]

    @classmethod
    def of(cls, prices: tuple[CreditPrice, ...]) -> PriceList:
        return cls({price.of: price for price in prices})

    def find(self, engine: str, environment: str, kind: str) -> CreditPrice | None:
        """Return the price of an engine; a simulated one is free unless it has its own."""
        own = self.prices.get(engine)
        if own is not None or kind == "simulated":
            return own
        return self.prices.get(environment) or self.prices.get(ANY)


def current_version(db: Session, prices: tuple[CreditPrice, ...]) -> int:
    """Return the version of the prices that are set now; new prices become a new version."""
    raw, sha256 = to_dict(prices), _digest(prices)
    query = select(PriceVersion.id).where(PriceVersion.digest == sha256)
    found = db.scalar(query)
    if found is None:
        insert_once(db, PriceVersion, digest=sha256, prices=raw)
        found = db.scalar(query)
    return cast(int, found)


def cached_version(db: Session, database: str, prices: tuple[CreditPrice, ...]) -> int:
    """Return the current version as `current_version` does, without asking again.

    One that this transaction has just inserted is not remembered: it may be rolled back.
    """
    key = database, prices
    if key not in _known:
        stored = db.scalar(select(PriceVersion.id).where(PriceVersion.digest == _digest(prices)))
        if stored is None:
            return current_version(db, prices)
        _known.clear()
        _known[key] = stored
    return _known[key]


def _digest(prices: tuple[CreditPrice, ...]) -> str:
    return digest(to_dict(prices))


def of_version(db: Session, version: int) -> PriceList:
    """Read the prices of a version; raises `ValueError` if they are not valid."""
    return PriceList.of(from_dict(db.get_one(PriceVersion, version).prices))
