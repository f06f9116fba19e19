"""The cookie of a sign-in with an identity provider: signed, short-lived, and used once.

It binds the sign-in to the browser that began it. `SameSite=Lax`, because the provider's page
sends the browser back.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Any, Final

import redis
from flask import Response, request
from itsdangerous import BadSignature, URLSafeTimedSerializer

from tasks.domain.errors import NotReady
from tasks.messaging import keys
from web.accounts.errors import IdentityRefused
from web.accounts.sign_in_flows import SECONDS, Flow
from web.http.addresses import over_tls
from web.services import Services

PATH: Final = "/api/auth"


def keep(response: Response, services: Services, flow: Flow) -> None:
    """Set the cookie."""
    response.set_cookie(
        _name(services),
        _signer(services).dumps(flow.to_dict()),
        max_age=SECONDS,
        path=PATH,
        secure=_over_tls(services),
        httponly=True,
        samesite="Lax",
    )


def use(services: Services, provider: str, state: str) -> Flow:
    """Return the sign-in of this browser with this state, once; raises `IdentityRefused`."""
    try:
        found: Any = _signer(services).loads(request.cookies.get(_name(services), ""), SECONDS)
    except BadSignature:
        raise IdentityRefused from None
    flow = Flow(**found)
    same = hmac.compare_digest(flow.state.encode(), state.encode(errors="replace"))
    if flow.provider != provider or not same:
        raise IdentityRefused
    digest = hashlib.sha256(flow.state.encode()).hexdigest()
    try:
        first = services.redis.set(keys.sign_in_flow(digest), "1", nx=True, ex=SECONDS)
    except redis.RedisError:
        raise NotReady from None
    if not first:
        raise IdentityRefused
    return flow


def forget(response: Response, services: Services) -> None:
    """Delete the cookie."""
    response.delete_cookie(
        _name(services), path=PATH, secure=_over_tls(services), httponly=True, samesite="Lax"
    )


def _name(services: Services) -> str:
    name = f"callsheet-sign-in-{hashlib.sha256(_key(services)).hexdigest()[:8]}"
    return f"__Secure-{name}" if _over_tls(services) else name


def _signer(services: Services) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(_key(services), salt="sign-in")


def _key(services: Services) -> bytes:
    return hmac.new(services.secret_key, b"sign-in-flows", hashlib.sha256).digest()


def _over_tls(services: Services) -> bool:
    return over_tls(request.environ, services.settings)
