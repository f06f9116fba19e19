"""What the routes of pictures and recordings share."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any, Final

from flask import Response, request
from marshmallow import Schema

from tasks.domain.artifact import Blob
from web.access import guard, owners, scopes
from web.api import trimming
from web.api.multipart import FORM, received
from web.api.outputs import attachment, body, span
from web.api.schemas.images import KeepRecording, KeepUpload
from web.db.engine import reading
from web.http.json_body import JsonBodies
from web.http.senders import sender
from web.images import listing, storing, verdicts
from web.images.models import LibraryItem
from web.images.storing import Keeper, Stored
from web.jobs import consent
from web.services import current_services
from web.sessions import links
from web.sessions.limits import require_upload_space
from web.storage import references
from web.storage import trimming as cutting
from web.upload_errors import UploadNotFound
from web.uploads.candidate import WHOLE, Kind
from web.uploads.validation import limit_of

_PRIVATE: Final = "private, max-age=0, must-revalidate"
_SANDBOX: Final = "default-src 'none'; sandbox"

_KEPT: Final[dict[str, type[Schema]]] = {"face": KeepUpload, "voice": KeepRecording}


def body_of(kind: Kind) -> dict[str, Any]:
    """Return the OpenAPI description of what adds an item."""
    sent = {"file": {"type": "string", "format": "binary"}, "name": {"type": "string"}}
    properties = sent | trimming.PARAMETERS if kind == "voice" else sent
    form = {"type": "object", "required": ["file"], "properties": properties}
    content = {
        "multipart/form-data": {"schema": form},
        "application/json": {"schema": _KEPT[kind]},
    }
    return {"requestBody": {"required": True, "content": content}}


def add(kind: Kind) -> Stored:
    """Add the file of this request, or the upload that it names, to the library of its caller."""
    services = current_services()
    require_upload_space(services)
    keeper = Keeper(scopes.require_library(), owners.organisation())
    if request.mimetype != FORM:
        sent = JsonBodies().parse(_KEPT[kind](), request, location="json")
        upload = guard.require_upload(sent["upload_id"])
        if upload.kind != kind:
            raise UploadNotFound(f"This upload is no {_NOUNS[kind]}.")
        with reading() as db:
            consent.require_consent(db, upload)
        name, part = sent.get("name", "").strip(), sent.get("part", WHOLE)
        told: Any = {"name": name, "sender": sender(services), "part": part}
        return storing.keep_upload(services, keeper, upload, **told)
    with received(services.settings.path("temp"), limit_of(services.settings, kind)) as form:
        path, original_name = form.file("file")
        name = form.fields.get("name", "").strip()
        part = trimming.trim_of(form.fields) if kind == "voice" else WHOLE
        told = {"name": name, "sender": sender(services), "part": part}
        return storing.store(services, keeper, kind, path, original_name, **told)


_NOUNS: Final[dict[str, str]] = {"face": "picture", "voice": "recording"}


def find(kind: Kind, item_id: str) -> LibraryItem:
    """Find an item; the guard has checked that the caller may use it."""
    with reading() as db:
        return listing.find(db, kind, item_id)


def change(kind: Kind, item_id: str, sent: dict[str, Any]) -> LibraryItem:
    """Give an item a new name, or keep a part of a recording only."""
    name = sent["name"].strip() if "name" in sent else None
    part = sent.get("part", WHOLE)
    if part != WHOLE:
        services = current_services()
        return cutting.trim(services, item_id, part, sender=sender(services), name=name)
    return find(kind, item_id) if name is None else listing.rename(kind, item_id, name)


def remove(kind: Kind, item_id: str) -> None:
    """Delete an item that no open job uses."""
    references.drop_item(current_services(), kind, item_id)


def link(kind: Kind, item_id: str) -> dict[str, Any]:
    """Make a link to the file of an item, bound to it, to `GET` and to its owner."""
    item = find(kind, item_id)
    expires = int(time.time()) + links.LIFETIME
    url = links.signed_until(f"{listing.PATHS[kind]}/{item.id}/content", item.owner, expires)
    return {"url": url, "expires_at": datetime.fromtimestamp(expires, UTC)}


def content(kind: Kind, item_id: str) -> Response:
    """Send the stored file of an item, or a range of it."""
    item = find(kind, item_id)
    return _respond(item, item.blob, attachment(_file_name(item)), _PRIVATE)


def thumbnail(kind: Kind, item_id: str) -> Response:
    """Send the picture that shows an item."""
    item = find(kind, item_id)
    return _respond(item, item.preview, "inline", _PRIVATE)


def crop(item_id: str, stem: str) -> Response:
    """Send what a video would show of a face of a picture."""
    item = find("face", item_id)
    with reading() as db:
        shown = verdicts.find_crop(db, item_id, stem)
    return _respond(item, shown.blob, "inline", _PRIVATE)


def public(item: LibraryItem) -> Response:
    """Send what anyone may see; caches give it up a minute after it is withdrawn."""
    return _respond(item, item.blob, "inline", "public, max-age=60")


def _respond(item: LibraryItem, blob: Blob, disposition: str, caching: str) -> Response:
    with reading() as db:
        consent.require_consent(db, item)
    wanted = span(request, blob.sha256, blob.bytes)
    response = Response(body(current_services().artifacts, blob, wanted), wanted.status)
    headers = response.headers
    response.set_etag(blob.sha256)
    headers["Accept-Ranges"] = "bytes"
    headers["Cache-Control"] = caching
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Content-Security-Policy"] = _SANDBOX
    # `<img>` and `<audio>` of other sites may show it: the address itself is the permission.
    headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    if wanted.content_range is not None:
        headers["Content-Range"] = wanted.content_range
    if wanted.status != 304:
        headers["Content-Type"] = blob.media_type
        headers["Content-Length"] = str(wanted.length)
        headers["Content-Disposition"] = disposition
    return response


def _file_name(item: LibraryItem) -> str:
    """Name a download after the item, with the extension of the stored copy."""
    endings = {"image/jpeg": ".jpg", "image/png": ".png", "audio/wav": ".wav"}
    ending = endings.get(item.media_type, "")
    return item.name if item.name.lower().endswith(ending) else f"{item.name}{ending}"
