"""Choose the uploads that a job is made from: the ones that its request names, or the newest."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Row,
    ScalarSelect,
    Select,
    bindparam,
    exists,
    or_,
    select,
)
from sqlalchemy.orm import Session, aliased

from tasks.domain import wire
from tasks.domain.artifact import Blob
from tasks.domain.errors import CallsheetError, FaceMissing, ValidationFailed
from tasks.domain.examination import Verdict
from tasks.domain.job import JobOptions
from tasks.domain.wire import Malformed
from web.db.columns import now
from web.examinations.verdicts import require_usable
from web.images import listing
from web.images.errors import ImageRejected
from web.images.models import REJECTED, LibraryItem
from web.jobs.consent import require_consent
from web.jobs.models import Job
from web.services import Services
from web.sessions.models import Upload
from web.upload_errors import UploadNotAccepted
from web.uploads.candidate import Kind
from web.uploads.partial import Partials

_NOUNS: Final[dict[str, str]] = {"face": "picture", "voice": "recording"}
_NEED_VOICE: Final = ("use_audio_as_is", "match_voice")
_KINDS: Final[tuple[Kind, ...]] = ("face", "voice")
_one: Final = aliased(Upload)
_Text = str | BindParameter[str]
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

    def is_silent_about(self, kind: Kind) -> bool:
        """Return whether the newest upload of this kind is to be used."""
        return not self.named().keys() & {kind, f"kept_{kind}"}


NEWEST: Final = NamedUploads()


@dataclass(frozen=True, slots=True)
class Chosen:
    """The inputs of a new job."""

    blobs: dict[str, Any]
    """References to them, by name."""
    picture: Verdict | None
    """What the examination of the picture said, as an upload."""
    suggests: Verdict | None
    """The verdict whose suggested voice counts: that of the upload or of the kept picture."""


def choose(
    services: Services, db: Session, session_id: str, options: JobOptions, wanted: NamedUploads
) -> Chosen:
    """Return a job's inputs; refuses an upload that was not accepted."""
    newest = _newest(db, session_id, [kind for kind in _KINDS if wanted.is_silent_about(kind)])
    face = newest.get("face") or _find(services, db, session_id, "face", wanted)
    voice = newest.get("voice") or _find(services, db, session_id, "voice", wanted)
    if face is None:
        raise FaceMissing
    for wish in _NEED_VOICE:
        if getattr(options, wish) and voice is None:
            message = "Upload a recording of a voice first."
            raise ValidationFailed(errors=[{"field": wish, "message": message}])
    uploads = {"face": face, "voice": voice}
    given = {kind: upload for kind, upload in uploads.items() if upload is not None}
    known = _known(db, {upload.owner for upload in given.values()}, face)
    for kind, upload in given.items():
        if known.has_withdrawals:
            require_consent(db, upload)
        require_usable(upload, kind, options)
    if known.is_rejected:
        raise ImageRejected
    picture = None if known.verdict is None else Verdict.from_dict(known.verdict)
    own = None if face.verdict is None else Verdict.from_dict(face.verdict)
    blobs = {name: asdict(upload.blob) for name, upload in given.items()}
    return Chosen(blobs, picture, own or picture)


def _known(db: Session, owners: Collection[str], face: Upload | LibraryItem) -> Row[Any]:
    """Read by one statement what may stand against a job, and the verdict on its picture."""
    of_face = {"owner": face.owner, "sha256": face.sha256}
    return db.execute(_what_is_known(), {"owners": list(owners), **of_face}).one()


# Each statement of a start is built once: to build one costs more than to run it.
@cache
def _what_is_known() -> Select[Any]:
    owners: BindParameter[str] = bindparam("owners", expanding=True)
    withdrawn = Job.owner.in_(owners), Job.consent_withdrawn_at.is_not(None)
    face: tuple[_Text, _Text] = bindparam("owner"), bindparam("sha256")
    return select(
        exists().where(*withdrawn).label("has_withdrawals"),
        exists().where(*_rejected(*face)).label("is_rejected"),
        verdict_on(*face).scalar_subquery().label("verdict"),
    )


def verdict_on(owner: _Text, sha256: _Text) -> Select[Any]:
    """Select the verdict on a picture of an owner, if there is one."""
    mine = Upload.owner == owner, Upload.kind == "face", Upload.verdict.is_not(None)
    return select(Upload.verdict).where(*mine, Upload.sha256 == sha256).limit(1)


def require_not_rejected(db: Session, owner: str, sha256: str) -> None:
    """Refuse a picture that moderation has rejected for this owner, however it was sent."""
    if db.scalar(select(exists().where(*_rejected(owner, sha256)))):
        raise ImageRejected


def _rejected(owner: _Text, sha256: _Text) -> tuple[ColumnElement[bool], ...]:
    return (
        LibraryItem.owner == owner,
        LibraryItem.kind == "face",
        LibraryItem.sha256 == sha256,
        LibraryItem.moderation == REJECTED,
    )


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
        return None
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


def _newest(db: Session, session_id: str, kinds: list[Kind]) -> dict[str, Upload]:
    """Return the newest upload of each of these kinds, by one statement."""
    if not kinds:
        return {}
    found = db.scalars(_newest_uploads(tuple(kinds)), {"session_id": session_id})
    return {upload.kind: upload for upload in found}


@cache
def _newest_uploads(kinds: tuple[Kind, ...]) -> Select[Any]:
    newest = map(_newest_of, kinds)
    rows = select(Upload).where(or_(*(Upload.id == one for one in newest)))
    return rows.with_for_update(read=True, key_share=True)


def _newest_of(kind: Kind) -> ScalarSelect[str]:
    mine = select(_one.id).where(_one.session_id == bindparam("session_id"), _one.kind == kind)
    return mine.order_by(_one.created_at.desc()).limit(1).scalar_subquery()


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
