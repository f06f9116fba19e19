"""The table of the audit log. A trigger of the database refuses to change an entry."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from web.db.columns import Moment, now
from web.db.engine import Base


class AuditEntry(Base):
    """One action. Names are owner keys and ids, never mail addresses."""

    __tablename__ = "audit_log"
    __table_args__ = (
        Index("audit_log_of_actor", "actor", "id"),
        Index("audit_log_of_target", "target", "id"),
        Index("audit_log_of_action", "action", "id"),
    )

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    at: Mapped[datetime] = mapped_column(Moment, default=now, index=True)
    actor: Mapped[str] = mapped_column(String(80))
    """The owner key of a user or an API key, `operators`, `command-line`, or empty."""
    action: Mapped[str] = mapped_column(String(64))
    target: Mapped[str] = mapped_column(String(80))
    address: Mapped[str] = mapped_column(String(64))
    """The address of the request; empty for a command on this machine."""
    request_id: Mapped[str] = mapped_column(String(64))
    details: Mapped[dict[str, Any]] = mapped_column(JSON)
