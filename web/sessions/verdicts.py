"""The verdicts on uploads: requested when a file is stored, recorded and enforced."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tasks.domain.examination import Crop, Verdict
from tasks.domain.job import JobOptions
from web.db.columns import now
from web.db.engine import reading, writing
from web.examinations import requests, subjects
from web.examinations.subjects import Subject, Subjects
from web.services import Services
from web.sessions.models import CROP, DONE, PENDING, UNAVAILABLE, Upload
from web.sessions.upload_reports import crop_name

MOST_REQUESTS: Final = 3
"""A file that ends workers is not sent to them for ever."""
LONGEST_WAIT: Final = timedelta(hours=1)
"""How long a file waits for a worker that can examine it."""
_CHECK_SECONDS: Final = 0.03
_PREFIX: Final = "upload"


def examine(services: Services, upload: Upload) -> Upload:
    """Ask for the verdict on a stored upload; return it with the verdict if that comes in time."""
    if upload.verdict_state != PENDING or not requests.request(services, _subject(upload)):
        return upload
    with writing() as db:
        _count_request(db, upload.id)
    return _with_verdict(upload, services.settings.examination.wait_seconds)


def require_usable(upload: Upload, options: JobOptions) -> None:
    """Raise the error with which the job would fail; without a verdict, the job may try."""
    simulated = options.mode == "simulation" or options.engines.get(upload.kind) == "simulated"
    if upload.verdict is not None and not simulated:
        Verdict.from_dict(upload.verdict).require_usable(options.face_index)


def _subject(upload: Upload) -> Subject:
    return Subject(f"{_PREFIX}:{upload.id}", upload.kind, upload.session_id, upload.blob)


def _with_verdict(upload: Upload, seconds: float) -> Upload:
    """Wait for the verdict, which the controller records."""
    pause, deadline = threading.Event(), time.monotonic() + seconds
    while time.monotonic() < deadline:
        pause.wait(_CHECK_SECONDS)
        with reading() as db:
            known = db.get(Upload, upload.id)
            if known is None or known.verdict_state != PENDING:
                return known or upload
    return upload


def _record(db: Session, upload_id: str, verdict: Verdict) -> None:
    upload = db.get(Upload, upload_id, with_for_update=True)
    if upload is None or upload.verdict_state == DONE:
        return
    upload.verdict_state, upload.verdict = DONE, verdict.to_dict()
    db.add_all(_crop_row(upload, crop) for crop in verdict.crops)


def _crop_row(upload: Upload, crop: Crop) -> Upload:
    return Upload(
        session_id=upload.session_id,
        owner=upload.owner,
        org_id=upload.org_id,
        kind=CROP,
        filename=crop_name(upload.filename, crop),
        shows_id=upload.id,
        scanned=upload.scanned,
        sha256=crop.blob.sha256,
        bytes=crop.blob.bytes,
        media_type=crop.blob.media_type,
    )


def _pending(db: Session, before: datetime) -> Sequence[Subject]:
    """List the uploads that wait for a verdict; those that waited for too long get none."""
    waiting = Upload.verdict_state == PENDING, Upload.created_at < before
    too_old = Upload.created_at < now() - LONGEST_WAIT
    tried = Upload.verdict_requests >= MOST_REQUESTS
    db.execute(update(Upload).where(*waiting, too_old | tried).values(verdict_state=UNAVAILABLE))
    due = select(Upload).where(*waiting).order_by(Upload.created_at).limit(100)
    return [_subject(upload) for upload in db.scalars(due)]


def _count_request(db: Session, upload_id: str) -> None:
    more = update(Upload).where(Upload.id == upload_id)
    db.execute(more.values(verdict_requests=Upload.verdict_requests + 1))


subjects.declare(_PREFIX, Subjects(_record, _pending, _count_request))
