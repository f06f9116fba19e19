"""The cookie that binds the challenges of passkeys to the browser that asked for them.

It is random and says nothing. One browser may have several challenges at once, one for each tab.
"""

from __future__ import annotations

import hashlib
import re
from datetime import timedelta
from typing import Final

from flask import Response, after_this_request, request

from web.accounts.tokens import new_token
from web.http.addresses import over_tls
from web.services import Services

PATH: Final = "/api/auth"
LIFETIME: Final = timedelta(hours=1)
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{43}")


def browser(services: Services) -> str:
    """Return the token of this request's browser; empty if it has none."""
    token = request.cookies.get(_name(services), "")
    return token if _TOKEN.fullmatch(token) else ""


def remembered(services: Services) -> str:
    """Return the token of this request's browser, which gets one or keeps it for another hour."""
    token = browser(services) or new_token()
    keep(services, token)
    return token


def keep(services: Services, token: str) -> None:
    """Set the cookie with the response to this request."""

    @after_this_request
    def _set(response: Response) -> Response:
        response.set_cookie(
            _name(services),
            token,
            max_age=LIFETIME,
            path=PATH,
            secure=over_tls(request.environ, services.settings),
            httponly=True,
            samesite="Strict",
        )
        return response


def _name(services: Services) -> str:
    """Return the cookie's name; systems on one host, where ports do not count, differ."""
    system = hashlib.sha256(b"passkeys:" + services.secret_key).hexdigest()[:8]
    name = f"callsheet-passkeys-{system}"
    return f"__Secure-{name}" if over_tls(request.environ, services.settings) else name
