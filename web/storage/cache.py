"""The stage cache in the database: results, the bytes they consist of, and how often each is used.

A result stays while a job refers to it. After its last job has expired, it is kept for jobs with
the same request until `web.storage.eviction` needs the space.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, insert, select
from sqlalchemy.orm import Session

from tasks.domain.artifact import Artifact, Blob
from web.jobs.models import Job, StageRun
from web.services import Services
from web.storage.models import CacheBlob, CacheCount, CacheEntry


class CacheStatistics:
    """Collects the cache use of one transaction: one query for known results, one bulk insert."""

    def __init__(self, db: Session, keys: Collection[str]) -> None:
        self._db = db
        known = db.scalars(select(CacheEntry).where(CacheEntry.key.in_(keys)))
        self._entries = {entry.key: entry for entry in known}
        self._counts: dict[str, CacheCount] = {}
        self._blobs: list[dict[str, Any]] = []

    def add(self, run: StageRun, artifact: Artifact, at: datetime) -> None:
        """Count a stage run as a hit or a miss, and remember a new result."""
        if not artifact.parts:
            return  # an external stage, of which only the end is known
        size = sum(blob.bytes for blob in artifact.parts.values())
        entry = self._entries.get(artifact.key) or self._new_entry(run.stage, artifact, size, at)
        count = self._count(run.stage)
        if not run.found:
            count.misses += 1
            return
        entry.uses += 1
        entry.used_at = max(entry.used_at, at)
        count.hits += 1
        count.bytes_found += size
        count.seconds_saved += run.expected_seconds or 0.0

    def remember(self, stage: str, artifact: Artifact, at: datetime) -> None:
        """Remember a new result that no job refers to, so that it is evicted in its turn."""
        if artifact.parts and artifact.key not in self._entries:
            size = sum(blob.bytes for blob in artifact.parts.values())
            self._new_entry(stage, artifact, size, at)

    def write(self) -> None:
        """Write new rows at the end of the transaction: entries before the blobs that need them."""
        if self._blobs:
            self._db.flush()
            self._db.execute(insert(CacheBlob), self._blobs)
            self._blobs = []

    def _new_entry(self, stage: str, artifact: Artifact, size: int, at: datetime) -> CacheEntry:
        times = {"created_at": at, "used_at": at}
        entry = CacheEntry(key=artifact.key, stage=stage, bytes=size, uses=0, **times)
        self._db.add(entry)
        self._entries[artifact.key] = entry
        self._blobs += [
            {"key": artifact.key, **asdict(blob)}
            for blob in {blob.sha256: blob for blob in artifact.parts.values()}.values()
        ]
        return entry

    def _count(self, stage: str) -> CacheCount:
        if not self._counts:
            self._counts = {count.stage: count for count in self._db.scalars(select(CacheCount))}
        if stage not in self._counts:
            self._counts[stage] = count_of(self._db, stage)
        return self._counts[stage]


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
