"""The words of tus 1.0 (https://tus.io/protocols/resumable-upload): its headers, read and told."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from email.utils import format_datetime
from typing import Final

from flask import Request, Response

from tasks.domain.errors import RequestError, ValidationFailed
from tasks.domain.text import find_forbidden, forbidden_message
from web.errors import TusVersionUnsupported
from web.uploads.partial import CHECKSUMS, Checksum, Partial

VERSION: Final = "1.0.0"
EXTENSIONS: Final = "creation,expiration,checksum,termination"
PIECE: Final = "application/offset+octet-stream"
MOST_METADATA: Final = 4096


def require_version(request: Request) -> None:
    if request.headers.get("Tus-Resumable") != VERSION:
        raise TusVersionUnsupported(headers={"Tus-Version": VERSION})


def number(request: Request, name: str) -> int:
    """A header that must be there, and a whole number."""
    text = request.headers.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        raise ValidationFailed(errors=[{"field": name, "message": "A whole number of bytes."}])
    return int(text)


def metadata(request: Request) -> Mapping[str, str]:
    """`Upload-Metadata`: names, each with its value in Base64."""
    text = request.headers.get("Upload-Metadata", "")
    if len(text) > MOST_METADATA:
        raise _wrong("It is too long.")
    pairs = (pair.strip().partition(" ") for pair in text.split(",") if pair.strip())
    try:
        told = {
            name: base64.b64decode(value, validate=True).decode("utf-8") for name, _, value in pairs
        }
    except (binascii.Error, ValueError):
        raise _wrong("Each value has to be UTF-8 in Base64.") from None
    fault = find_forbidden("".join(told.values()))
    # A bad file name is refused as such, beside the other rules for names.
    if fault is not None and find_forbidden(told.get("filename", "")) is None:
        raise _wrong(forbidden_message(fault))
    return told


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
        raise RequestError(f"A checksum has to be one of {', '.join(CHECKSUMS)}, in Base64.")
    return Checksum(algorithm, digest)


def add_state_headers(response: Response, partial: Partial) -> Response:
    """Where an upload is, and until when it may be gone on with."""
    headers = response.headers
    headers["Upload-Offset"] = str(partial.offset)
    headers["Upload-Length"] = str(partial.record.length)
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
