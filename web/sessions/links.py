"""Signed links for `<video>`, `<img>` and `EventSource`, which cannot send headers.

A link carries its expiry and a signature over its path, method, session and expiry. It gives
access to that path only, contains no session id, and works for at least `LIFETIME`. Links that are
requested within the same few minutes are identical, so that browsers can cache what they load.
A link to a stream also names the sign-in of the request that got it, with which it ends.
"""

from __future__ import annotations

import hmac
import time
from typing import Final
from urllib.parse import quote, urlencode

from flask import current_app, g, has_request_context, request

from config.settings import Settings
from web.errors import LinkInvalid
from web.services import Services, current_services
from web.sessions.signatures import (
    EXPIRES,
    SESSION,
    SIGN_IN,
    SIGNATURE,
    in_path,
    signature_of,
)

LIFETIME: Final = 15 * 60
_ROUNDED_TO: Final = 5 * 60
SIGN_IN_OF: Final = "callsheet_sign_in_of"
"""Extension of an application: names the sign-in of a request that a stream must not outlive."""


def signed(path: str, holder: str, sign_in: str = "") -> str:
    """Sign a path (not yet quoted) of a session or an owner for `GET` and `HEAD`."""
    expires = (int(time.time()) // _ROUNDED_TO + 1) * _ROUNDED_TO + LIFETIME
    return signed_until(path, holder, expires, sign_in)


def signed_until(path: str, holder: str, expires: int, sign_in: str = "") -> str:
    """Sign a path of what a session or an owner holds, until a given second."""
    query = {EXPIRES: str(expires)} | ({SIGN_IN: sign_in} if sign_in else {})
    query[SIGNATURE] = _sign(current_services(), path, holder, str(expires), sign_in)
    return f"{quote(path)}?{urlencode(query)}"


def signed_stream(path: str, session: str) -> str:
    """Sign the path of a stream, which ends with the sign-in of this request."""
    sign_in = ""
    if has_request_context() and SIGN_IN_OF in current_app.extensions:
        sign_in = current_app.extensions[SIGN_IN_OF](session)
    return f"{signed(path, session, sign_in)}&{urlencode({SESSION: in_path(session)})}"


def live_address(settings: Settings, link: str) -> str | None:
    """Return the address of a link at the live processes; None if there are none."""
    base = settings.live.base
    return f"{base}{link}" if base else None


def is_signed() -> bool:
    """Return whether this request uses a signed link."""
    return SIGNATURE in request.args


def seconds_left() -> int:
    """Return for how long the signed link of this request, which is valid, still works."""
    return max(0, int(request.args[EXPIRES]) - int(time.time()))


def require_valid(session: str | None) -> None:
    """Refuse a link with a wrong signature, of another session, or past its expiry."""
    signature, expires = request.args.get(SIGNATURE, ""), request.args.get(EXPIRES, "")
    sign_in = request.args.get(SIGN_IN, "")
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
    return signature_of(services.secret_key, path, session, expires, sign_in)
