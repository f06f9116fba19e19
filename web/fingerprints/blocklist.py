"""Refuse uploads of a face, voice or video that was withdrawn after a report.

Equal bytes are recognised by their digest, and changed copies by their fingerprint. Another
picture of the same person is not recognised: that would take biometric data.
"""

from __future__ import annotations

import hashlib
import logging
import zlib
from pathlib import Path
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from config.settings import Settings
from tasks.domain.fingerprint import Fingerprint, compare
from web.db.engine import reading, writing
from web.fingerprints.examiner import examine
from web.fingerprints.models import BlockedFile
from web.uploads.candidate import Kind, refusal

log = logging.getLogger(__name__)

VIDEO: Final = "video"
STILL_ALIKE: Final = 0.81
"""The likeness from which a picture is that of another file: at most 12 of 64 bits differ.

A crop by 5 % changes up to 12; no two different pictures of the tests differ in less than 20."""


def require_allowed(settings: Settings, kind: Kind, clean: Path, sender: str = "") -> None:
    """Refuse the clean copy of an upload that is, or was made from, a blocked file."""
    with reading() as db:
        blocked = list(db.scalars(select(BlockedFile).where(BlockedFile.kind.in_((kind, VIDEO)))))
    if not blocked:
        return
    digest = hashlib.sha256(clean.read_bytes()).hexdigest()
    found = next((row for row in blocked if row.sha256 == digest), None)
    if found is None and any(row.fingerprint is not None for row in blocked):
        seen = examine(settings, clean, sender).fingerprint
        found = next((row for row in blocked if _is_like(kind, seen, row)), None)
    if found is None:
        return
    with writing() as db:
        mine = BlockedFile.id == found.id
        db.execute(update(BlockedFile).where(mine).values(refused=BlockedFile.refused + 1))
    log.info("withdrawn file refused", extra={"kind": kind, "report_id": found.report_id})
    message = "This file was withdrawn after a report and cannot be used."
    raise refusal("withdrawn", "WITHDRAWN", message)


def _is_like(kind: Kind, seen: Fingerprint, row: BlockedFile) -> bool:
    if row.fingerprint is None:
        return False
    likeness = compare(seen, unpack(row.fingerprint))
    if kind == "voice":
        return bool(likeness.has_same_sound)
    return likeness.picture is not None and likeness.picture >= STILL_ALIKE


def block(db: Session, kind: str, sha256: str, report_id: str) -> None:
    """Block a file by its digest, once."""
    known = select(BlockedFile.id).where(BlockedFile.kind == kind, BlockedFile.sha256 == sha256)
    if db.scalar(known) is None:
        db.add(BlockedFile(kind=kind, sha256=sha256, report_id=report_id))
        db.flush()


def add_fingerprint(kind: str, sha256: str, fingerprint: Fingerprint) -> None:
    """Let changed copies of a blocked file be recognised too."""
    mine = BlockedFile.kind == kind, BlockedFile.sha256 == sha256
    with writing() as db:
        db.execute(update(BlockedFile).where(*mine).values(fingerprint=pack(fingerprint)))


def pack(fingerprint: Fingerprint) -> bytes:
    """Compress a fingerprint for a column."""
    return zlib.compress(fingerprint.to_json().encode())


def unpack(stored: bytes) -> Fingerprint:
    """Read a fingerprint from a column."""
    return Fingerprint.from_json(zlib.decompress(stored))
