"""Access tokens: signed with HS256, valid for 15 minutes, and bound to a login.

The algorithm is fixed and the key is chosen by its id among our own, whatever else a token's header
says. While keys rotate, the first one of `JWT_KEYS` signs and the others still verify.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from dataclasses import dataclass
from functools import cache
from typing import Final

from joserfc import jwt
from joserfc.errors import ExpiredTokenError, JoseError
from joserfc.jwk import KeySet, OctKey
from joserfc.jwt import JWTClaimsRegistry

from web.errors import TokenExpired, TokenInvalid
from web.services import Services

SECONDS: Final = 15 * 60
ISSUER: Final = "callsheet"
AUDIENCE: Final = "callsheet-api"
_ALGORITHM: Final = "HS256"
_LONGEST: Final = 2048


@dataclass(frozen=True, slots=True)
class Claims:
    """What an access token says: whose it is, and to which login it belongs."""

    user_id: str
    login_id: str
    generation: int = 0
    """How often the login had been refreshed when it was issued."""


def looks_like_one(text: str) -> bool:
    """Return whether a bearer token has the form of a JWT, which no session id has."""
    return text.startswith("eyJ") and text.count(".") == 2


def issue(services: Services, claims: Claims) -> str:
    """Sign an access token."""
    moment, keys = int(time.time()), _key_set(_secrets(services))
    key = keys.keys[0]
    return jwt.encode(
        {"alg": _ALGORITHM, "kid": key.kid},
        {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": claims.user_id,
            "sid": claims.login_id,
            "gen": claims.generation,
            "iat": moment,
            "exp": moment + SECONDS,
        },
        key,
        algorithms=[_ALGORITHM],
    )


def verified(services: Services, token: str) -> Claims:
    """Return what a token says; raises `TokenExpired` or `TokenInvalid`."""
    if len(token) > _LONGEST:
        raise TokenInvalid
    try:
        found = jwt.decode(token, _key_set(_secrets(services)), algorithms=[_ALGORITHM])
        if not isinstance(found.header.get("kid"), str):
            raise TokenInvalid
        _RULES.validate(found.claims)
    except ExpiredTokenError:
        raise TokenExpired from None
    except (JoseError, ValueError, TypeError, RecursionError):
        raise TokenInvalid from None
    user_id, login_id = found.claims["sub"], found.claims["sid"]
    if not (isinstance(user_id, str) and isinstance(login_id, str)):
        raise TokenInvalid
    generation = found.claims.get("gen", 0)
    if type(generation) is not int:
        raise TokenInvalid
    return Claims(user_id, login_id, generation)


_RULES: Final = JWTClaimsRegistry(
    iss={"essential": True, "value": ISSUER},
    aud={"essential": True, "value": AUDIENCE},
    sub={"essential": True},
    sid={"essential": True},
    iat={"essential": True},
    exp={"essential": True},
)


def _secrets(services: Services) -> tuple[bytes, ...]:
    derived = hmac.new(services.secret_key, b"access-tokens", hashlib.sha256).digest()
    return services.settings.accounts.jwt_keys or (derived,)


@cache
def _key_set(secrets: tuple[bytes, ...]) -> KeySet:
    return KeySet([OctKey.import_key(secret, {"kid": _key_id(secret)}) for secret in secrets])


def _key_id(secret: bytes) -> str:
    return hmac.new(secret, b"kid", hashlib.sha256).hexdigest()[:16]
