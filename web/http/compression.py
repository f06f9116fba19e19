"""Data leaves compressed where the caller takes it so; files bring their own forms."""

from __future__ import annotations

import gzip
from typing import Final

from flask import Flask, Response, request

FROM_BYTES: Final = 1024
"""Below this, what is saved is less than the header that says so."""
LEVEL: Final = 5

_MEDIA_TYPES: Final = {"application/json", "application/problem+json", "text/html"}


def register(app: Flask) -> None:
    """Compress the answers of an application."""
    app.after_request(compress)


def compress(response: Response) -> Response:
    """JSON and pages only: media is dense already, and streams must not wait for a block."""
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
