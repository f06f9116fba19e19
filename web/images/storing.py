"""Add a picture or a recording to the library of an owner.

Equal bytes of one owner are one item. Bytes that another owner has too may be stored once, but
neither the answer, its time nor the quota depends on that.
"""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from config import log_context
from tasks.domain.artifact import Blob
from tasks.domain.errors import CallsheetError
from web.db.engine import reading, serialise_writers, writing
from web.examinations.verdicts import first_state
from web.fingerprints.blocklist import require_allowed
from web.images import moderation, verdicts
from web.images.cutting import cut, source_of
from web.images.details import Details, measure
from web.images.models import APPROVED, LibraryItem
from web.images.verdicts import of_items
from web.services import Services
from web.sessions import limits
from web.sessions.models import TITLE_LENGTH, Upload
from web.upload_errors import UploadNotFound
from web.uploads.candidate import WHOLE, Candidate, Clean, Kind, Trim
from web.uploads.validation import limit_of


@dataclass(frozen=True, slots=True)
class Keeper:
    """Who keeps an item, and the organisation that it belongs to."""

    owner: str
    org_id: str | None = None


@dataclass(frozen=True, slots=True)
class Stored:
    """An item, and whether this request has added it."""

    item: LibraryItem
    is_new: bool


def store(
    services: Services,
    keeper: Keeper,
    kind: Kind,
    path: Path,
    original_name: str,
    *,
    name: str = "",
    sender: str,
    part: Trim = WHOLE,
) -> Stored:
    """Check a received file and keep its clean copy, of a recording also only a part."""
    source = source_of(_sha256(path), part)
    with reading() as db:
        earlier = _find_same(db, keeper.owner, kind, source)
        if earlier is not None:
            return Stored(earlier, is_new=False)
        limits.require_owner_quota(db, services.settings, keeper.owner, path.stat().st_size)
    limit = limit_of(services.settings, kind)
    candidate = Candidate(kind, path, original_name, limit, sender, part)
    named = _Named(keeper, kind, original_name, name, source)
    try:
        with services.validator.clean(candidate) as clean:
            require_allowed(services.settings, kind, clean.path, sender)
            details = measure(kind, clean.path, clean.path.parent, path)
            return _keep_clean(services, named, clean, details, scanned=clean.scanned)
    except CallsheetError as error:
        if error.details.get("security") or error.details.get("quarantine"):
            services.quarantine.add(candidate, log_context.ids().get("session_id", ""), error)
        raise


def keep_upload(
    services: Services,
    keeper: Keeper,
    upload: Upload,
    *,
    name: str = "",
    sender: str = "",
    part: Trim = WHOLE,
) -> Stored:
    """Keep an upload of a session, which was checked when it was received, or a part of it."""
    kind: Kind = "voice" if upload.kind == "voice" else "face"
    source = source_of(upload.sha256, part)
    original_name = upload.original_name or upload.filename
    named = _Named(keeper, kind, original_name, name or upload.title, source, upload)
    with reading() as db:
        earlier = _find_same(db, keeper.owner, kind, source)
        if earlier is not None:
            return Stored(earlier, is_new=False)
        shown = Upload.shows_id == upload.id, Upload.kind == "preview"
        preview = db.scalar(select(Upload).where(*shown))
    if preview is None:
        raise UploadNotFound  # it is being deleted
    if part != WHOLE:
        with cut(services, upload.blob, part, sender) as clean:
            details = measure(kind, clean.path, clean.path.parent)
            return _keep_clean(services, named, clean, details, scanned=upload.scanned)
    temporary = services.settings.path("temp")
    temporary.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=temporary, prefix="examine-") as directory:
        copy = services.artifacts.local(upload.blob, Path(directory), upload.filename)
        details = measure(kind, copy, Path(directory))
    row = _row(services, named, details, (upload.blob, preview.blob), scanned=upload.scanned)
    return examined(services, _insert(services, row, upload.id))


@dataclass(frozen=True, slots=True)
class _Named:
    """What is known about a new item before its file is read."""

    keeper: Keeper
    kind: Kind
    original_name: str
    name: str
    source: str
    upload: Upload | None = None
    """The upload that it is kept from."""


def _keep_clean(
    services: Services, named: _Named, clean: Clean, details: Details, *, scanned: bool
) -> Stored:
    """Store a clean copy and its preview, and have them judged."""
    files = ((clean.path, clean.media_type), (clean.preview, clean.preview_type))
    blob, preview = (services.artifacts.put_file(*file, always=True) for file in files)
    row = _row(services, named, details, (blob, preview), scanned=scanned)
    stored = _insert(services, row)
    for file in files:
        # If the last other reference was deleted meanwhile, the bytes are gone.
        services.artifacts.put_file(*file)
    return examined(services, stored)


def _row(
    services: Services,
    named: _Named,
    details: Details,
    blobs: tuple[Blob, Blob],
    *,
    scanned: bool,
) -> LibraryItem:
    values: dict[str, Any] = details.columns()
    blob, preview = blobs
    if named.upload is not None:
        values["received_at"] = named.upload.created_at
        if blob.sha256 != named.upload.sha256:
            values["cut_from"] = [named.upload.sha256]
    return LibraryItem(
        owner=named.keeper.owner,
        org_id=named.keeper.org_id,
        kind=named.kind,
        name=(named.name or named.original_name)[:TITLE_LENGTH],
        original_name=named.original_name[:255],
        source_sha256=named.source,
        sha256=blob.sha256,
        bytes=blob.bytes,
        media_type=blob.media_type,
        preview_sha256=preview.sha256,
        preview_bytes=preview.bytes,
        preview_type=preview.media_type,
        scanned=scanned,
        moderation=APPROVED,
        verdict_state=first_state(services),
        **values,
    )


def _insert(services: Services, row: LibraryItem, upload_id: str | None = None) -> Stored:
    """Add an item within the owner's quota, unless an equal one came first."""
    with writing() as db:
        serialise_writers(db)
        for digest in (row.source_sha256, row.sha256):
            earlier = _find_same(db, row.owner, row.kind, digest)
            if earlier is not None:
                return Stored(earlier, is_new=False)
        upload = None if upload_id is None else db.get(Upload, upload_id)
        if upload_id is not None and upload is None:
            raise UploadNotFound
        size = row.bytes + row.preview_bytes
        limits.require_owner_quota(db, services.settings, row.owner, size)
        moderation.begin(services, row)
        db.add(row)
        db.flush()
        if upload is not None:
            verdicts.copy(db, upload, row)
    return Stored(row, is_new=True)


def examined(services: Services, stored: Stored) -> Stored:
    """Have a new item judged and moderated; return it with the verdict if that comes in time."""
    if not stored.is_new:
        return stored
    is_requested = of_items.request(services, stored.item)
    moderation.request(services, stored.item)
    if not is_requested:
        return stored
    seconds = services.settings.examination.wait_seconds
    return Stored(of_items.awaited(stored.item, seconds), is_new=True)


def _find_same(db: Session, owner: str, kind: str, digest: str) -> LibraryItem | None:
    """Find an item of an owner by the digest of its sent file or its clean copy."""
    for column in (LibraryItem.source_sha256, LibraryItem.sha256):
        same = LibraryItem.owner == owner, LibraryItem.kind == kind, column == digest
        found = db.scalar(select(LibraryItem).where(*same).order_by(LibraryItem.created_at))
        if found is not None:
            return found
    return None


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
