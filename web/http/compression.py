"""Compress JSON and pages for callers that accept gzip."""

from __future__ import annotations

import gzip
from typing import Final

from flask import Flask, Response, request

FROM_BYTES: Final = 1024
"""Shorter bodies would not become smaller."""
LEVEL: Final = 5

_MEDIA_TYPES: Final = {"application/json", "application/problem+json", "text/html"}


def register(app: Flask) -> None:
    """Compress the responses of an application."""
    app.after_request(compress)


def compress(response: Response) -> Response:
    """Compress JSON and pages only: media is compressed already, and streams must not wait."""
    if response.mimetype not in _MEDIA_TYPES or response.is_streamed:
        return response
    body = response.get_data()
    if len(body) < FROM_BYTES or "Content-Encoding" in response.headers:
        return response
    response.vary.add("Accept-Encoding")
    if request.accept_encodings["gzip"] > 0:
        response.set_data(gzip.compress(body, LEVEL, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
    return response
