"""The table of files that are refused when they are uploaded again."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from web.db.columns import Moment, new_id, now
from web.db.engine import Base


class BlockedFile(Base):
    """A face, voice or video that was withdrawn after a report."""

    __tablename__ = "blocked_files"
    __table_args__ = (UniqueConstraint("kind", "sha256"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(16))
    """`face`, `voice` or `video`."""
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    fingerprint: Mapped[bytes | None] = mapped_column(LargeBinary, default=None)
    report_id: Mapped[str] = mapped_column(String(32), index=True)
    refused: Mapped[int] = mapped_column(default=0)
    """Uploads that were refused because of it."""
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)
