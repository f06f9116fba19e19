"""Letting go of files: bytes that nobody refers to any more are deleted from the store.

A reference is a row: an upload or an output, of whichever session, a result of the stage
cache, or the inputs of a job that has not ended. The last one to go takes the bytes along.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, select
from sqlalchemy.orm import Session

from tasks.domain import wire
from tasks.domain.artifact import Blob
from tasks.domain.job import OPEN_STATES
from tasks.domain.wire import Malformed
from web.db.columns import now
from web.db.engine import reading, serialise_writers, writing
from web.jobs.models import Job, StageRun
from web.services import Services
from web.sessions.models import Output, Upload, UserSession
from web.storage import cache
from web.storage.models import CacheBlob


def drop_session(services: Services, session_id: str) -> int:
    """Delete all files of a session; how many bytes that freed."""
    with writing() as db:
        jobs = list(db.scalars(select(Job.id).where(Job.session_id == session_id, _ended())))
    freed = sum(drop_job(services, job_id) for job_id in jobs)
    return freed + drop_uploads(services, Upload.session_id == session_id)


def drop_cut_off(services: Services) -> int:
    """Delete the files of jobs that were still at work when somebody ended their session.

    Only a forced end meets a working session; idleness does not.
    """
    cut_off = (
        select(Job.id)
        .join(UserSession, UserSession.id == Job.session_id)
        .where(_ended(), Job.expired_at.is_(None), Job.finished_at > UserSession.ended_at)
    )
    with reading() as db:
        due = list(db.scalars(cut_off))
    return sum(drop_job(services, job_id) for job_id in due)


def drop_job(services: Services, job_id: str, *, keep_results: bool = False) -> int:
    """Delete the files that an ended job made, and let their results be computed anew.

    With `keep_results` they stay in the stage cache, for as long as that has room for them.
    """
    with writing() as db:
        serialise_writers(db)
        job = db.get_one(Job, job_id)
        job.expired_at = now()
        blobs = [output.blob for output in _rows(db, job_id)]
        # Uploads that were dropped while this job still needed them left their bytes to it.
        blobs += _inputs(job.inputs)
        db.execute(delete(Output).where(Output.job_id == job_id))
        db.flush()
        for key in [] if keep_results else _artifacts_of_nobody(db, job_id):
            blobs += cache.forget(services, db, key)
        return delete_unreferenced(services, db, blobs)


def drop_uploads(services: Services, which: ColumnElement[bool]) -> int:
    """Delete uploads, and the previews that show them."""
    with writing() as db:
        serialise_writers(db)
        gone = list(db.scalars(select(Upload).where(which)))
        ids = [upload.id for upload in gone]
        shown = db.scalars(select(Upload).where(Upload.shows_id.in_(ids)))
        blobs = {row.sha256: row.blob for row in (*gone, *shown)}
        db.execute(delete(Upload).where(Upload.shows_id.in_(ids)))
        db.execute(delete(Upload).where(Upload.id.in_(ids)))
        return delete_unreferenced(services, db, blobs.values())


def drop_replaced(services: Services, session_id: str) -> int:
    """Delete uploads of a session that a newer one of their kind has taken the place of."""
    with reading() as db:
        mine = select(Upload).where(Upload.session_id == session_id, Upload.shows_id.is_(None))
        newest_first = list(db.scalars(mine.order_by(Upload.created_at.desc())))
    kept = {upload.kind: upload.id for upload in reversed(newest_first)}
    gone = [upload.id for upload in newest_first if upload.id != kept[upload.kind]]
    return drop_uploads(services, Upload.id.in_(gone))


def _rows(db: Session, job_id: str) -> list[Output]:
    return list(db.scalars(select(Output).where(Output.job_id == job_id)))


def _artifacts_of_nobody(db: Session, job_id: str) -> list[str]:
    """Results of a job that no other job still shows."""
    mine = set(
        db.scalars(
            select(StageRun.artifact).where(StageRun.job_id == job_id, StageRun.artifact != "")
        )
    )
    others = (
        select(StageRun.artifact)
        .join(Job, Job.id == StageRun.job_id)
        .where(StageRun.artifact.in_(mine), StageRun.job_id != job_id, Job.expired_at.is_(None))
    )
    return sorted(mine - set(db.scalars(others)))


def delete_unreferenced(services: Services, db: Session, blobs: Iterable[Blob]) -> int:
    """Inside the transaction that dropped the references, so that nobody adds one meanwhile."""
    at_work = {
        blob.sha256
        for inputs in db.scalars(select(Job.inputs).where(~_ended()))
        for blob in _inputs(inputs)
    }
    freed = 0
    for blob in {blob.sha256: blob for blob in blobs}.values():
        held = any(
            db.scalar(select(exists().where(table.sha256 == blob.sha256)))
            for table in (Upload, Output, CacheBlob)
        )
        if not held and blob.sha256 not in at_work:
            services.artifacts.remove(blob.path)
            freed += blob.bytes
    return freed


def _inputs(stored: Any) -> list[Blob]:
    """The uploads that a row refers to; what is no reference keeps no bytes."""
    found: list[Blob] = []
    for raw in stored.values() if isinstance(stored, dict) else ():
        with suppress(Malformed):
            found.append(wire.build(Blob, raw))
    return found


def _ended() -> ColumnElement[bool]:
    return Job.state.not_in([state.value for state in OPEN_STATES])
