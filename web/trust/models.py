"""Tables of known videos, consents and reports."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from web.db.columns import Moment, new_id, now
from web.db.engine import Base
from web.examinations.verdicts import HasVerdict

_JOB: Final = String(32)


class KnownVideo(Base):
    """A video that this installation made, and what recognises it. It names no person.

    It stays when the video is deleted, so that copies are still recognised.
    """

    __tablename__ = "known_videos"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    job_id: Mapped[str] = mapped_column(_JOB, unique=True)
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    source: Mapped[str | None] = mapped_column(String(64), index=True)
    """The digest of the fingerprint's part in the store, until it was read."""
    source_bytes: Mapped[int] = mapped_column(BigInteger)
    fingerprint: Mapped[bytes | None] = mapped_column(LargeBinary, default=None)
    frames: Mapped[bytes | None] = mapped_column(LargeBinary, default=None)
    """Three of its frames, with which a search begins."""
    seconds: Mapped[float]
    engines: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    signed_by: Mapped[str] = mapped_column(String(16))
    """`operator` or `self-made`: the certificate of the signed statement."""
    made_at: Mapped[datetime] = mapped_column(Moment)
    withdrawn_at: Mapped[datetime | None] = mapped_column(Moment, default=None)


class Consent(HasVerdict, Base):
    """The consent of a person to the use of their face or voice, kept by an owner."""

    __tablename__ = "consents"
    __table_args__ = (
        Index("consents_of_owner", "owner", "created_at", "id"),
        Index("consents_by_verdict", "verdict_state", "created_at"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    owner: Mapped[str] = mapped_column(String(80))
    org_id: Mapped[str | None] = mapped_column(String(40), default=None)
    subject: Mapped[str] = mapped_column(String(200))
    """The person shown or heard."""
    statement: Mapped[str] = mapped_column(Text)
    """What the person agreed to."""
    uses: Mapped[list[str]] = mapped_column(JSON)
    """`face`, `voice` or both."""
    shown: Mapped[str] = mapped_column(String(16))
    """How the person has shown it: `stated`, `checkbox`, `spoken` or `document`."""
    evidence_sha256: Mapped[str | None] = mapped_column(String(64), default=None)
    evidence_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    evidence_type: Mapped[str] = mapped_column(String(100), default="")
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)
    expires_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    revoked_at: Mapped[datetime | None] = mapped_column(Moment, default=None)


class ConsentUse(Base):
    """A job that used a consent."""

    __tablename__ = "consent_uses"

    consent_id: Mapped[str] = mapped_column(
        ForeignKey("consents.id", ondelete="CASCADE"), primary_key=True
    )
    job_id: Mapped[str] = mapped_column(_JOB, primary_key=True, index=True)


class Report(Base):
    """A report of a person: "this shows me"."""

    __tablename__ = "reports"
    __table_args__ = (Index("reports_in_order", "created_at", "id"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    token_digest: Mapped[str] = mapped_column(String(64))
    """Of the secret with which the reporter asks for its state."""
    kind: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16), default="open", index=True)
    statement: Mapped[str] = mapped_column(Text)
    contact: Mapped[str] = mapped_column(String(254))
    link: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64), default="")
    fingerprint: Mapped[bytes | None] = mapped_column(LargeBinary, default=None)
    jobs: Mapped[list[str]] = mapped_column(JSON, default=list)
    """The jobs whose videos the reported file is or resembles."""
    certain: Mapped[bool] = mapped_column(default=False)
    """Whether the reported file is one of their videos, not only alike."""
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)
    due_at: Mapped[datetime] = mapped_column(Moment)
    decided_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    note: Mapped[str] = mapped_column(Text, default="")
    """The note on the decision that the reporter gets."""
