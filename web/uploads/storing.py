"""From a candidate to an upload of a session: examined, stored, entered into the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from config.settings import Settings
from tasks.domain.artifact import Blob
from tasks.domain.events import Event, EventType
from web import sessions
from web.announcing import announce
from web.database import writing
from web.models import Upload
from web.models.columns import new_id
from web.services import Services
from web.uploads.candidate import Candidate, Kind
from web.uploads.layers import examine
from web.uploads.layers.extension import MEDIA_TYPES


def limit_of(settings: Settings, kind: Kind) -> int:
    """The largest upload of a kind, in bytes."""
    megabytes = settings.face_max_mb if kind == "face" else settings.voice_max_mb
    return megabytes * 1024**2


@dataclass(frozen=True, slots=True)
class Accepted:
    """A file that passed its examination and is in the store; no session holds it yet."""

    kind: Kind
    name: str
    extension: str
    blob: Blob


def accept(services: Services, kind: Kind, path: Path, name: str) -> Accepted:
    """Examine a received file and store it."""
    candidate = Candidate(kind, path, name, limit_of(services.settings, kind))
    examine(candidate)
    extension = candidate.extension
    blob = services.artifacts.put_file(path, MEDIA_TYPES[kind][extension])
    return Accepted(kind, name, extension, blob)


def enter(services: Services, session_id: str, accepted: Accepted) -> Upload:
    """Make an accepted file an upload of a session, and say so."""
    upload_id = new_id()
    upload = Upload(
        id=upload_id,
        session_id=session_id,
        kind=accepted.kind,
        filename=f"{accepted.kind}-{upload_id[:12]}{accepted.extension}",
        original_name=accepted.name,
        sha256=accepted.blob.sha256,
        bytes=accepted.blob.bytes,
        media_type=accepted.blob.media_type,
    )
    with writing() as database:
        sessions.enter(database, session_id)
        database.add(upload)
    announce(services, _received(upload))
    return upload


def _received(upload: Upload) -> Event:
    return Event(
        EventType.UPLOAD_SUCCESS,
        session_id=upload.session_id,
        message=f"The {upload.kind} was received.",
        details={
            "upload_id": upload.id,
            "kind": upload.kind,
            "filename": upload.filename,
            "bytes": upload.bytes,
            "media_type": upload.media_type,
        },
    )
