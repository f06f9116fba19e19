"""The cookie that binds the challenges of passkeys to the browser that asked for them.

It is random and says nothing. One browser may have several challenges at once, one for each tab.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Final

from flask import Response, after_this_request

from web.accounts.tokens import new_token
from web.http.auth_cookie import AuthCookie
from web.services import Services

COOKIE: Final = AuthCookie("passkeys", timedelta(hours=1))
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{43}")


def browser(services: Services) -> str:
    """Return the token of this request's browser; empty if it has none."""
    token = COOKIE.value(services)
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
        COOKIE.keep(response, services, token)
        return response
