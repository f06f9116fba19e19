"""What the stage cache holds, by the ledger: results, the bytes they stand on, how often used.

A result is held while a job shows it. When its last job has expired it is kept for jobs
that ask the same, until `web.storage.eviction` needs its place.
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
    """Results that the steps of one transaction have made or found: what is known of them is
    asked once for all, and what is new is written at once."""

    def __init__(self, db: Session, keys: Collection[str]) -> None:
        self._session = db
        known = db.scalars(select(CacheEntry).where(CacheEntry.key.in_(keys)))
        self._entries = {entry.key: entry for entry in known}
        self._counts: dict[str, CacheCount] = {}
        self._blobs: list[dict[str, Any]] = []

    def add(self, run: StageRun, artifact: Artifact, at: datetime) -> None:
        if not artifact.parts:
            return  # somebody else's work, of which we know that it was done
        size = sum(blob.bytes for blob in artifact.parts.values())
        entry = self._entries.get(artifact.key) or self._enter(run.stage, artifact, size, at)
        count = self._count(run.stage)
        if not run.found:
            count.misses += 1
            return
        entry.uses += 1
        entry.used_at = max(entry.used_at, at)
        count.hits += 1
        count.bytes_found += size
        count.seconds_saved += run.expected_seconds or 0.0

    def write(self) -> None:
        """The end of the transaction: entries first, for their blobs refer to them."""
        if self._blobs:
            self._session.flush()
            self._session.execute(insert(CacheBlob), self._blobs)
            self._blobs = []

    def _enter(self, stage: str, artifact: Artifact, size: int, at: datetime) -> CacheEntry:
        times = {"created_at": at, "used_at": at}
        entry = CacheEntry(key=artifact.key, stage=stage, bytes=size, uses=0, **times)
        self._session.add(entry)
        self._entries[artifact.key] = entry
        self._blobs += [
            {"key": artifact.key, **asdict(blob)}
            for blob in {blob.sha256: blob for blob in artifact.parts.values()}.values()
        ]
        return entry

    def _count(self, stage: str) -> CacheCount:
        if stage not in self._counts:
            self._counts[stage] = count_of(self._session, stage)
        return self._counts[stage]


def bytes_in_use() -> ColumnElement[bool]:
    """Whether a job that has not expired shows it."""
    return exists().where(
        StageRun.artifact == CacheEntry.key,
        StageRun.job_id == Job.id,
        Job.expired_at.is_(None),
    )


def forget(services: Services, db: Session, key: str) -> list[Blob]:
    """Let a result be computed anew; first the promise, then (by the caller) the bytes."""
    services.artifacts.forget(key)
    mine = CacheBlob.key == key
    blobs = [row.blob for row in db.scalars(select(CacheBlob).where(mine))]
    db.execute(delete(CacheBlob).where(mine))
    db.execute(delete(CacheEntry).where(CacheEntry.key == key))
    return blobs


def count_of(db: Session, stage: str) -> CacheCount:
    """The row of a stage, made when it is first needed."""
    count = db.get(CacheCount, stage)
    if count is None:
        count = CacheCount(
            **{"stage": stage, "hits": 0, "misses": 0, "bytes_found": 0},
            **{"seconds_saved": 0.0, "evictions": 0, "bytes_evicted": 0},
        )
        db.add(count)
        db.flush()
    return count
