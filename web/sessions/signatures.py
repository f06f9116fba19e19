"""Signatures of links; they need neither the database nor a request."""

from __future__ import annotations

import hashlib
import hmac
from typing import Final

EXPIRES: Final = "expires"
SIGNATURE: Final = "signature"
SIGN_IN: Final = "sign_in"
SESSION: Final = "session"
"""Names the session (`in_path`) of a link whose path does not, for `live` processes."""


def signature_of(secret: bytes, path: str, holder: str, expires: str, sign_in: str) -> str:
    """Sign a path of what a session or an owner holds; it may name the sign-in that it ends with.

    Paths are signed without the quoting of URLs.
    """
    parts = ("link", "GET", path, holder, expires, *([sign_in] if sign_in else []))
    message = "\n".join(parts).encode(errors="replace")
    return hmac.new(secret, message, hashlib.sha256).hexdigest()


def in_path(session: str) -> str:
    """Spell the name of a session for a link.

    Responses show the caller's id in place of a name; this spelling is not replaced.

    >>> in_path("s55a5f"), named("s-55a5f")
    ('s-55a5f', 's55a5f')
    """
    return f"{session[:1]}-{session[1:]}"


def named(segment: str) -> str:
    """Return the name of the session from a segment of a link's path."""
    return segment.replace("-", "", 1)
