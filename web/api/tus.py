"""Read and write the headers of tus 1.0 (https://tus.io/protocols/resumable-upload)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from email.utils import format_datetime
from typing import Final

from flask import Request, Response

from tasks.domain.errors import RequestError, ValidationFailed
from tasks.domain.text import find_forbidden, forbidden_message
from web.upload_errors import TusVersionUnsupported
from web.uploads.partial import CHECKSUMS, Checksum, Partial

VERSION: Final = "1.0.0"
EXTENSIONS: Final = "creation,expiration,checksum,termination"
CHUNK_TYPE: Final = "application/offset+octet-stream"
MAX_METADATA: Final = 4096
UPLOAD_ID: Final = "Upload-Id"
"""The header with the id of an accepted upload, as `upload_id` in other responses."""


def require_version(request: Request) -> None:
    if request.headers.get("Tus-Resumable") != VERSION:
        raise TusVersionUnsupported(headers={"Tus-Version": VERSION})


def number(request: Request, name: str) -> int:
    """Read a required header that is a whole number."""
    text = request.headers.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        raise ValidationFailed(
            errors=[{"field": name, "message": "Must be a whole number of bytes."}]
        )
    return int(text)


def metadata(request: Request) -> Mapping[str, str]:
    """Parse `Upload-Metadata`: names with values in Base64."""
    text = request.headers.get("Upload-Metadata", "")
    if len(text) > MAX_METADATA:
        raise _wrong("Must be at most 4096 characters.")
    pairs = (pair.strip().partition(" ") for pair in text.split(",") if pair.strip())
    try:
        sent = {
            name: base64.b64decode(value, validate=True).decode("utf-8") for name, _, value in pairs
        }
    except (binascii.Error, ValueError):
        raise _wrong("Each value must be UTF-8 text in Base64.") from None
    # A forbidden character in the file name is reported by the file name checks.
    others = (value for name, value in sent.items() if name != "filename")
    if (fault := find_forbidden("".join(others))) is not None:
        raise _wrong(forbidden_message(fault))
    return sent


def _wrong(message: str) -> ValidationFailed:
    return ValidationFailed(errors=[{"field": "Upload-Metadata", "message": message}])


def checksum(request: Request) -> Checksum | None:
    given = request.headers.get("Upload-Checksum")
    if given is None:
        return None
    algorithm, _, text = given.partition(" ")
    try:
        digest = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        digest = b""
    if algorithm not in CHECKSUMS or not digest:
        raise RequestError(f"Send a checksum of type {' or '.join(CHECKSUMS)}, in Base64.")
    return Checksum(algorithm, digest)


def add_state_headers(response: Response, partial: Partial) -> Response:
    """Add the offset, length and expiry of an upload, and its id once it was accepted."""
    headers = response.headers
    headers["Upload-Offset"] = str(partial.offset)
    record = partial.record
    headers["Upload-Length"] = str(record.length)
    if record.stored_as:
        headers[UPLOAD_ID] = record.stored_as
    headers["Upload-Expires"] = format_datetime(partial.expires_at, usegmt=True)
    headers["Cache-Control"] = "no-store"
    return response


def add_ability_headers(response: Response, largest: int) -> Response:
    headers = response.headers
    headers["Tus-Version"] = VERSION
    headers["Tus-Extension"] = EXTENSIONS
    headers["Tus-Max-Size"] = str(largest)
    headers["Tus-Checksum-Algorithm"] = ",".join(CHECKSUMS)
    return response
