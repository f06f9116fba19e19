"""The stage cache in the database: results, the bytes they consist of, and how often each is used.

A result stays while a job refers to it. After its last job has expired, it is kept for jobs with
the same request until `web.storage.eviction` needs the space.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import ColumnElement, Executable, and_, case, delete, exists, select
from sqlalchemy.orm import Session

from tasks.domain.artifact import Artifact, Blob
from web.db.upserts import dialect_of, insert_into
from web.jobs.models import Job, StageRun
from web.services import Services
from web.storage.models import CacheBlob, CacheCount, CacheEntry

_ADDED: Final = ("hits", "misses", "bytes_found", "seconds_saved")
"""The counters of a stage that a transaction adds to."""
_UNUSED: Final = {"evictions": 0, "bytes_evicted": 0}


class CacheStatistics:
    """Collects the cache use of one transaction: one statement for each table."""

    def __init__(self, db: Session) -> None:
        self._db = db
        self._entries: dict[str, dict[str, Any]] = {}
        self._counts: dict[str, dict[str, Any]] = {}
        self._blobs: list[dict[str, Any]] = []

    def add(self, run: StageRun, artifact: Artifact, at: datetime) -> None:
        """Count a stage run as a hit or a miss, and remember a new result."""
        if not artifact.parts:
            return  # an external stage, of which only the end is known
        size = sum(blob.bytes for blob in artifact.parts.values())
        entry = self._entry(run.stage, artifact, size, at)
        count = self._counts.setdefault(run.stage, dict.fromkeys(_ADDED, 0))
        if not run.found:
            count["misses"] += 1
            return
        entry["uses"] += 1
        entry["used_at"] = max(entry["used_at"], at)
        count["hits"] += 1
        count["bytes_found"] += size
        count["seconds_saved"] += run.expected_seconds or 0.0

    def remember(self, stage: str, artifact: Artifact, at: datetime) -> None:
        """Remember a new result that no job refers to, so that it is evicted in its turn."""
        if artifact.parts:
            size = sum(blob.bytes for blob in artifact.parts.values())
            self._entry(stage, artifact, size, at)

    def write(self) -> None:
        """Write what was collected: entries before the blobs that need them, rows in one order."""
        dialect = dialect_of(self._db)
        self._execute(_add_entries(dialect), (self._entries[key] for key in sorted(self._entries)))
        self._execute(_add_blobs(dialect), self._blobs)
        counts = ({"stage": name, **_UNUSED, **self._counts[name]} for name in sorted(self._counts))
        self._execute(_add_counts(dialect), counts)
        self._entries, self._counts, self._blobs = {}, {}, []

    def _execute(self, statement: Executable, rows: Iterable[dict[str, Any]]) -> None:
        if values := list(rows):
            self._db.execute(statement, values)

    def _entry(self, stage: str, artifact: Artifact, size: int, at: datetime) -> dict[str, Any]:
        """Return the row of a result; one that is in the table keeps all but its use."""
        known = self._entries.get(artifact.key)
        if known is not None:
            return known
        row = {"key": artifact.key, "stage": stage, "bytes": size, "uses": 0}
        row |= {"created_at": at, "used_at": at}
        self._entries[artifact.key] = row
        self._blobs += [
            {"key": artifact.key, **asdict(blob)}
            for blob in {blob.sha256: blob for blob in artifact.parts.values()}.values()
        ]
        return row


@cache
def _add_entries(dialect: str) -> Executable:
    added = insert_into(dialect, CacheEntry)
    new = added.excluded
    later = and_(new.uses > 0, new.used_at > CacheEntry.used_at)
    use = {
        "uses": CacheEntry.uses + new.uses,
        "used_at": case((later, new.used_at), else_=CacheEntry.used_at),
    }
    return added.on_conflict_do_update(index_elements=["key"], set_=use)


@cache
def _add_blobs(dialect: str) -> Executable:
    return insert_into(dialect, CacheBlob).on_conflict_do_nothing()


@cache
def _add_counts(dialect: str) -> Executable:
    added = insert_into(dialect, CacheCount)
    sums = {name: getattr(CacheCount, name) + added.excluded[name] for name in _ADDED}
    return added.on_conflict_do_update(index_elements=["stage"], set_=sums)


def bytes_in_use() -> ColumnElement[bool]:
    """Return the condition that an unexpired job refers to a cache entry."""
    return exists().where(
        StageRun.artifact == CacheEntry.key,
        StageRun.job_id == Job.id,
        Job.expired_at.is_(None),
    )


def forget(services: Services, db: Session, key: str) -> list[Blob]:
    """Remove a result from the cache and return its blobs, for the caller to delete afterwards."""
    services.artifacts.forget(key)
    mine = CacheBlob.key == key
    blobs = [row.blob for row in db.scalars(select(CacheBlob).where(mine))]
    db.execute(delete(CacheBlob).where(mine))
    db.execute(delete(CacheEntry).where(CacheEntry.key == key))
    return blobs


def count_of(db: Session, stage: str) -> CacheCount:
    """Return the counters of a stage, creating the row if needed."""
    count = db.get(CacheCount, stage)
    if count is None:
        count = CacheCount(
            **{"stage": stage, "hits": 0, "misses": 0, "bytes_found": 0},
            **{"seconds_saved": 0.0, "evictions": 0, "bytes_evicted": 0},
        )
        db.add(count)
        db.flush()
    return count
