"""The table of input that the controller could not apply."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from web.db.columns import Moment, now
from web.db.engine import Base


class DeadLetter(Base):
    """A message or decision that could not be applied; equal ones share a row and are counted."""

    __tablename__ = "dead_letters"
    __table_args__ = (Index("dead_letters_of_kind", "kind", "state", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    """`message`, `event`, `decision`, `outbox`, `copy`, `duty` or `request`."""
    reference: Mapped[str] = mapped_column(String(120))
    """The stream entry, the row or the name of the decision that failed."""
    job_id: Mapped[str | None] = mapped_column(String(64), index=True, default=None)
    error: Mapped[str] = mapped_column(String(120))
    """The class of the exception."""
    reason: Mapped[str] = mapped_column(String(500))
    payload: Mapped[str] = mapped_column(Text)
    whole: Mapped[bool] = mapped_column(default=True)
    """Whether the payload was stored in full, so that it can be retried."""
    fingerprint: Mapped[str] = mapped_column(String(64), unique=True)
    count: Mapped[int] = mapped_column(default=1)
    state: Mapped[str] = mapped_column(String(16), default="dead")
    """`dead`, `retrying` (at an operator's request) or `resolved`."""
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)
    tried_at: Mapped[datetime] = mapped_column(Moment, default=now)
