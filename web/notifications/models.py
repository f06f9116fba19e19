"""Tables of queued mails and of the kinds that people have turned on or off."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from web.db.columns import Moment, new_id, now
from web.db.engine import Base

_UNSENT = text("due_at IS NOT NULL")


class QueuedMail(Base):
    """A mail to send. Its text, which may contain a link that works once, is encrypted."""

    __tablename__ = "mails"
    __table_args__ = (
        Index("mails_due", "due_at", sqlite_where=_UNSENT, postgresql_where=_UNSENT),
        Index("mails_by_age", "created_at"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(32))
    user_id: Mapped[str | None] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), index=True, default=None
    )
    address: Mapped[str] = mapped_column(String(254))
    """Empty once the mail is sent."""
    template: Mapped[str] = mapped_column(String(40), default="")
    """The function that composes the text when the mail is sent; empty: the text is given."""
    parameters: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    sealed: Mapped[str | None] = mapped_column(Text, default=None)
    """Subject and text, encrypted; deleted when the mail is sent."""
    once: Mapped[str | None] = mapped_column(String(120), unique=True, default=None)
    """A name under which only one mail is ever queued."""
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime | None] = mapped_column(Moment)
    """When to send it next; null once it was sent or given up."""
    sent_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    error: Mapped[str] = mapped_column(String(200), default="")
    """Why the last attempt failed."""
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)


class MailChoice(Base):
    """A kind of mail that a user has turned on or off."""

    __tablename__ = "mail_choices"

    user_id: Mapped[str] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    kind: Mapped[str] = mapped_column(String(32), primary_key=True)
    wanted: Mapped[bool]
