"""The headers of resumable uploads, one per line."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from flask import Flask, Request

from tasks.domain.errors import CallsheetError
from tasks.domain.text import find_forbidden
from web.api import tus
from web.http import errors
from web.uploads.partial import CHECKSUMS

_APP = Flask(__name__)


def check(data: bytes) -> None:
    environ: dict[str, Any] = {"REQUEST_METHOD": "PATCH", "PATH_INFO": "/", "wsgi.input": None}
    for line in data.split(b"\n"):
        name, _, value = line.decode("latin-1").partition(":")
        environ[f"HTTP_{name.strip().upper().replace('-', '_')}"] = value.strip()
    request = Request(environ)
    for read in (_version, _numbers, _metadata, _checksum):
        _refuses_readably(lambda read=read: read(request))


def _refuses_readably(read: Callable[[], None]) -> None:
    """Every refusal is an error of ours, whose document can be sent."""
    status = 400
    try:
        read()
    except CallsheetError as error:
        with _APP.test_request_context():
            status = errors.error_response(error).status_code
    assert 400 <= status < 500


def _version(request: Request) -> None:
    tus.require_version(request)


def _numbers(request: Request) -> None:
    for name in ("Upload-Length", "Upload-Offset"):
        with suppress(CallsheetError):
            assert 0 <= tus.number(request, name) < 10**15
    tus.number(request, "Upload-Length")


def _metadata(request: Request) -> None:
    found = tus.metadata(request)
    for name, value in found.items():
        assert name == "filename" or find_forbidden(value) is None
        value.encode()


def _checksum(request: Request) -> None:
    found = tus.checksum(request)
    if found is not None:
        assert found.algorithm in CHECKSUMS
        assert found.digest
