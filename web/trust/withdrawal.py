"""Withdraw videos after a report, and block what they were made from."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tasks.domain import wire
from tasks.domain.artifact import Blob
from tasks.domain.errors import CallsheetError
from tasks.domain.wire import Malformed
from web.accounts.notices import notify
from web.db.columns import now
from web.events.publish import wake_controller
from web.fingerprints import blocklist
from web.fingerprints.examiner import examine
from web.fingerprints.models import BlockedFile
from web.jobs import consent
from web.jobs.models import Job
from web.services import Services
from web.trust.models import KnownVideo

log = logging.getLogger(__name__)

_USER: Final = "user:"
_EXTENSIONS: Final = {"image/png": ".png", "image/jpeg": ".jpg"}


@dataclass(frozen=True, slots=True)
class Blocked:
    """An input of a withdrawn video, whose fingerprint is still to be computed."""

    kind: str
    blob: Blob


def withdraw(
    services: Services, db: Session, named: Sequence[str], report_id: str
) -> list[Blocked]:
    """Withdraw jobs and those of their owners with the same face, in the caller's transaction."""
    jobs = list(db.scalars(select(Job).where(Job.id.in_(named)).with_for_update()))
    faces = {sha for job in jobs if (sha := _sha(job, "face")) is not None}
    owners = {job.owner for job in jobs}
    others = db.scalars(
        select(Job).where(Job.owner.in_(owners), Job.consent_withdrawn_at.is_(None))
    )
    all_jobs = {job.id: job for job in (*jobs, *(o for o in others if _sha(o, "face") in faces))}
    consent.withdraw_jobs(services, db, list(all_jobs.values()))
    known = KnownVideo.job_id.in_([*named, *all_jobs])
    db.execute(update(KnownVideo).where(known).values(withdrawn_at=now()))
    for video in db.scalars(select(KnownVideo).where(known)):
        blocklist.block(db, blocklist.VIDEO, video.sha256, report_id)
        if video.fingerprint is not None:
            _keep_fingerprint(db, video)
    blocked = [Blocked(kind, blob) for job in jobs for kind, blob in _inputs(job)]
    for one in blocked:
        blocklist.block(db, one.kind, one.blob.sha256, report_id)
    _tell(db, services, owners)
    return blocked


def finish(services: Services, blocked: Sequence[Blocked]) -> None:
    """Compute the fingerprints of blocked inputs, so that changed copies are refused too."""
    wake_controller(services)
    for one in {one.blob.sha256: one for one in blocked}.values():
        try:
            _add_fingerprint(services, one)
        except (CallsheetError, OSError) as error:
            what = {"kind": one.kind, "error": type(error).__name__}
            log.warning("withdrawn file blocked by its digest only", extra=what)


def _add_fingerprint(services: Services, one: Blocked) -> None:
    temporary = services.settings.path("temp")
    temporary.mkdir(parents=True, exist_ok=True)
    suffix = _EXTENSIONS.get(one.blob.media_type, ".wav")
    with tempfile.NamedTemporaryFile(dir=temporary, suffix=suffix) as file:
        for chunk in services.artifacts.read(one.blob, 0, one.blob.bytes):
            file.write(chunk)
        file.flush()
        found = examine(services.settings, Path(file.name)).fingerprint
    blocklist.add_fingerprint(one.kind, one.blob.sha256, found)


def _keep_fingerprint(db: Session, video: KnownVideo) -> None:
    mine = BlockedFile.kind == blocklist.VIDEO, BlockedFile.sha256 == video.sha256
    db.execute(update(BlockedFile).where(*mine).values(fingerprint=video.fingerprint))


def _inputs(job: Job) -> list[tuple[str, Blob]]:
    found: list[tuple[str, Blob]] = []
    stored: Any = job.inputs
    for kind, raw in stored.items() if isinstance(stored, dict) else ():
        try:
            found.append((str(kind), wire.build(Blob, raw)))
        except Malformed:
            continue
    return found


def _sha(job: Job, kind: str) -> str | None:
    return next((blob.sha256 for name, blob in _inputs(job) if name == kind), None)


def _tell(db: Session, services: Services, owners: set[str]) -> None:
    for owner in owners:
        if owner.startswith(_USER):
            notify(
                db,
                services,
                owner.removeprefix(_USER),
                "A video of yours was withdrawn",
                "The person shown reported a video of yours, and the operators of this server "
                "withdrew it. Its files can no longer be opened, and its picture and recording "
                "can no longer be used.",
            )
