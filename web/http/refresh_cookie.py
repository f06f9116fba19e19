"""The refresh token of a browser: a cookie that scripts cannot read.

Browsers send it to `/api/auth` only and never with cross-site requests. It counts only in requests
that a page of this server sends. Other clients get the token in the response and send it back in
the body.
"""

from __future__ import annotations

import hashlib
from typing import Final

from flask import Response, request

from web.accounts.logins import LIFETIME
from web.http.addresses import over_tls
from web.http.origins import is_own_page
from web.services import Services

PATH: Final = "/api/auth"


def is_for_browser(services: Services) -> bool:
    """Return whether one of our own pages sends this request, so that a cookie can be set."""
    return is_own_page(request.environ, services.settings)


def sent(services: Services) -> str | None:
    """Return the token of this request's cookie if one of our own pages sends it."""
    return request.cookies.get(_name(services)) if is_for_browser(services) else None


def keep(response: Response, services: Services, token: str) -> None:
    """Set the cookie."""
    response.set_cookie(
        _name(services),
        token,
        max_age=int(LIFETIME.total_seconds()),
        path=PATH,
        secure=_over_tls(services),
        httponly=True,
        samesite="Strict",
    )


def forget(response: Response, services: Services) -> None:
    """Delete the cookie."""
    response.delete_cookie(
        _name(services), path=PATH, secure=_over_tls(services), httponly=True, samesite="Strict"
    )


def _name(services: Services) -> str:
    """Return the cookie's name; systems on one host, where ports do not count, differ."""
    system = hashlib.sha256(b"refresh:" + services.secret_key).hexdigest()[:8]
    name = f"callsheet-refresh-{system}"
    return f"__Secure-{name}" if _over_tls(services) else name


def _over_tls(services: Services) -> bool:
    return over_tls(request.environ, services.settings)
