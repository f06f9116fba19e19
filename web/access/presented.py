"""The session id that a request carries: the key to everything of that session."""

from __future__ import annotations

from typing import Final

from flask import request

HEADER: Final = "X-Session-ID"


def in_header() -> str | None:
    """What `X-Session-ID` says."""
    return request.headers.get(HEADER, "").strip() or None
