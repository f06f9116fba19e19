"""What the stage cache holds, by the ledger: results, the bytes they stand on, how often used.

A result is held while a job shows it. When its last job has expired it is kept for jobs
that ask the same, until `web.eviction` needs its place.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, delete, exists, select
from sqlalchemy.orm import Session

from tasks.domain.artifact import Artifact, Blob
from web.models import CacheBlob, CacheCount, CacheEntry, Job, StageRun
from web.services import Services


def note(session: Session, run: StageRun, artifact: Artifact, at: datetime) -> None:
    """A step has found or made this result; in the transaction that says so."""
    if not artifact.parts:
        return  # somebody else's work, of which we know that it was done
    size = sum(blob.bytes for blob in artifact.parts.values())
    count = count_of(session, run.stage)
    entry = session.get(CacheEntry, artifact.key)
    if entry is None:
        entry = CacheEntry(
            key=artifact.key, stage=run.stage, bytes=size, uses=0, created_at=at, used_at=at
        )
        session.add(entry)
        session.flush()
        for blob in {blob.sha256: blob for blob in artifact.parts.values()}.values():
            stands_on = {"bytes": blob.bytes, "media_type": blob.media_type}
            session.add(CacheBlob(key=artifact.key, sha256=blob.sha256, **stands_on))
    if not run.found:
        count.misses += 1
        return
    entry.uses += 1
    entry.used_at = max(entry.used_at, at)
    count.hits += 1
    count.bytes_found += size
    count.seconds_saved += run.expected_seconds or 0.0


def held() -> ColumnElement[bool]:
    """Whether a job that has not expired shows it."""
    return exists().where(
        StageRun.artifact == CacheEntry.key,
        StageRun.job_id == Job.id,
        Job.expired_at.is_(None),
    )


def forget(services: Services, session: Session, key: str) -> list[Blob]:
    """Let a result be computed anew; first the promise, then (by the caller) the bytes."""
    services.artifacts.forget(key)
    mine = CacheBlob.key == key
    blobs = [row.blob for row in session.scalars(select(CacheBlob).where(mine))]
    session.execute(delete(CacheBlob).where(mine))
    session.execute(delete(CacheEntry).where(CacheEntry.key == key))
    return blobs


def count_of(session: Session, stage: str) -> CacheCount:
    """The row of a stage, made when it is first needed."""
    count = session.get(CacheCount, stage)
    if count is None:
        count = CacheCount(
            **{"stage": stage, "hits": 0, "misses": 0, "bytes_found": 0},
            **{"seconds_saved": 0.0, "evictions": 0, "bytes_evicted": 0},
        )
        session.add(count)
        session.flush()
    return count
