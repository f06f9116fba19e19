"""Tables of stored events, the outbox, and the controller's position in the event stream."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from web.db.columns import Moment, new_id, now
from web.db.engine import Base


class LedgerEvent(Base):
    """An event under the id with which it was published."""

    __tablename__ = "event"
    __table_args__ = (
        Index("events_of_session", "session_id", "milliseconds", "sequence"),
        Index("events_by_age", "created_at"),
    )

    # The parts of the id as numbers, because ids are ordered by number.
    milliseconds: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    sequence: Mapped[int] = mapped_column(Integer, primary_key=True)
    session_id: Mapped[str] = mapped_column(String(32))
    job_id: Mapped[str | None] = mapped_column(String(32), index=True, default=None)
    event_type: Mapped[str] = mapped_column(String(32))
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)


class OutboxEvent(Base):
    """An event that a transaction decided, to be published after its commit."""

    __tablename__ = "outbox"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    position: Mapped[int] = mapped_column(BigInteger, index=True)
    """The order in which events were decided."""
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    event_id: Mapped[str | None] = mapped_column(String(40), default=None, index=True)
    """The event's id, set when it is published."""
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)


class Mark(Base):
    """A named value that outlives processes: a position in a stream, or a count."""

    __tablename__ = "mark"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    value: Mapped[str] = mapped_column(String(64))
