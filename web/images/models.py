"""The table of the pictures and recordings that owners keep.

Both are files that an owner names, lists, links and publishes, so they share a table. They belong
to their owner only: no session ends them.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any, Final, cast

from sqlalchemy import (
    JSON,
    BigInteger,
    ColumnElement,
    ForeignKey,
    Index,
    ScalarSelect,
    String,
    Text,
    exists,
    false,
    func,
    or_,
    select,
    text,
)
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tasks.domain.artifact import Blob
from web.db.columns import Moment, now
from web.db.engine import Base
from web.examinations.verdicts import HasVerdict
from web.sessions import limits, work
from web.sessions.models import ORG_ID, OWNER, TITLE_LENGTH, UserSession
from web.sessions.work import Work

PENDING: Final = "pending"
APPROVED: Final = "approved"
FLAGGED: Final = "flagged"
REJECTED: Final = "rejected"
STATES: Final = (PENDING, APPROVED, FLAGGED, REJECTED)
PREFIXES: Final = {"face": "img_", "voice": "voi_"}
BANDS: Final = 4
"""The parts of a picture's hash that have an index each (`web.images.similar`)."""
_PUBLIC: Final = text("public_id IS NOT NULL")
_DUE: Final = text("due_at IS NOT NULL")
_QUEUED: Final = text("queued_at IS NOT NULL")


def _new_id(context: DefaultExecutionContext) -> str:
    kind = context.get_current_parameters()["kind"]  # type: ignore[no-untyped-call]
    return f"{PREFIXES[kind]}{secrets.token_hex(16)}"


class LibraryItem(HasVerdict, Base):
    """A picture (`face`) or a recording (`voice`) that an owner keeps."""

    __tablename__ = "library_item"
    __table_args__ = (
        Index("library_items_of_owner", "owner", "kind", "created_at", "id"),
        Index("library_items_by_moderation", "owner", "kind", "moderation", "created_at", "id"),
        Index("library_items_by_content", "owner", "kind", "sha256"),
        Index("library_items_by_source", "owner", "kind", "source_sha256"),
        Index("library_items_by_verdict", "verdict_state", "created_at"),
        Index(
            "library_items_public",
            "owner",
            "kind",
            "created_at",
            "id",
            sqlite_where=_PUBLIC,
            postgresql_where=_PUBLIC,
        ),
        *(Index(f"library_items_band_{n}", "owner", f"band_{n}") for n in range(BANDS)),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True, default=_new_id)
    owner: Mapped[str] = mapped_column(OWNER)
    org_id: Mapped[str | None] = mapped_column(ORG_ID, default=None)
    kind: Mapped[str] = mapped_column(String(8))
    name: Mapped[str] = mapped_column(String(TITLE_LENGTH))
    """What its owner calls it."""
    original_name: Mapped[str] = mapped_column(String(255))
    source_sha256: Mapped[str] = mapped_column(String(64))
    """The digest of the file as it was sent; that of the clean copy if it came from an upload."""
    received_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    """When the upload that it was kept from was received; None: when it was added."""
    cut_from: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True), default=None)
    """The digests of the recordings that it is a part of, the whole one first; None: it is whole.
    """
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    bytes: Mapped[int] = mapped_column(BigInteger)
    media_type: Mapped[str] = mapped_column(String(100))
    preview_sha256: Mapped[str] = mapped_column(String(64), index=True)
    preview_bytes: Mapped[int] = mapped_column(BigInteger)
    preview_type: Mapped[str] = mapped_column(String(100))
    width: Mapped[int | None] = mapped_column(default=None)
    height: Mapped[int | None] = mapped_column(default=None)
    seconds: Mapped[float | None] = mapped_column(default=None)
    exif: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """The harmless fields that the sent picture had; its copy has none."""
    band_0: Mapped[int | None] = mapped_column(default=None)
    band_1: Mapped[int | None] = mapped_column(default=None)
    band_2: Mapped[int | None] = mapped_column(default=None)
    band_3: Mapped[int | None] = mapped_column(default=None)
    scanned: Mapped[bool] = mapped_column(default=False)
    """Whether clamd found the received file clean."""
    moderation: Mapped[str] = mapped_column(String(16))
    public_id: Mapped[str | None] = mapped_column(String(40), default=None, unique=True)
    """The public address (`/i/PUBLIC_ID`); a new one each time it is published."""
    published_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)
    used_at: Mapped[datetime] = mapped_column(Moment, default=now, index=True)
    """When a job used it last; at first when it was added."""

    review: Mapped[ImageReview | None] = relationship(lazy="joined", uselist=False)
    """How it was moderated."""

    @property
    def blob(self) -> Blob:
        return Blob(self.sha256, self.bytes, self.media_type)

    @property
    def preview(self) -> Blob:
        return Blob(self.preview_sha256, self.preview_bytes, self.preview_type)

    @property
    def bands(self) -> tuple[int | None, ...]:
        """The perceptual hash, in parts; all None for a recording."""
        return self.band_0, self.band_1, self.band_2, self.band_3


class LibraryCrop(Base):
    """What a video would show of a face of a picture; its size is in the picture's verdict."""

    __tablename__ = "library_crop"

    item_id: Mapped[str] = mapped_column(
        ForeignKey("library_item.id", ondelete="CASCADE"), primary_key=True
    )
    stem: Mapped[str] = mapped_column(String(32), primary_key=True)
    """Face and aspect ratio, such as `0-9x16` (`web.examinations.reports.crop_stem`)."""
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    bytes: Mapped[int] = mapped_column(BigInteger)
    media_type: Mapped[str] = mapped_column(String(100))

    @property
    def blob(self) -> Blob:
        return Blob(self.sha256, self.bytes, self.media_type)


class ImageReview(Base):
    """How a picture was moderated; one that was added without moderation has no row."""

    __tablename__ = "image_review"
    __table_args__ = (
        Index(
            "image_reviews_due_at",
            "due_at",
            "item_id",
            sqlite_where=_DUE,
            postgresql_where=_DUE,
        ),
        Index(
            "image_reviews_queued_at",
            "queued_at",
            "item_id",
            sqlite_where=_QUEUED,
            postgresql_where=_QUEUED,
        ),
    )

    item_id: Mapped[str] = mapped_column(
        ForeignKey("library_item.id", ondelete="CASCADE"), primary_key=True
    )
    provider: Mapped[str] = mapped_column(String(32), default="")
    """What examines it: `local` or `rekognition`."""
    score: Mapped[float | None] = mapped_column(default=None)
    """How sure the provider is that the picture is not allowed, from 0 to 1."""
    labels: Mapped[list[str]] = mapped_column(JSON, default=list)
    tries: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    """When to examine it next; null once it was."""
    queued_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    """Since when it waits for an operator; null if it does not."""
    decided_at: Mapped[datetime | None] = mapped_column(Moment, default=None)
    decided_by: Mapped[str] = mapped_column(String(80), default="")
    """The operator; empty for a decision of the provider."""
    reason: Mapped[str] = mapped_column(Text, default="")
    """The reason that the owner gets."""
    appeal: Mapped[str | None] = mapped_column(Text, default=None)
    appealed_at: Mapped[datetime | None] = mapped_column(Moment, default=None)


def references(sha256: str) -> ColumnElement[bool]:
    """Return the condition under which an item refers to these bytes."""
    item = exists().where((LibraryItem.sha256 == sha256) | (LibraryItem.preview_sha256 == sha256))
    return or_(item, exists().where(LibraryCrop.sha256 == sha256))


# A session that owns itself is in use while it keeps something; nothing of it is open work.
_kept: Final = LibraryItem.owner == UserSession.id
_last: Final = select(func.max(LibraryItem.used_at)).where(_kept).scalar_subquery()
work.declare(Work(exists().where(_kept), false(), cast("ScalarSelect[datetime | None]", _last)))
limits.declare(LibraryItem.owner, LibraryItem.bytes + LibraryItem.preview_bytes)
