"""Choose the uploads that a job is made from: the ones that its request names, or the newest."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from tasks.domain import wire
from tasks.domain.artifact import Blob
from tasks.domain.errors import CallsheetError, FaceMissing, ValidationFailed
from tasks.domain.job import JobOptions
from tasks.domain.wire import Malformed
from web.db.columns import now
from web.examinations.verdicts import require_usable
from web.images import listing
from web.images.errors import ImageRejected
from web.images.models import REJECTED, LibraryItem
from web.jobs.consent import require_consent
from web.services import Services
from web.sessions.models import Upload
from web.upload_errors import UploadNotAccepted
from web.uploads.candidate import Kind
from web.uploads.partial import Partials

_NOUNS: Final[dict[str, str]] = {"face": "picture", "voice": "recording"}
_NEED_VOICE: Final = ("use_audio_as_is", "match_voice")
_KEPT: Final = {"read": True, "key_share": True}
"""Locks a row against its deletion until the job that uses it is inserted."""


@dataclass(frozen=True, slots=True)
class NamedUploads:
    """The ids of the uploads that a request names; None means the newest of the session."""

    face: str | None = None
    voice: str | None = None
    owner: str | None = None
    """The owner that the request proves: it may use its uploads of other sessions, and its library.
    """
    kept_face: str | None = None
    """The id of a picture in the owner's library, in place of an upload."""
    kept_voice: str | None = None
    """The id of a recording in the owner's library, in place of an upload."""

    def named(self) -> dict[str, str]:
        """Return the names that were given, for the digest of the request."""
        given = {
            "face": self.face,
            "voice": self.voice,
            "kept_face": self.kept_face,
            "kept_voice": self.kept_voice,
        }
        return {kind: file_id for kind, file_id in given.items() if file_id is not None}


NEWEST: Final = NamedUploads()


def choose(
    services: Services, db: Session, session_id: str, options: JobOptions, wanted: NamedUploads
) -> dict[str, Any]:
    """Return the references of a job's inputs; refuses an upload that was not accepted."""
    face = _find(services, db, session_id, "face", wanted)
    voice = _find(services, db, session_id, "voice", wanted)
    if face is None:
        raise FaceMissing
    for wish in _NEED_VOICE:
        if getattr(options, wish) and voice is None:
            message = "Upload a recording of a voice first."
            raise ValidationFailed(errors=[{"field": wish, "message": message}])
    uploads = {"face": face, "voice": voice}
    for kind, upload in uploads.items():
        if upload is not None:
            require_consent(db, upload)
            require_usable(upload, kind, options)
    require_not_rejected(db, face.owner, face.sha256)
    return {name: asdict(upload.blob) for name, upload in uploads.items() if upload is not None}


def require_not_rejected(db: Session, owner: str, sha256: str) -> None:
    """Refuse a picture that moderation has rejected for this owner, however it was sent."""
    rejected = (
        LibraryItem.owner == owner,
        LibraryItem.kind == "face",
        LibraryItem.sha256 == sha256,
        LibraryItem.moderation == REJECTED,
    )
    if db.scalar(select(exists().where(*rejected))):
        raise ImageRejected


def blobs(stored: Any) -> list[Blob]:
    """Return the blobs among a job's stored inputs; malformed ones are ignored."""
    found: list[Blob] = []
    for raw in stored.values() if isinstance(stored, dict) else ():
        with suppress(Malformed):
            found.append(wire.build(Blob, raw))
    return found


def digest_of(stored: dict[str, Any], kind: Kind) -> str:
    """Return the digest of a job's stored input; empty if there is none."""
    blob = stored.get(kind)
    return str(blob.get("sha256", "")) if isinstance(blob, dict) else ""


def _find(
    services: Services, db: Session, session_id: str, kind: Kind, wanted: NamedUploads
) -> Upload | LibraryItem | None:
    kept_id = wanted.named().get(f"kept_{kind}")
    if kept_id is not None:
        return _kept(db, session_id, kind, kept_id, wanted)
    upload_id = wanted.named().get(kind)
    if upload_id is None:
        return _newest(db, session_id, kind)
    upload = db.get(Upload, upload_id, with_for_update=_KEPT)
    if upload is None or upload.shows_id is not None or not _may_use(upload, session_id, wanted):
        raise _not_accepted(kind, _reason(services, session_id, kind, upload_id))
    if upload.kind != kind:
        raise _not_accepted(kind, f"This upload is a {_NOUNS[upload.kind]}.")
    return upload


def _kept(
    db: Session, session_id: str, kind: Kind, item_id: str, wanted: NamedUploads
) -> LibraryItem:
    """Find an item in the library of the request's owner, or of a session that owns itself."""
    item = listing.find(db, kind, item_id, lock=True)
    if item.owner not in (wanted.owner, session_id):
        raise listing.not_found(kind)
    item.used_at = now()
    return item


def _may_use(upload: Upload, session_id: str, wanted: NamedUploads) -> bool:
    return session_id == upload.session_id or wanted.owner == upload.owner


def _newest(db: Session, session_id: str, kind: Kind) -> Upload | None:
    mine = select(Upload).where(Upload.session_id == session_id, Upload.kind == kind)
    newest = mine.order_by(Upload.created_at.desc()).limit(1)
    return db.scalar(newest.with_for_update(read=True, key_share=True))


def _reason(services: Services, session_id: str, kind: Kind, upload_id: str) -> str:
    """Explain why there is no such upload; a resumable one may still be incomplete."""
    settings = services.settings
    partials = Partials(settings.path("temp"), timedelta(hours=settings.temp_hours))
    try:
        stored_as = partials.find(session_id, upload_id).record.stored_as
    except CallsheetError:
        return f"The {_NOUNS[kind]} was refused or deleted. Upload it again."
    if stored_as:
        return "The upload is complete. Name it by its `upload_id`."
    return f"The {_NOUNS[kind]} is still being sent. Start the job when the upload is complete."


def _not_accepted(kind: Kind, message: str) -> UploadNotAccepted:
    return UploadNotAccepted(errors=[{"field": f"{kind}_upload_id", "message": message}])
