"""The refresh token of a browser, in a cookie.

Browsers never send it with cross-site requests, and it counts only in requests that a page of this
server sends. Other clients get the token in the response and send it back in the body.
"""

from __future__ import annotations

from typing import Final

from flask import request

from web.accounts.logins import LIFETIME
from web.http.auth_cookie import AuthCookie
from web.http.origins import is_own_page
from web.services import Services

COOKIE: Final = AuthCookie("refresh", LIFETIME)


def is_for_browser(services: Services) -> bool:
    """Return whether one of our own pages sends this request, so that a cookie can be set."""
    return is_own_page(request.environ, services.settings)


def sent(services: Services) -> str | None:
    """Return the token of this request's cookie if one of our own pages sends it."""
    return COOKIE.value(services) or None if is_for_browser(services) else None
