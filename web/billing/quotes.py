"""Quotes: what a job costs, kept for the owner who asked until it expires."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete
from sqlalchemy.orm import Session

from web.billing.errors import QuoteExpired, QuoteMismatch, QuoteNotFound
from web.billing.estimates import Terms
from web.billing.models import Quote
from web.db.columns import now
from web.db.engine import writing

VALID: Final = timedelta(minutes=15)
_KEEP: Final = timedelta(days=1)


def store(db: Session, owner: str, fingerprint: str, version: int, terms: Terms) -> Quote:
    """Keep a quote."""
    at = now()
    quote = Quote(
        owner=owner,
        fingerprint=fingerprint,
        price_version=version,
        terms=terms.to_dict(),
        high=terms.p90,
        created_at=at,
        expires_at=at + VALID,
    )
    db.add(quote)
    db.flush()
    return quote


def find(db: Session, quote_id: str, owner: str, fingerprint: str, at: datetime) -> Quote:
    """Return a quote that is valid for this job of this owner."""
    quote = db.get(Quote, quote_id)
    if quote is None or quote.owner != owner:
        raise QuoteNotFound
    if quote.expires_at <= at:
        raise QuoteExpired
    if quote.fingerprint != fingerprint:
        raise QuoteMismatch
    return quote


def forget() -> None:
    """Delete quotes that expired a day ago."""
    with writing() as db:
        db.execute(delete(Quote).where(Quote.expires_at < now() - _KEEP))
