"""Tables of credits. Amounts are whole micro-credits; the entries of a transfer sum to zero."""

from __future__ import annotations

import secrets
from datetime import datetime
from functools import partial
from typing import Any, Final

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from web.db.columns import Moment, now
from web.db.engine import Base

CREDITS: Final = "credits"
"""The kind of the account that an owner's credits are in; the other kinds are the system's."""
SYSTEM: Final = "system"
"""The owner of the accounts that credits come from and go to."""

_ID: Final = String(40)
_OWNER: Final = String(80)
_JOB: Final = String(32)
_BIG: Final = BigInteger().with_variant(Integer, "sqlite")


def new_id(prefix: str) -> str:
    """Create an id that says what it is of."""
    return f"{prefix}_{secrets.token_hex(12)}"


class CreditAccount(Base):
    """Credits of an owner. `posted` and `held` repeat what the entries and the holds say.

    An account of the system has entries only, so that no transfer waits for another one there.
    """

    __tablename__ = "credit_accounts"
    __table_args__ = (UniqueConstraint("owner", "kind"),)

    id: Mapped[int] = mapped_column(_BIG, primary_key=True, autoincrement=True)
    owner: Mapped[str] = mapped_column(_OWNER)
    kind: Mapped[str] = mapped_column(String(16), default=CREDITS)
    posted: Mapped[int] = mapped_column(BigInteger, default=0)
    held: Mapped[int] = mapped_column(BigInteger, default=0)
    version: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)


class Transfer(Base):
    """One movement of credits. Its key exists once, so that repeating it changes nothing."""

    __tablename__ = "credit_transfers"
    __table_args__ = (
        Index("transfers_of_account", "account_id", "created_at", "id"),
        Index("transfers_of_job", "job_id"),
    )

    id: Mapped[str] = mapped_column(_ID, primary_key=True, default=partial(new_id, "trn"))
    key: Mapped[str] = mapped_column(String(160), unique=True)
    kind: Mapped[str] = mapped_column(String(16))
    account_id: Mapped[int] = mapped_column(ForeignKey("credit_accounts.id"))
    """The owner's account."""
    amount: Mapped[int] = mapped_column(BigInteger, default=0)
    """What it adds to the credits of the owner."""
    held: Mapped[int] = mapped_column(BigInteger, default=0)
    """What it adds to the credits that are held."""
    job_id: Mapped[str | None] = mapped_column(_JOB, default=None)
    run: Mapped[int | None] = mapped_column(default=None)
    note: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)


class Entry(Base):
    """One side of a transfer."""

    __tablename__ = "credit_entries"

    id: Mapped[int] = mapped_column(_BIG, primary_key=True, autoincrement=True)
    transfer_id: Mapped[str] = mapped_column(ForeignKey("credit_transfers.id"), index=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("credit_accounts.id"), index=True)
    amount: Mapped[int] = mapped_column(BigInteger)


class PriceVersion(Base):
    """Prices that jobs were quoted; they never change."""

    __tablename__ = "price_versions"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    prices: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)


class Quote(Base):
    """What a job would cost, for the owner who asked, until it expires."""

    __tablename__ = "credit_quotes"

    id: Mapped[str] = mapped_column(_ID, primary_key=True, default=partial(new_id, "qte"))
    owner: Mapped[str] = mapped_column(_OWNER)
    fingerprint: Mapped[str] = mapped_column(String(64))
    """The digest of what was asked for."""
    price_version: Mapped[int] = mapped_column(ForeignKey("price_versions.id"))
    terms: Mapped[dict[str, Any]] = mapped_column(JSON)
    high: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)
    expires_at: Mapped[datetime] = mapped_column(Moment, index=True)


class Charge(Base):
    """What one run of a job holds, and what it used in the end."""

    __tablename__ = "charges"
    __table_args__ = (
        Index("charges_of_owner", "owner", "created_at"),
        Index("charges_of_state", "state", "created_at"),
    )

    job_id: Mapped[str] = mapped_column(_JOB, primary_key=True)
    run: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("credit_accounts.id"))
    owner: Mapped[str] = mapped_column(_OWNER)
    key_id: Mapped[str] = mapped_column(String(40), default="")
    """The API key that started it; empty for a signed-in user."""
    project_id: Mapped[str] = mapped_column(String(40), default="")
    """The project that it works for; empty: none."""
    price_version: Mapped[int] = mapped_column(ForeignKey("price_versions.id"))
    terms: Mapped[dict[str, Any]] = mapped_column(JSON)
    """What was quoted (`web.billing.estimates.Terms`)."""
    hold: Mapped[int] = mapped_column(BigInteger)
    used: Mapped[int] = mapped_column(BigInteger, default=0)
    after_attempt: Mapped[int] = mapped_column(default=0)
    """Attempts up to this one belong to earlier runs."""
    charge_reused: Mapped[bool] = mapped_column(default=False)
    """`REUSED_STEPS` at the time of the start."""
    state: Mapped[str] = mapped_column(String(16), default="open")
    """`open`, `settled` or `released`."""
    outcome: Mapped[str] = mapped_column(String(16), default="")
    """The state in which the run ended."""
    kind: Mapped[str] = mapped_column(String(16), default="")
    """What its length was estimated from: a script, a topic or a recording."""
    expected_seconds: Mapped[float] = mapped_column(default=0.0)
    actual_seconds: Mapped[float | None] = mapped_column(default=None)
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)
    ended_at: Mapped[datetime | None] = mapped_column(Moment, default=None)


class ChargeLine(Base):
    """One line of a receipt."""

    __tablename__ = "charge_lines"
    __table_args__ = (
        Index("charge_lines_of_job", "job_id", "run"),
        Index("charge_lines_of_owner", "owner", "day"),
    )

    id: Mapped[int] = mapped_column(_BIG, primary_key=True, autoincrement=True)
    job_id: Mapped[str] = mapped_column(_JOB)
    run: Mapped[int]
    owner: Mapped[str] = mapped_column(_OWNER)
    key_id: Mapped[str] = mapped_column(String(40), default="")
    project_id: Mapped[str] = mapped_column(String(40), default="")
    stage: Mapped[str] = mapped_column(String(32))
    engine: Mapped[str] = mapped_column(String(64))
    outcome: Mapped[str] = mapped_column(String(16))
    """`computed`, `reused`, `earlier`, `failed` or `limit` (`web.billing.usage`)."""
    steps: Mapped[int] = mapped_column(default=0)
    unit: Mapped[str] = mapped_column(String(16))
    quantity: Mapped[float] = mapped_column(default=0.0)
    price: Mapped[int] = mapped_column(BigInteger, default=0)
    """Micro-credits of one unit; 0 where it is free."""
    amount: Mapped[int] = mapped_column(BigInteger, default=0)
    day: Mapped[str] = mapped_column(String(10))
    """The day (UTC) on which the run ended."""


class Budget(Base):
    """The most credits that an account, a key or a project of it may use in a day or a month."""

    __tablename__ = "budgets"
    __table_args__ = (UniqueConstraint("owner", "key_id", "period"),)

    id: Mapped[str] = mapped_column(_ID, primary_key=True, default=partial(new_id, "bgt"))
    owner: Mapped[str] = mapped_column(_OWNER)
    key_id: Mapped[str] = mapped_column(String(40), default="")
    """An API key, or a project (`prj_...`); empty for the whole account."""
    period: Mapped[str] = mapped_column(String(8))
    """`day` or `month`, in UTC."""
    amount: Mapped[int] = mapped_column(BigInteger)
    window: Mapped[str] = mapped_column(String(10))
    """The day or month that `spent` is of."""
    spent: Mapped[int] = mapped_column(BigInteger, default=0)
    """Used and held in the window."""
    warned: Mapped[str] = mapped_column(String(10), default="")
    """The window in which the owner was warned."""
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)


class Order(Base):
    """Something bought at Stripe: a pack of credits, or one paid invoice of a plan."""

    __tablename__ = "credit_orders"

    id: Mapped[str] = mapped_column(_ID, primary_key=True, default=partial(new_id, "ord"))
    """Also the idempotency key of the request to Stripe."""
    owner: Mapped[str] = mapped_column(_OWNER, index=True)
    kind: Mapped[str] = mapped_column(String(16))
    """`pack`, `plan` (a subscription, which brings invoices) or `invoice`."""
    credits: Mapped[int] = mapped_column(BigInteger)
    """Micro-credits."""
    cents: Mapped[int] = mapped_column(BigInteger)
    """What was paid for them, in hundredths of the currency; 0 before an invoice is paid."""
    payment: Mapped[str | None] = mapped_column(String(80), default=None, index=True)
    """Stripe's id of the payment, which refunds name."""
    session: Mapped[str] = mapped_column(String(120), default="")
    """Stripe's id of the Checkout session."""
    paid_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    refunded: Mapped[int] = mapped_column(BigInteger, default=0)
    """Hundredths that were refunded so far, as the newest event says."""
    disputed: Mapped[int] = mapped_column(BigInteger, default=0)
    """Hundredths that a dispute holds back."""
    dispute: Mapped[str] = mapped_column(String(8), default="")
    """`open`, `won` or `lost`; empty: none."""
    taken_back: Mapped[int] = mapped_column(BigInteger, default=0)
    """Micro-credits that were taken away because of refunds and disputes."""
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)


class Customer(Base):
    """A user at Stripe."""

    __tablename__ = "stripe_customers"

    owner: Mapped[str] = mapped_column(_OWNER, primary_key=True)
    customer: Mapped[str] = mapped_column(String(80), unique=True)
    subscription_at: Mapped[int] = mapped_column(BigInteger, default=0)
    """When Stripe created the newest event of the subscription that was applied."""


class StripeEvent(Base):
    """An event of Stripe that was applied."""

    __tablename__ = "stripe_events"

    id: Mapped[str] = mapped_column(String(120), primary_key=True)
    kind: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column(Moment, default=now, index=True)
