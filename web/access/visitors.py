"""Visitors: the owner of what a browser makes while no one is signed in.

A page's first session gives its browser a signed cookie that scripts cannot read. What the browser
makes belongs to the visitor, so it outlives its sessions. The cookie names no person. It is signed
with `SECRET_KEY`; cookies that `SECRET_KEY_PREVIOUS` signed are accepted and signed again.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import timedelta
from typing import Final

from flask import Response, after_this_request, request
from itsdangerous import BadSignature, URLSafeTimedSerializer

from web.http.addresses import over_tls
from web.http.origins import is_own_page, may_use_cookies
from web.services import Services, current_services

LIFETIME: Final = timedelta(days=180)
"""How long a browser is remembered after its last new session."""
PREFIX: Final = "visitor:"


def of_request() -> str | None:
    """Return the visitor whose cookie this request has; never for a page of another site."""
    if not request.cookies or not may_use_cookies(request, current_services().settings):
        return None
    return _visitor()


def welcome() -> str | None:
    """Return the visitor that opens a session: pages of this server get or renew the cookie."""
    if not is_own_page(request.environ, current_services().settings):
        return None
    visitor = _visitor() or PREFIX + secrets.token_hex(16)

    @after_this_request
    def _remember(response: Response) -> Response:
        services = current_services()
        tls, key = over_tls(request.environ, services.settings), services.secret_key
        response.set_cookie(
            _name(key, tls=tls),
            _signer(key).dumps(visitor),
            max_age=LIFETIME,
            secure=tls,
            httponly=True,
            samesite="Lax",
        )
        return response

    return visitor


def _visitor() -> str | None:
    services = current_services()
    tls = over_tls(request.environ, services.settings)
    for key in _keys(services):
        try:
            value = request.cookies.get(_name(key, tls=tls), "")
            visitor = str(_signer(key).loads(value, max_age=int(LIFETIME.total_seconds())))
        except BadSignature:
            continue
        return visitor
    return None


def _keys(services: Services) -> list[bytes]:
    """Return the keys whose cookies are accepted; the first one signs."""
    previous = services.settings.secret_key_previous.encode()
    return [services.secret_key, *([previous] if previous else [])]


def _name(key: bytes, *, tls: bool) -> str:
    """Name the cookie; cookies ignore ports, so systems on one host need different names."""
    name = f"callsheet-visitor-{hashlib.sha256(_derived(key)).hexdigest()[:8]}"
    return f"__Host-{name}" if tls else name


def _signer(key: bytes) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(_derived(key), salt="visitor")


def _derived(key: bytes) -> bytes:
    return hmac.new(key, b"visitors", hashlib.sha256).digest()
