"""Files of a session: the list, and the bytes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any
from urllib.parse import quote

from flask import Flask, Response, current_app, request

from tasks.domain.errors import FileNotFound
from tasks.store.artifacts import Artifacts
from web.api.blueprint import Blueprint
from web.api.documented_errors import documented_errors
from web.api.ranges import Span, span
from web.api.schemas.files import Outputs
from web.db.engine import reading
from web.jobs import consent
from web.services import current_services
from web.sessions import files, lifecycle
from web.sessions.models import Output, Upload

outputs = Blueprint("outputs", __name__, description="What a session holds.")


@outputs.get("/outputs/<session_id>")
@outputs.response(200, Outputs)
@documented_errors(outputs, 404, "SESSION_NOT_FOUND")
def listing(session_id: str) -> dict[str, Any]:
    """All files of a session, each with its kind"""
    with reading() as db:
        lifecycle.find(db, session_id)
        made = files.outputs(db, session_id)
        brought = files.uploads(db, session_id)
        brought += files.previews(db, session_id)
        found = [files.listed(f) for f in made] + [files.listed(f) for f in brought]
    return {"session_id": session_id, "outputs": found}


@outputs.get("/download/<session_id>/<filename>")
@outputs.response(200, {"format": "binary", "type": "string"}, content_type="*/*")
@outputs.alt_response(206, description="The range that was asked for")
@outputs.alt_response(304, description="The caller has it")
@documented_errors(outputs, 401, "LINK_INVALID")
@documented_errors(outputs, 404, "SESSION_NOT_FOUND", "FILE_NOT_FOUND")
@documented_errors(outputs, 451, "CONSENT_WITHDRAWN")
@documented_errors(outputs, 416, "RANGE_NOT_SATISFIABLE")
def download(session_id: str, filename: str) -> Response:
    """The bytes of a file, or a range of them"""
    with reading() as db:
        lifecycle.find(db, session_id)
        file = files.find(db, session_id, filename)
        consent.require_consent(db, file)
    wanted = span(request, file.sha256, file.bytes)
    body = _body(current_services().artifacts, file, wanted)
    if isinstance(file, Output) and file.fetched_at is None and body:
        body = _noting_the_end(body, file, wanted)
    response = Response(body, wanted.status)
    _describe(response, file, wanted)
    return response


def _body(artifacts: Artifacts, file: Output | Upload, wanted: Span) -> Iterable[bytes]:
    """The bytes as they come; the first are fetched before we say that there are any."""
    if request.method == "HEAD" or not wanted.length:
        return ()
    chunks: Iterator[bytes] = artifacts.read(file.blob, wanted.start, wanted.length)
    try:
        first = next(chunks)
    except FileNotFoundError:
        raise FileNotFound("The bytes of this file are gone.") from None
    return chain((first,), chunks)


def _noting_the_end(body: Iterable[bytes], file: Output, wanted: Span) -> Iterator[bytes]:
    """Whoever has taken the last byte has fetched the file."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]

    def noted() -> Iterator[bytes]:
        yield from body
        if wanted.start + wanted.length == file.bytes:
            with app.app_context():
                files.note_fetched(file.id)

    return noted()


def _describe(response: Response, file: Output | Upload, wanted: Span) -> None:
    headers = response.headers
    response.set_etag(file.sha256)
    headers["Accept-Ranges"] = "bytes"
    headers["Cache-Control"] = "private, max-age=0, must-revalidate"
    headers["X-Content-Type-Options"] = "nosniff"
    if wanted.content_range is not None:
        headers["Content-Range"] = wanted.content_range
    if wanted.status != 304:
        headers["Content-Type"] = file.media_type
        headers["Content-Length"] = str(wanted.length)
        headers["Content-Disposition"] = attachment(_shown_name(file))


def _shown_name(file: Output | Upload) -> str:
    return file.original_name or file.filename if isinstance(file, Upload) else file.filename


def attachment(name: str) -> str:
    """RFC 6266: a plain name for old clients, the true one in UTF-8 for the others."""
    plain = "".join(c if c.isascii() and c.isprintable() and c not in '"\\%' else "_" for c in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
