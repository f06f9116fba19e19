"""The cookie of a sign-in that waits for a second factor: signed, and sent by our pages only."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any, Final

from flask import Response, request
from itsdangerous import BadSignature, URLSafeTimedSerializer

from web.accounts.errors import IdentityRefused
from web.accounts.one_time import LIFETIMES
from web.accounts.pending_sign_ins import Pending
from web.http.addresses import over_tls
from web.services import Services

PATH: Final = "/api/auth"
_SECONDS: Final = int(LIFETIMES["second-factor"].total_seconds())


def keep(response: Response, services: Services, pending: Pending) -> None:
    """Set the cookie."""
    response.set_cookie(
        _name(services),
        _signer(services).dumps(pending.to_dict()),
        max_age=_SECONDS,
        path=PATH,
        secure=_over_tls(services),
        httponly=True,
        samesite="Strict",
    )


def sent(services: Services) -> Pending:
    """Return the sign-in that waits in this browser; raises `IdentityRefused` without one."""
    try:
        found: Any = _signer(services).loads(request.cookies.get(_name(services), ""), _SECONDS)
    except BadSignature:
        raise IdentityRefused from None
    return Pending.from_dict(found)


def forget(response: Response, services: Services) -> None:
    """Delete the cookie."""
    response.delete_cookie(
        _name(services), path=PATH, secure=_over_tls(services), httponly=True, samesite="Strict"
    )


def _name(services: Services) -> str:
    """Return the cookie's name; systems on one host, where ports do not count, differ."""
    name = f"callsheet-second-factor-{hashlib.sha256(_key(services)).hexdigest()[:8]}"
    return f"__Secure-{name}" if _over_tls(services) else name


def _signer(services: Services) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(_key(services), salt="second-factor")


def _key(services: Services) -> bytes:
    return hmac.new(services.secret_key, b"pending-sign-ins", hashlib.sha256).digest()


def _over_tls(services: Services) -> bool:
    return over_tls(request.environ, services.settings)
