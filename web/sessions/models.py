"""Tables of user sessions and their files, which refer to bytes in the artifact store."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import Mapped, mapped_column

from tasks.domain.artifact import Blob
from web.db.columns import Moment, new_id, now
from web.db.engine import Base
from web.sessions.names import unused_name


def _own_name(context: DefaultExecutionContext) -> str:
    session_id: str = context.get_current_parameters()["id"]  # type: ignore[no-untyped-call]
    return session_id


class UserSession(Base):
    """A user session: it owns its uploads, jobs and outputs."""

    __tablename__ = "session"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=unused_name)
    """The session's name (`web.sessions.names`), never the secret id that its caller has."""
    user_id: Mapped[str] = mapped_column(String(200), index=True)
    """What the caller calls itself; displayed, never trusted."""
    owner: Mapped[str] = mapped_column(String(80), default=_own_name, index=True)
    """What limits, queue turns and cached results belong to: the session itself or the API key
    (`key:NAME`) with which it was opened."""
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)
    seen_at: Mapped[datetime] = mapped_column(Moment, default=now)
    ended_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    opened_from: Mapped[str] = mapped_column(String(32), default="", server_default="", index=True)
    """The pseudonym of the address that opened it; empty for a program on this machine."""


class _FileReference:
    """The columns of a reference to a blob, with the file's name in its session."""

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    filename: Mapped[str] = mapped_column(String(255))
    kind: Mapped[str] = mapped_column(String(32))
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    bytes: Mapped[int] = mapped_column(BigInteger)
    media_type: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)

    @property
    def blob(self) -> Blob:
        return Blob(self.sha256, self.bytes, self.media_type)


class Upload(_FileReference, Base):
    """An uploaded `face` or `voice`, or the `preview` of one."""

    __tablename__ = "upload"
    __table_args__ = (Index("upload_of_session", "session_id", "kind", "created_at"),)

    session_id: Mapped[str] = mapped_column(ForeignKey("session.id"))
    original_name: Mapped[str] = mapped_column(String(255), default="")
    shows_id: Mapped[str | None] = mapped_column(ForeignKey("upload.id"), default=None)
    """The upload that a preview shows."""
    scanned: Mapped[bool] = mapped_column(default=False)
    """Whether clamd found the received file clean."""


class Output(_FileReference, Base):
    """A file that a job produced; `kind` is as in `GET /outputs/{session_id}`."""

    __tablename__ = "output"
    __table_args__ = (UniqueConstraint("session_id", "filename"),)

    session_id: Mapped[str] = mapped_column(ForeignKey("session.id"))
    job_id: Mapped[str] = mapped_column(ForeignKey("job.id"), index=True)
    fetched_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    """When it was first downloaded completely; an emergency cleanup keeps it until then."""
