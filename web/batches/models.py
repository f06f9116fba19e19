"""Tables of batches and their videos."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any, Final

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from web.db.columns import Moment, now
from web.db.engine import Base
from web.sessions.models import ORG_ID, OWNER, TITLE_LENGTH

QUOTED, RUNNING, PAUSED, DONE, CANCELLED = "quoted", "running", "paused", "done", "cancelled"
STATES: Final = (QUOTED, RUNNING, PAUSED, DONE, CANCELLED)
WAITING, FAILED = "waiting", "failed"
VIDEO_STATES: Final = (WAITING, RUNNING, DONE, FAILED, CANCELLED)


def _batch_id() -> str:
    return f"bat_{secrets.token_hex(12)}"


class Batch(Base):
    """Many videos from the plan of one project, as it was when the batch was created."""

    __tablename__ = "batches"
    __table_args__ = (
        UniqueConstraint("owner", "request_key", name="batches_by_key"),
        Index("batches_of_owner", "owner", "created_at", "id"),
        Index("batches_by_state", "state", "created_at"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True, default=_batch_id)
    owner: Mapped[str] = mapped_column(OWNER)
    org_id: Mapped[str | None] = mapped_column(ORG_ID, default=None)
    name: Mapped[str] = mapped_column(String(TITLE_LENGTH))
    template: Mapped[str] = mapped_column(String(40))
    """The id of the project whose plan, pictures and sound the videos have."""
    plan: Mapped[dict[str, Any]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(String(16), default=QUOTED)
    problem: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True), default=None)
    """Why it is paused or waits: `code` and `message`."""
    quote_id: Mapped[str] = mapped_column(String(64))
    dollars_micro: Mapped[int] = mapped_column(BigInteger, default=0)
    credits_micro: Mapped[int] = mapped_column(BigInteger, default=0)
    most_micro: Mapped[int | None] = mapped_column(BigInteger, default=None)
    """The most micro-credits that its videos may cost; None: the quote."""
    key_id: Mapped[str] = mapped_column(String(40), default="")
    """The API key that confirmed it."""
    request_key: Mapped[str | None] = mapped_column(String(200), default=None)
    """The `Idempotency-Key` of the request that created it."""
    request_digest: Mapped[str] = mapped_column(String(64), default="")
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)
    finished_at: Mapped[datetime | None] = mapped_column(Moment, default=None)


class BatchVideo(Base):
    """One video of a batch."""

    __tablename__ = "batch_videos"

    batch_id: Mapped[str] = mapped_column(
        ForeignKey("batches.id", ondelete="CASCADE"), primary_key=True
    )
    row: Mapped[int] = mapped_column(primary_key=True)
    """Its place in the manifest, from 0."""
    name: Mapped[str] = mapped_column(Text)
    values: Mapped[dict[str, Any]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(String(16), default=WAITING)
    project_id: Mapped[str | None] = mapped_column(String(40), default=None, index=True)
    credits_micro: Mapped[int] = mapped_column(BigInteger, default=0)
    """Its share of the quote."""
    error: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True), default=None)
