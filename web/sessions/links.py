"""Signed links for `<video>`, `<img>` and `EventSource`, which cannot send headers.

A link carries its expiry and a signature over its path, method, session and expiry. It gives
access to that path only, contains no session id, and works for at least `LIFETIME`. Links that are
requested within the same few minutes are identical, so that browsers can cache what they load.
A link to a stream also names the sign-in of the request that got it, with which it ends.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from typing import Final
from urllib.parse import quote, urlencode

from flask import current_app, g, has_request_context, request

from web.errors import LinkInvalid
from web.services import Services, current_services

LIFETIME: Final = 15 * 60
_ROUNDED_TO: Final = 5 * 60
_EXPIRES, _SIGNATURE, _SIGN_IN = "expires", "signature", "sign_in"
SIGN_IN_OF: Final = "callsheet_sign_in_of"
"""Extension of an application: names the sign-in of a request that a stream must not outlive."""


def signed(path: str, holder: str, sign_in: str = "") -> str:
    """Sign a path (not yet quoted) of a session or an owner for `GET` and `HEAD`."""
    expires = (int(time.time()) // _ROUNDED_TO + 1) * _ROUNDED_TO + LIFETIME
    return signed_until(path, holder, expires, sign_in)


def signed_until(path: str, holder: str, expires: int, sign_in: str = "") -> str:
    """Sign a path of what a session or an owner holds, until a given second."""
    query = {_EXPIRES: str(expires)} | ({_SIGN_IN: sign_in} if sign_in else {})
    query[_SIGNATURE] = _sign(current_services(), path, holder, str(expires), sign_in)
    return f"{quote(path)}?{urlencode(query)}"


def signed_stream(path: str, session: str) -> str:
    """Sign the path of a stream, which ends with the sign-in of this request."""
    sign_in = ""
    if has_request_context() and SIGN_IN_OF in current_app.extensions:
        sign_in = current_app.extensions[SIGN_IN_OF](session)
    return signed(path, session, sign_in)


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


def is_signed() -> bool:
    """Return whether this request uses a signed link."""
    return _SIGNATURE in request.args


def require_valid(session: str | None) -> None:
    """Refuse a link with a wrong signature, of another session, or past its expiry."""
    signature, expires = request.args.get(_SIGNATURE, ""), request.args.get(_EXPIRES, "")
    sign_in = request.args.get(_SIGN_IN, "")
    expected = _sign(current_services(), request.path, session or "", expires, sign_in)
    matches = hmac.compare_digest(signature.encode(errors="replace"), expected.encode())
    if not (matches and session and request.method in ("GET", "HEAD")):
        raise LinkInvalid
    if int(expires) < time.time():  # it was signed, so it is a number
        raise LinkInvalid
    g.link_sign_in = sign_in


def sign_in() -> str | None:
    """Return the sign-in that the valid link of this request names; None without such a link."""
    found: str | None = g.get("link_sign_in")
    return found


def _sign(services: Services, path: str, session: str, expires: str, sign_in: str) -> str:
    parts = ("link", "GET", path, session, expires, *([sign_in] if sign_in else []))
    message = "\n".join(parts).encode(errors="replace")
    return hmac.new(services.secret_key, message, hashlib.sha256).hexdigest()
