"""Tables of the stage cache: its results, their bytes and its counters."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from tasks.domain.artifact import Blob
from web.db.columns import Moment, now
from web.db.engine import Base


class CacheEntry(Base):
    """A result that stages find by its key; it may outlive the jobs that computed or reused it."""

    __tablename__ = "cache_entry"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    stage: Mapped[str] = mapped_column(String(32))
    bytes: Mapped[int] = mapped_column(BigInteger)
    uses: Mapped[int] = mapped_column(default=0)
    """How often it was reused instead of computed."""
    created_at: Mapped[datetime] = mapped_column(Moment, default=now)
    used_at: Mapped[datetime] = mapped_column(Moment, default=now, index=True)


class CacheBlob(Base):
    """A blob that a cache entry consists of; entries may share blobs."""

    __tablename__ = "cache_blob"

    key: Mapped[str] = mapped_column(ForeignKey("cache_entry.key"), primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64), primary_key=True, index=True)
    bytes: Mapped[int] = mapped_column(BigInteger)
    media_type: Mapped[str] = mapped_column(String(100))

    @property
    def blob(self) -> Blob:
        return Blob(self.sha256, self.bytes, self.media_type)


class CacheCount(Base):
    """Counters of the cache for one stage, since installation."""

    __tablename__ = "cache_count"

    stage: Mapped[str] = mapped_column(String(32), primary_key=True)
    hits: Mapped[int] = mapped_column(default=0)
    misses: Mapped[int] = mapped_column(default=0)
    bytes_found: Mapped[int] = mapped_column(BigInteger, default=0)
    seconds_saved: Mapped[float] = mapped_column(default=0.0)
    """The expected durations of the steps whose results were reused."""
    evictions: Mapped[int] = mapped_column(default=0)
    bytes_evicted: Mapped[int] = mapped_column(BigInteger, default=0)
