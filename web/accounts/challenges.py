"""Challenges that a browser's passkey signs: random, for one purpose, for five minutes, used once.

Redis holds what a challenge is for under its digest. It is bound to the browser that asked for it,
by a cookie: a signature that was made elsewhere is worth nothing in another browser.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from typing import Final, Literal

import redis

from tasks.domain.errors import NotReady
from tasks.messaging import keys
from web.accounts.errors import PasskeyRefused
from web.accounts.tokens import digest_of
from web.services import Services

Purpose = Literal["register", "sign-in", "second-factor"]

SECONDS: Final = 5 * 60
_BYTES: Final = 32


def issue(services: Services, purpose: Purpose, browser: str, user_id: str = "") -> bytes:
    """Create a challenge for a browser and, but for signing in, for a user."""
    challenge = secrets.token_bytes(_BYTES)
    wanted = json.dumps(_wanted(purpose, browser, user_id))
    try:
        services.redis.set(keys.passkey_challenge(_digest(challenge)), wanted, ex=SECONDS)
    except redis.RedisError:
        raise NotReady from None
    return challenge


def use(
    services: Services, challenge: bytes, purpose: Purpose, browser: str, user_id: str = ""
) -> None:
    """Use a challenge up; raises `PasskeyRefused` if it is not one of these."""
    try:
        kept = services.redis.getdel(keys.passkey_challenge(_digest(challenge)))
    except redis.RedisError:
        raise NotReady from None
    wanted = json.dumps(_wanted(purpose, browser, user_id))
    if kept is None or not hmac.compare_digest(str(kept).encode(), wanted.encode()):
        raise PasskeyRefused


def _wanted(purpose: Purpose, browser: str, user_id: str) -> list[str]:
    return [purpose, digest_of(browser), user_id]


def _digest(challenge: bytes) -> str:
    return hashlib.sha256(challenge).hexdigest()
