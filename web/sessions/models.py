"""Tables of user sessions and their files, which refer to bytes in the artifact store.

Everything belongs to an owner: a user (`user:ID`), an API key (`key:NAME`), a visitor's browser
(`visitor:ID`), the operators or the session itself. What is added to a session gets the owner of
the session and keeps it, whatever happens to the session.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Connection,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    event,
    select,
)
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import Mapped, Mapper, mapped_column

from tasks.domain.artifact import Blob
from web.db.columns import Moment, new_id, now
from web.db.engine import Base
from web.sessions.names import unused_name


def _own_name(context: DefaultExecutionContext) -> str:
    session_id: str = context.get_current_parameters()["id"]  # type: ignore[no-untyped-call]
    return session_id


TITLE_LENGTH: Final = 200
OWNER: Final = String(80)
ORG_ID: Final = String(40)


class OwnedBySession:
    """The owner of a row that is added to a session."""

    owner: Mapped[str] = mapped_column(OWNER)
    org_id: Mapped[str | None] = mapped_column(ORG_ID, default=None)
    """The organisation that the owner belongs to."""


@event.listens_for(OwnedBySession, "before_insert", propagate=True)
def _copy_owner(_: Mapper[Any], connection: Connection, row: Any) -> None:
    """Copy the owner of the session, so that no row can be added without one."""
    if row.owner is None:
        mine = select(UserSession.owner, UserSession.org_id).where(UserSession.id == row.session_id)
        owner = connection.execute(mine).one_or_none()
        if owner is not None:  # else the foreign key refuses the row
            row.owner, row.org_id = owner


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


class Upload(OwnedBySession, _FileReference, Base):
    """An uploaded `face` or `voice`, or the `preview` of one."""

    __tablename__ = "upload"
    __table_args__ = (
        Index("upload_of_session", "session_id", "kind", "created_at"),
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
