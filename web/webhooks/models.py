"""Tables of webhooks and their deliveries."""

from __future__ import annotations

import secrets
from datetime import datetime
from functools import partial
from typing import Any, Final

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from web.db.columns import Moment, now
from web.db.engine import Base

_ID: Final = String(40)
_PENDING: Final = text("due_at IS NOT NULL")
_CLAIMED: Final = text("claimed")

PENDING: Final = "pending"
DELIVERED: Final = "delivered"
FAILED: Final = "failed"
STATES: Final = (PENDING, DELIVERED, FAILED)


def _new_id(prefix: str) -> str:
    return f"{prefix}_{secrets.token_hex(16)}"


class Webhook(Base):
    """An address that receives events of an owner, or those of one job."""

    __tablename__ = "webhooks"
    __table_args__ = (
        Index("webhooks_of_owner", "owner", "job_id", "created_at", "id"),
        Index("webhooks_of_jobs", "job_id", "created_at"),
    )

    id: Mapped[str] = mapped_column(_ID, primary_key=True, default=partial(_new_id, "whk"))
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    owner: Mapped[str] = mapped_column(String(80))
    """The owner whose events it receives (`user:ID`)."""
    job_id: Mapped[str | None] = mapped_column(String(32), default=None)
    """The only job whose events it receives."""
    url: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(String(200), default="")
    events: Mapped[list[str]] = mapped_column(JSON)
    sealed_secret: Mapped[str] = mapped_column(String(255))
    """Encrypted (`web.sealing`)."""
    previous_secret: Mapped[str | None] = mapped_column(String(255), default=None)
    """The one before the last rotation, encrypted; it signs too until `previous_until`."""
    previous_until: Mapped[datetime | None] = mapped_column(Moment, default=None)
    failing_since: Mapped[datetime | None] = mapped_column(Moment, default=None)
    """When the first attempt failed after which none has succeeded."""
    failures: Mapped[int] = mapped_column(default=0)
    """Attempts that have failed since then."""
    disabled_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    disabled_reason: Mapped[str | None] = mapped_column(String(16), default=None)
    """`user`, `gone`, `asked` or `failing`."""
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)


class WebhookDelivery(Base):
    """One event for one webhook, and the attempts to deliver it."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        UniqueConstraint("webhook_id", "event_id"),
        Index("webhook_deliveries_of_webhook", "webhook_id", "created_at", "id"),
        Index("webhook_deliveries_by_age", "created_at"),
        Index(
            "webhook_deliveries_due",
            "due_at",
            "webhook_id",
            sqlite_where=_PENDING,
            postgresql_where=_PENDING,
        ),
        Index(
            "webhook_deliveries_claimed",
            "claimed",
            sqlite_where=_CLAIMED,
            postgresql_where=_CLAIMED,
        ),
    )

    id: Mapped[str] = mapped_column(_ID, primary_key=True, default=partial(_new_id, "dlv"))
    webhook_id: Mapped[str] = mapped_column(ForeignKey("webhooks.id", ondelete="CASCADE"))
    event_id: Mapped[str] = mapped_column(String(40))
    event_type: Mapped[str] = mapped_column(String(32))
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(String(16), default=PENDING)
    attempts: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    """Time, duration, status, the beginning of the answer, or why there was none."""
    tries: Mapped[int] = mapped_column(default=0)
    """Attempts of the current round; `redeliver` starts another one."""
    due_at: Mapped[datetime | None] = mapped_column(Moment)
    """When to send it next; null once it is delivered or has failed."""
    claimed: Mapped[bool] = mapped_column(default=False)
    """Whether a process is sending it; if that ends, it is due again at `due_at`."""
    delivered_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)
