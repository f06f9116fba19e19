"""The file routes of a session: list and download."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any
from urllib.parse import quote

from flask import Flask, Request, Response, current_app, request
from werkzeug.datastructures import ContentRange
from werkzeug.http import parse_etags

from tasks.domain.artifact import Blob
from tasks.domain.errors import FileNotFound
from tasks.store.artifacts import Artifacts
from web.api.blueprint import Blueprint
from web.api.documented_errors import documented_errors
from web.api.schemas.files import Outputs
from web.db.engine import reading
from web.errors import RangeUnsatisfiable
from web.jobs import consent, file_names
from web.services import current_services
from web.sessions import files, lifecycle, links
from web.sessions.models import Output, Upload

outputs = Blueprint("outputs", __name__, description="The files of a session.")


@outputs.get("/outputs/<session_id>")
@outputs.response(200, Outputs)
@documented_errors(outputs, 404, "SESSION_NOT_FOUND")
def listing(session_id: str) -> dict[str, Any]:
    """List all files of a session"""
    with reading() as db:
        lifecycle.find(db, session_id)
        made = files.outputs(db, session_id)
        brought = files.uploads(db, session_id)
        brought += files.previews(db, session_id)
        found = [files.listed(f) for f in made] + [files.listed(f) for f in brought]
    return {"session_id": session_id, "outputs": found}


@outputs.get("/download/<session_id>/<filename>")
@outputs.response(200, {"format": "binary", "type": "string"}, content_type="*/*")
@outputs.alt_response(206, description="The requested range")
@outputs.alt_response(304, description="The caller's copy is current")
@documented_errors(outputs, 401, "LINK_INVALID")
@documented_errors(outputs, 404, "SESSION_NOT_FOUND", "FILE_NOT_FOUND")
@documented_errors(outputs, 451, "CONSENT_WITHDRAWN")
@documented_errors(outputs, 416, "RANGE_NOT_SATISFIABLE")
def download(session_id: str, filename: str) -> Response:
    """Download a file, or a range of its bytes"""
    with reading() as db:
        lifecycle.find(db, session_id)
        file = files.find(db, session_id, filename)
        consent.require_consent(db, file)
        shown_name = file_names.shown(db, file)
    wanted = span(request, file.sha256, file.bytes)
    sent = body(current_services().artifacts, file.blob, wanted)
    if isinstance(file, Output) and file.fetched_at is None and sent:
        sent = _record_download(sent, file, wanted)
    response = Response(sent, wanted.status)
    _describe(response, file, wanted, shown_name)
    return response


def body(artifacts: Artifacts, blob: Blob, wanted: Span) -> Iterable[bytes]:
    """Stream the bytes; read the first chunk before answering, so that a missing file is a 404."""
    if request.method == "HEAD" or not wanted.length:
        return ()
    chunks: Iterator[bytes] = artifacts.read(blob, wanted.start, wanted.length)
    try:
        first = next(chunks)
    except FileNotFoundError:
        raise FileNotFound("The content of this file no longer exists.") from None
    return chain((first,), chunks)


def _record_download(body: Iterable[bytes], file: Output, wanted: Span) -> Iterator[bytes]:
    """Record the download once the last byte was sent."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]

    def recorded() -> Iterator[bytes]:
        yield from body
        if wanted.start + wanted.length == file.bytes:
            with app.app_context():
                files.note_fetched(file.id)

    return recorded()


def _describe(response: Response, file: Output | Upload, wanted: Span, name: str) -> None:
    headers = response.headers
    response.set_etag(file.sha256)
    headers["Accept-Ranges"] = "bytes"
    headers["Cache-Control"] = _caching()
    if _is_public():
        # Players of other origins read what a CDN keeps: it sends this to every page.
        headers["Access-Control-Allow-Origin"] = "*"
    headers["X-Content-Type-Options"] = "nosniff"
    # `<video>` and `<img>` of other sites may show it: the address itself is the permission.
    headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    if wanted.content_range is not None:
        headers["Content-Range"] = wanted.content_range
    if wanted.status != 304:
        headers["Content-Type"] = file.media_type
        headers["Content-Length"] = str(wanted.length)
        headers["Content-Disposition"] = attachment(name)


def _is_public() -> bool:
    """Return whether a CDN may keep the answer: one to a signed link, which is the permission."""
    return links.is_signed() and bool(current_services().settings.projects.cdn_base)


def _caching() -> str:
    """Let a CDN keep what a signed link gives for as long as the link works."""
    if _is_public():
        return f"public, max-age={links.seconds_left()}"
    return "private, max-age=0, must-revalidate"


def attachment(name: str) -> str:
    """Build a `Content-Disposition` (RFC 6266): an ASCII name and the full name in UTF-8."""
    plain = "".join(c if c.isascii() and c.isprintable() and c not in '"\\%' else "_" for c in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


@dataclass(frozen=True, slots=True)
class Span:
    """The bytes to send and the status to answer with."""

    status: int
    start: int
    length: int
    content_range: str | None = None


def span(request: Request, etag: str, total: int) -> Span:
    """Resolve the span to send. Several ranges get the whole file, as RFC 9110 allows."""
    if request.if_none_match.contains_weak(etag):
        return Span(304, 0, 0)
    asked = request.range
    if asked is None or asked.units != "bytes" or len(asked.ranges) != 1:
        return Span(200, 0, total)
    if "If-Range" in request.headers and not _still_the_same(request, etag):
        return Span(200, 0, total)
    found = asked.range_for_length(total)
    if found is None:
        raise RangeUnsatisfiable(headers={"Content-Range": f"bytes */{total}"})
    start, end = found
    header = ContentRange("bytes", start, end, total).to_header()
    return Span(206, start, end - start, header)


def _still_the_same(request: Request, etag: str) -> bool:
    return parse_etags(request.headers["If-Range"]).contains(etag)
