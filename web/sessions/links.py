"""Signed links: for `<video>`, `<img>` and `EventSource`, which send no headers.

A link is an address with the moment when it ends and a signature over both, the method and
the session. It opens what it names and nothing else, carries no session id, and works for at
least `LIFETIME`; links that are asked for within the same few minutes are the same, so that
browsers find what they have.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from typing import Final
from urllib.parse import quote, urlencode

from flask import request

from web.errors import LinkInvalid
from web.services import Services, current_services

LIFETIME: Final = 15 * 60
_GRID: Final = 5 * 60
_EXPIRES, _SIGNATURE = "expires", "signature"


def signed(path: str, session: str) -> str:
    """A link to what `GET` (and `HEAD`) would answer at a path, not yet quoted, of a session."""
    expires = int(time.time()) // _GRID * _GRID + _GRID + LIFETIME
    query = {_EXPIRES: expires, _SIGNATURE: _sign(current_services(), path, session, str(expires))}
    return f"{quote(path)}?{urlencode(query)}"


def in_path(session: str) -> str:
    """The name of a session as links spell it: answers put the caller's id where a name stands,
    and a link has to keep its name.

    >>> in_path("s55a5f"), named("s-55a5f")
    ('s-55a5f', 's55a5f')
    """
    return f"{session[:1]}-{session[1:]}"


def named(segment: str) -> str:
    """The session that a link's path names."""
    return segment.replace("-", "", 1)


def is_signed() -> bool:
    """Whether this request comes by a link."""
    return _SIGNATURE in request.args


def require_valid(session: str | None) -> None:
    """Refuse a link that is not ours, of another session, or over."""
    given, expires = request.args.get(_SIGNATURE, ""), request.args.get(_EXPIRES, "")
    right = _sign(current_services(), request.path, session or "", expires)
    fits = hmac.compare_digest(given.encode(errors="replace"), right.encode())
    if not (fits and session and request.method in ("GET", "HEAD")):
        raise LinkInvalid
    if int(expires) < time.time():  # signed, so it is a number
        raise LinkInvalid


def _sign(held: Services, path: str, session: str, expires: str) -> str:
    said = "\n".join(("link", "GET", path, session, expires)).encode(errors="replace")
    return hmac.new(held.secret_key, said, hashlib.sha256).hexdigest()
