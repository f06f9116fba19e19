"""Keys under which callers repeat a request without repeating its work."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from web.db.columns import Moment, now
from web.db.engine import Base


class IdempotencyKey(Base):
    """A key that was used, what for, and the job that came of it."""

    __tablename__ = "idempotency_key"

    scope: Mapped[str] = mapped_column(String(240), primary_key=True)
    """The session, or the API key where the request makes the session too."""
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    """Of what was asked."""
    nonce: Mapped[str] = mapped_column(String(32), default="")
    """Of the id of a session that the request opens; empty where it opens none."""
    job_id: Mapped[str | None] = mapped_column(String(32), default=None)
    """None while the first request is still at work."""
    created_at: Mapped[datetime] = mapped_column(Moment, default=now, index=True)
