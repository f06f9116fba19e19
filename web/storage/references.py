"""Delete references to stored bytes, and the bytes with their last reference.

A reference is an upload or an output of any session, a picture or recording of a library, a result
of the stage cache, or an input of an open job.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from sqlalchemy import ColumnElement, delete, exists, or_, select
from sqlalchemy.orm import Session

from tasks.domain.artifact import Blob
from tasks.domain.errors import RequestError
from tasks.domain.job import JobState
from web.db.columns import now
from web.db.engine import reading, serialise_writers, writing
from web.images import listing
from web.images import models as images
from web.images.errors import ImageInUse, VoiceInUse
from web.images.models import LibraryCrop, LibraryItem
from web.jobs import feedback, inputs, transitions
from web.jobs.models import Job, StageRun
from web.providers import retention
from web.services import Services
from web.sessions.models import Output, Upload, UserSession
from web.storage import cache
from web.storage.models import CacheBlob
from web.trust.models import Consent
from web.uploads.candidate import Kind

_NOUNS: Final[dict[str, tuple[str, type[RequestError]]]] = {
    "face": ("picture", ImageInUse),
    "voice": ("recording", VoiceInUse),
}
_MOST_NAMED: Final = 3


def drop_session(services: Services, session_id: str) -> int:
    """Delete all files of a session and return the bytes freed."""
    with writing() as db:
        jobs = list(db.scalars(select(Job.id).where(Job.session_id == session_id, ~Job.is_open)))
    freed = sum(drop_job(services, job_id) for job_id in jobs)
    freed += drop_uploads(services, Upload.session_id == session_id)
    return freed + drop_items(services, LibraryItem.owner == session_id)


def drop_cut_off(services: Services) -> int:
    """Delete the files of jobs that were open when their session was ended by force.

    Sessions with open jobs do not expire, so only a forced end leaves such jobs. What succeeded all
    the same stays in the library of an owner that outlives the session.
    """
    ends_with_session = Job.owner == Job.session_id
    cut_off = (
        select(Job.id)
        .join(UserSession, UserSession.id == Job.session_id)
        .where(~Job.is_open, Job.expired_at.is_(None), Job.finished_at > UserSession.ended_at)
        .where(or_(ends_with_session, Job.state != JobState.SUCCEEDED.value))
    )
    with reading() as db:
        job_ids = list(db.scalars(cut_off))
    return sum(drop_job(services, job_id) for job_id in job_ids)


def drop_job(services: Services, job_id: str, *, keep_results: bool = False) -> int:
    """Delete the outputs of an ended job and its results.

    With `keep_results`, the results stay in the stage cache until they are evicted.
    """
    with writing() as db:
        serialise_writers(db)
        job = db.get_one(Job, job_id)
        if not transitions.expire(job, now()):
            return 0  # it was opened again meanwhile
        blobs = [output.blob for output in _outputs(db, job_id)]
        # The job may hold the last reference to uploads that were deleted while it was open.
        blobs += inputs.blobs(job.inputs)
        db.execute(delete(Output).where(Output.job_id == job_id))
        feedback.forget_words(db, job_id)
        db.flush()
        unshared = _unshared_artifacts(db, job_id)
        clips = set(retention.forget(db, job_id)) - set(_shared(db, job_id))
        for key in [] if keep_results else {*unshared, *clips}:
            blobs += cache.forget(services, db, key)
        return delete_unreferenced(services, db, blobs)


def drop_late_clips(services: Services) -> int:
    """Delete what calls to providers left that were open when their job was deleted."""
    with reading() as db:
        job_ids = retention.late_jobs(db)
    return sum(_drop_late(services, job_id) for job_id in job_ids)


def _drop_late(services: Services, job_id: str) -> int:
    with writing() as db:
        serialise_writers(db)
        blobs: list[Blob] = []
        for key in set(retention.forget(db, job_id)) - set(_shared(db, job_id)):
            artifact = services.artifacts.find(key)
            blobs += [] if artifact is None else artifact.parts.values()
            blobs += cache.forget(services, db, key)
        return delete_unreferenced(services, db, blobs)


def drop_uploads(services: Services, which: ColumnElement[bool]) -> int:
    """Delete uploads together with their previews."""
    with writing() as db:
        serialise_writers(db)
        uploads = list(db.scalars(select(Upload).where(which)))
        ids = [upload.id for upload in uploads]
        previews = db.scalars(select(Upload).where(Upload.shows_id.in_(ids)))
        blobs = {row.sha256: row.blob for row in (*uploads, *previews)}
        db.execute(delete(Upload).where(Upload.shows_id.in_(ids)))
        db.execute(delete(Upload).where(Upload.id.in_(ids)))
        return delete_unreferenced(services, db, blobs.values())


def drop_upload(services: Services, upload_id: str) -> int:
    """Delete one upload with its preview; jobs that are open keep what they need of it."""
    return drop_uploads(services, Upload.id == upload_id)


def drop_items(services: Services, which: ColumnElement[bool]) -> int:
    """Delete pictures and recordings of libraries; open jobs keep what they need of them."""
    with writing() as db:
        serialise_writers(db)
        return _drop_items(services, db, list(db.scalars(select(LibraryItem).where(which))))


def _drop_items(services: Services, db: Session, items: list[LibraryItem]) -> int:
    ids = [item.id for item in items]
    crops = db.scalars(select(LibraryCrop).where(LibraryCrop.item_id.in_(ids)))
    blobs = {blob.sha256: blob for item in items for blob in (item.blob, item.preview)}
    blobs |= {crop.sha256: crop.blob for crop in crops}
    # It waits for starts that have locked an item, so that the next query sees their jobs.
    db.execute(delete(LibraryItem).where(LibraryItem.id.in_(ids)))
    return delete_unreferenced(services, db, blobs.values())


def drop_item(services: Services, kind: Kind, item_id: str) -> int:
    """Delete one picture or recording; raises an error that names the open jobs that use it."""
    with writing() as db:
        serialise_writers(db)
        item = listing.find(db, kind, item_id, lock=True)
        users = _open_users(db, item)
        if users:
            raise _in_use(kind, users)
        return _drop_items(services, db, [item])


def _open_users(db: Session, item: LibraryItem) -> list[str]:
    """Return the open jobs of an item's owner that are made from it, the oldest first."""
    mine = (Job.owner == item.owner) | (Job.session_id == item.owner)
    found = select(Job.id, Job.inputs).where(Job.is_open, mine).order_by(Job.created_at)
    return [
        job_id
        for job_id, stored in db.execute(found)
        if item.sha256 in {blob.sha256 for blob in inputs.blobs(stored)}
    ]


def _in_use(kind: Kind, users: list[str]) -> RequestError:
    noun, error = _NOUNS[kind]
    if len(users) == 1:
        who, then = f"Job {users[0]} uses", "the job has ended, or cancel the job"
    else:
        shown = ", ".join(users[:_MOST_NAMED]) + (", ..." if len(users) > _MOST_NAMED else "")
        who, then = f"{len(users)} jobs ({shown}) use", "the jobs have ended, or cancel them"
    message = f"{who} this {noun}. Delete it when {then} first."
    return error(message, errors=[{"job_id": job_id} for job_id in users])


def drop_replaced(services: Services, session_id: str) -> int:
    """Delete a session's uploads that a newer upload of the same kind has replaced.

    In the library of an owner that outlives the session, no upload replaces another.
    """
    with reading() as db:
        mine = select(Upload).where(
            Upload.session_id == session_id,
            Upload.owner == Upload.session_id,
            Upload.shows_id.is_(None),
        )
        newest_first = list(db.scalars(mine.order_by(Upload.created_at.desc())))
    kept = {upload.kind: upload.id for upload in reversed(newest_first)}
    replaced = [upload.id for upload in newest_first if upload.id != kept[upload.kind]]
    return drop_uploads(services, Upload.id.in_(replaced))


def _outputs(db: Session, job_id: str) -> list[Output]:
    return list(db.scalars(select(Output).where(Output.job_id == job_id)))


def _unshared_artifacts(db: Session, job_id: str) -> list[str]:
    """Return the results of a job to which no other unexpired job refers."""
    mine = set(
        db.scalars(
            select(StageRun.artifact).where(StageRun.job_id == job_id, StageRun.artifact != "")
        )
    )
    return sorted(mine - set(_shared(db, job_id)))


def _shared(db: Session, job_id: str) -> list[str]:
    """Return the results of the clips of a job to which another unexpired job refers."""
    mine = select(StageRun.artifact).where(StageRun.job_id == job_id, StageRun.artifact != "")
    others = (
        select(StageRun.artifact)
        .join(Job, Job.id == StageRun.job_id)
        .where(StageRun.artifact.in_(mine), StageRun.job_id != job_id, Job.expired_at.is_(None))
    )
    return list(db.scalars(others))


def delete_unreferenced(services: Services, db: Session, blobs: Iterable[Blob]) -> int:
    """Delete the bytes of blobs without a reference and return the bytes freed.

    Runs in the transaction that deleted the references, so that no new one is added meanwhile.
    """
    needed = {
        blob.sha256
        for stored in db.scalars(select(Job.inputs).where(Job.is_open))
        for blob in inputs.blobs(stored)
    }
    freed = 0
    for blob in {blob.sha256: blob for blob in blobs}.values():
        referenced = any(
            db.scalar(select(exists().where(table.sha256 == blob.sha256)))
            for table in (Upload, Output, CacheBlob)
        )
        evidence = exists().where(Consent.evidence_sha256 == blob.sha256)
        referenced = referenced or any(
            db.scalar(select(reference)) for reference in (images.references(blob.sha256), evidence)
        )
        if not referenced and blob.sha256 not in needed:
            services.artifacts.remove(blob.path)
            freed += blob.bytes
    return freed
