"""Resumable uploads (tus 1.0), validated in the same layers as other uploads."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final, cast

from flask import Response, jsonify, request

from tasks.domain.errors import CallsheetError, ValidationFailed
from web.access import presented
from web.api import tus
from web.api.blueprint import Blueprint
from web.api.documented_errors import documented_errors
from web.api.schemas.files import UploadState
from web.api.trimming import trim_of
from web.db.engine import reading
from web.errors import MediaTypeUnsupported, MethodNotAllowed, RequestTooLarge
from web.http.senders import sender
from web.services import Services, current_services
from web.sessions import lifecycle, limits
from web.sessions.limits import require_upload_space
from web.sessions.uploads import store
from web.upload_errors import UploadOffsetMismatch, UploadsPending
from web.uploads.candidate import WHOLE, Candidate, FileType, Kind, Trim
from web.uploads.layers.extension import check_extension
from web.uploads.layers.name import check_name
from web.uploads.partial import MOST_AT_ONCE, Partial, Partials, Record
from web.uploads.validation import limit_of

resumable = Blueprint("resumable", __name__, description="Resumable uploads (tus 1.0).")

_BLOCK: Final = 64 * 1024
_STATE: Final = "/uploads/<session_id>/<upload_id>"


def _header(name: str, description: str, **schema: Any) -> dict[str, Any]:
    typed = {"type": "string"} | schema
    return {"in": "header", "name": name, "schema": typed, "description": description}


_BYTES: Final = {"pattern": "^[0-9]{1,15}$"}
_VERSION = _header("Tus-Resumable", "The version of tus.", enum=[tus.VERSION]) | {"required": True}
_CREATION = [
    _VERSION,
    _header("Upload-Length", "Size of the whole file in bytes.", **_BYTES) | {"required": True},
    _header(
        "Upload-Metadata",
        "`session_id`, `kind` (face, voice or sample), `filename` and, for a part of a "
        "recording, `start` and `end` in seconds, each in Base64.",
    ),
]
_CHUNK = [
    _VERSION,
    _header("Upload-Offset", "The offset at which this chunk begins.", **_BYTES)
    | {"required": True},
    _header("Upload-Checksum", "`sha1` or `sha256`, and the digest of this chunk in Base64."),
]
_OVERRIDE = {
    "in": "header",
    "name": "X-HTTP-Method-Override",
    "required": True,
    "schema": {"type": "string", "enum": ["PATCH", "DELETE"]},
    "description": "The method that is meant.",
}
_BODY = {
    "requestBody": {"content": {tus.CHUNK_TYPE: {"schema": {"type": "string", "format": "binary"}}}}
}


@resumable.post("/uploads")
@resumable.doc(parameters=_CREATION)
@resumable.response(201, description="`Location` is the URL to send chunks to")
@documented_errors(resumable, 404, "SESSION_NOT_FOUND")
@documented_errors(resumable, 410, "SESSION_EXPIRED")
@documented_errors(resumable, 412, "TUS_VERSION_UNSUPPORTED")
@documented_errors(resumable, 413, "QUOTA_EXCEEDED", "REQUEST_TOO_LARGE")
@documented_errors(resumable, 422, "VALIDATION_FAILED", "FILE_VALIDATION_FAILED")
@documented_errors(resumable, 429, "UPLOADS_PENDING")
def create() -> Response:
    """Create a resumable upload"""
    held = current_services()
    tus.require_version(request)
    require_upload_space(held)
    record = _record_from_headers(held)
    _require_space(held, record)
    partial = _partials(held).begin(record)
    response = Response(status=201)
    response.headers["Location"] = f"/uploads/{record.session_id}/{partial.id}"
    return tus.add_state_headers(response, partial)


@resumable.get(_STATE)
@resumable.response(200, UploadState)
@documented_errors(resumable, 404, "FILE_NOT_FOUND")
@documented_errors(resumable, 410, "UPLOAD_EXPIRED")
def state(session_id: str, upload_id: str) -> Response:
    """Get the state of a resumable upload (`HEAD`: headers only)"""
    partial = _partials(current_services()).find(session_id, upload_id)
    return tus.add_state_headers(jsonify(_report(partial)), partial)


@resumable.patch(_STATE)
@resumable.doc(parameters=_CHUNK, **_BODY)
@resumable.response(204)
@documented_errors(resumable, 404, "FILE_NOT_FOUND")
@documented_errors(resumable, 409, "UPLOAD_OFFSET_MISMATCH")
@documented_errors(resumable, 410, "UPLOAD_EXPIRED", "SESSION_EXPIRED")
@documented_errors(resumable, 412, "TUS_VERSION_UNSUPPORTED")
@documented_errors(resumable, 415, "UNSUPPORTED_MEDIA_TYPE")
@documented_errors(resumable, 422, "FILE_VALIDATION_FAILED")
@documented_errors(resumable, 423, "UPLOAD_LOCKED")
@documented_errors(resumable, 460, "CHECKSUM_MISMATCH")
def append(session_id: str, upload_id: str) -> Response:
    """Append a chunk; after the last one the file is validated and stored"""
    held = current_services()
    tus.require_version(request)
    if request.mimetype != tus.CHUNK_TYPE:
        raise MediaTypeUnsupported
    partial = _partials(held).find(session_id, upload_id)
    _require_active(session_id)
    with partial.locked():
        left = partial.record.length - _require_offset(partial)
        if left:
            request.max_content_length = left
            partial.append(_chunks(), tus.checksum(request))
        _finish(held, partial)
        return tus.add_state_headers(Response(status=204), partial)


@resumable.delete(_STATE)
@resumable.doc(parameters=[_VERSION])
@resumable.response(204)
@documented_errors(resumable, 404, "FILE_NOT_FOUND")
@documented_errors(resumable, 412, "TUS_VERSION_UNSUPPORTED")
def terminate(session_id: str, upload_id: str) -> Response:
    """Cancel a resumable upload"""
    tus.require_version(request)
    partial = _partials(current_services()).find(session_id, upload_id)
    with partial.locked():
        partial.remove()
    return Response(status=204)


@resumable.post(_STATE)
@resumable.doc(
    parameters=[_OVERRIDE, _VERSION, *({**one, "required": False} for one in _CHUNK[1:])]
)
@resumable.response(204)
@documented_errors(resumable, 404, "FILE_NOT_FOUND")
@documented_errors(resumable, 405, "METHOD_NOT_ALLOWED")
def overridden(session_id: str, upload_id: str) -> Response:
    """Append to or cancel an upload, for clients that can only send `POST`"""
    views = {"PATCH": append, "DELETE": terminate}
    view = views.get(request.headers.get("X-HTTP-Method-Override", "").upper())
    if view is None:
        raise MethodNotAllowed
    return cast(Response, view(session_id, upload_id))


@resumable.after_request
def _add_tus_headers(response: Response) -> Response:
    response.headers["Tus-Resumable"] = tus.VERSION
    if request.method == "OPTIONS":
        settings = current_services().settings
        largest = max(limit_of(settings, kind.kind) for kind in FileType)
        return tus.add_ability_headers(response, largest)
    return response


def _partials(held: Services) -> Partials:
    settings = held.settings
    return Partials(settings.path("temp"), timedelta(hours=settings.temp_hours))


def _record_from_headers(held: Services) -> Record:
    """Parse the creation headers; refuse a wrong name or size at once."""
    sent = tus.metadata(request)
    wrong = [
        {"field": f"Upload-Metadata {name}", "message": "Missing."}
        for name in ("session_id", "kind", "filename")
        if not sent.get(name)
    ]
    if wrong or sent["kind"] not in ("face", "voice", "sample"):
        kind = {"field": "Upload-Metadata kind", "message": "One of face, voice, sample."}
        raise ValidationFailed(errors=wrong or [kind])
    length, kind_ = tus.number(request, "Upload-Length"), cast(Kind, sent["kind"])
    candidate = Candidate(
        kind_, held.settings.path("temp"), sent["filename"], limit_of(held.settings, kind_)
    )
    if length > candidate.limit:
        raise RequestTooLarge(f"The file is larger than {candidate.limit // 1024**2} MB.")
    if length == 0:
        raise ValidationFailed(errors=[{"field": "Upload-Length", "message": "The file is empty."}])
    check_name(candidate)
    check_extension(candidate)
    trim = trim_of(sent, "Upload-Metadata ") if kind_ == "voice" else WHOLE
    return Record(
        presented.session(sent["session_id"]),
        kind_,
        sent["filename"],
        length,
        start=trim.start,
        end=trim.end,
    )


def _require_space(held: Services, record: Record) -> None:
    """Check the quota, counting unfinished uploads at their full size."""
    _require_active(record.session_id)
    unfinished = _partials(held).under_way(record.session_id)
    if len(unfinished) >= MOST_AT_ONCE:
        raise UploadsPending
    more = record.length + sum(other.length for other in unfinished)
    with reading() as db:
        limits.require_quota(db, held.settings, record.session_id, more)


def _require_active(session_id: str) -> None:
    with reading() as db:
        lifecycle.require_active(lifecycle.find(db, session_id))


def _require_offset(partial: Partial) -> int:
    offset = partial.offset
    if tus.number(request, "Upload-Offset") != offset:
        raise UploadOffsetMismatch(headers={"Upload-Offset": str(offset)})
    return offset


def _chunks() -> Iterator[bytes]:
    while block := request.stream.read(_BLOCK):
        yield block


def _finish(held: Services, partial: Partial) -> None:
    """Store a complete upload; delete it if it is refused for good."""
    record = partial.record
    if record.stored_as or partial.offset < record.length:
        return
    try:
        upload = store(
            held,
            record.session_id,
            record.kind,
            partial.data,
            record.name,
            sender=sender(held),
            trim=Trim(record.start, record.end),
        )
    except CallsheetError as error:
        if not error.retryable or not partial.data.exists():
            partial.remove()
        raise
    partial.stored(upload.id)


def _report(partial: Partial) -> dict[str, Any]:
    record = partial.record
    return {
        "session_id": record.session_id,
        "kind": record.kind,
        "offset": partial.offset,
        "length": record.length,
        "upload_id": record.stored_as or None,
    }
