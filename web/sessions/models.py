"""Tables of user sessions and their files, which refer to bytes in the artifact store.

Everything belongs to an owner: a user (`user:ID`), an API key (`key:NAME`), a visitor's browser
(`visitor:ID`), the operators or the session itself. What is added to a session gets the owner of
the session and keeps it, whatever happens to the session.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    select,
)
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import Mapped, mapped_column

from tasks.domain.artifact import Blob
from web.db.columns import Moment, new_id, now
from web.db.engine import Base
from web.examinations.verdicts import HasVerdict
from web.sessions.names import unused_name


def _own_name(context: DefaultExecutionContext) -> str:
    session_id: str = context.get_current_parameters()["id"]  # type: ignore[no-untyped-call]
    return session_id


TITLE_LENGTH: Final = 200
CROP: Final = "crop"
OWNER: Final = String(80)
ORG_ID: Final = String(40)


def _of_session(column: str) -> Callable[[DefaultExecutionContext], str | None]:
    """Copy a column of the session, so that no statement adds a row without an owner."""

    def copied(context: DefaultExecutionContext) -> str | None:
        added = context.get_current_parameters()  # type: ignore[no-untyped-call]
        mine = select(getattr(UserSession, column)).where(UserSession.id == added["session_id"])
        value: str | None = context.root_connection.scalar(mine)
        return value

    return copied


class OwnedBySession:
    """The owner of a row that is added to a session."""

    owner: Mapped[str] = mapped_column(OWNER, default=_of_session("owner"))
    org_id: Mapped[str | None] = mapped_column(
        ORG_ID.evaluates_none(), default=_of_session("org_id")
    )
    """The organisation that the owner belongs to."""


class UserSession(Base):
    """A user session: uploads, jobs and outputs are added to it."""

    __tablename__ = "session"
    __table_args__ = (Index("sessions_of_owner", "owner", "created_at", "id"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=unused_name)
    """The session's name (`web.sessions.names`), never the secret id that its caller has."""
    user_id: Mapped[str] = mapped_column(String(200), index=True)
    """What the caller calls itself; displayed, never trusted."""
    owner: Mapped[str] = mapped_column(OWNER, default=_own_name)
    """What limits, queue turns and cached results belong to; by default the session itself."""
    org_id: Mapped[str | None] = mapped_column(ORG_ID, default=None)
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


def _own_title(context: DefaultExecutionContext) -> str:
    row = context.get_current_parameters()  # type: ignore[no-untyped-call]
    return str(row.get("original_name") or row["filename"])[:TITLE_LENGTH]


class Upload(OwnedBySession, _FileReference, HasVerdict, Base):
    """An uploaded `face` or `voice`, or a `preview` or `crop` of one."""

    __tablename__ = "upload"
    __table_args__ = (
        Index("upload_of_session", "session_id", "kind", "created_at"),
        Index("upload_verdict_state", "verdict_state", "created_at"),
        Index("uploads_of_owner", "owner", "created_at", "id"),
    )

    session_id: Mapped[str] = mapped_column(ForeignKey("session.id"))
    original_name: Mapped[str] = mapped_column(String(255), default="")
    title: Mapped[str] = mapped_column(String(TITLE_LENGTH), default=_own_title)
    """What its owner calls it; at first the name that the file was sent under."""
    shows_id: Mapped[str | None] = mapped_column(ForeignKey("upload.id"), default=None)
    """The upload that a preview shows."""
    scanned: Mapped[bool] = mapped_column(default=False)
    """Whether clamd found the received file clean."""


class Output(OwnedBySession, _FileReference, Base):
    """A file that a job produced; `kind` is as in `GET /outputs/{session_id}`."""

    __tablename__ = "output"
    __table_args__ = (
        UniqueConstraint("session_id", "filename"),
        Index("outputs_of_owner", "owner", "created_at", "id"),
    )

    session_id: Mapped[str] = mapped_column(ForeignKey("session.id"))
    job_id: Mapped[str] = mapped_column(ForeignKey("job.id"), index=True)
    fetched_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    """When it was first downloaded completely; an emergency cleanup keeps it until then."""
