"""The cookie of a sign-in with an identity provider: signed, short-lived, and used once.

It binds the sign-in to the browser that began it. `SameSite=Lax`, because the provider's page
sends the browser back.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta
from typing import Final

import redis
from flask import Response

from tasks.domain.errors import NotReady
from tasks.messaging import keys
from web.accounts.errors import IdentityRefused
from web.accounts.sign_in_flows import SECONDS, Flow
from web.http.auth_cookie import AuthCookie
from web.services import Services

COOKIE: Final = AuthCookie("sign-in", timedelta(seconds=SECONDS), "Lax")


def keep(response: Response, services: Services, flow: Flow) -> None:
    """Set the cookie."""
    COOKIE.keep_signed(response, services, flow.to_dict())


def use(services: Services, provider: str, state: str) -> Flow:
    """Return the sign-in of this browser with this state, once; raises `IdentityRefused`."""
    content = COOKIE.signed(services)
    if content is None:
        raise IdentityRefused
    flow = Flow(**content)
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
