"""Bearer tokens of other issuers: OpenID Connect providers and Supabase projects that we allow.

A token counts if an issuer of the settings has signed it for the audience of the settings. The
issuer alone says where its keys are: keys and addresses in a token's header are ignored.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, Final

from joserfc import jwt
from joserfc.errors import ExpiredTokenError, JoseError
from joserfc.jwk import GuestProtocol, Key, OctKey
from joserfc.jwt import JWTClaimsRegistry

from config.settings import Settings
from config.token_issuers import TokenIssuer
from web.accounts import emails, issuer_keys
from web.accounts.identities import Identity
from web.accounts.issuer_keys import IssuerKeys, KeyUnknown
from web.accounts.models import identity_id
from web.errors import TokenExpired, TokenInvalid

LONGEST: Final = 8192
LEEWAY_SECONDS: Final = 30
"""How far the clocks of an issuer and of this server may differ."""
_LONGEST_SUBJECT: Final = 255
_SUPABASE_PATH: Final = "/auth/v1"
_SUPABASE_AUDIENCE: Final = "authenticated"
_SYMMETRIC: Final = "HS256"


@dataclass(frozen=True, slots=True)
class Issuer:
    """An issuer whose tokens are accepted."""

    url: str
    audiences: tuple[str, ...]
    confirms_email: bool = False
    """Whether the addresses in its tokens are verified, though they do not say so."""
    secrets: tuple[bytes, ...] = field(default=(), repr=False)
    """Shared secrets that sign its tokens, too."""
    is_supabase: bool = False

    def keys(self) -> IssuerKeys:
        """Return the keys that sign its tokens."""
        if self.is_supabase:
            return issuer_keys.at(f"{self.url}/.well-known/jwks.json")
        return issuer_keys.of_issuer(self.url)


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """Another issuer's token: whose it is, and its times in seconds since the epoch."""

    identity_id: str
    issued_at: float
    """0 if it does not say so."""
    ends_at: float

    def is_from_before(self, moment: datetime | None) -> bool:
        """Return whether it was issued before a suspension of its user ended."""
        return moment is not None and self.issued_at < moment.timestamp()


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token says."""

    identity: Identity
    token: IssuedToken


def issuer_of(settings: Settings, token: str) -> Issuer | None:
    """Return the allowed issuer that a token names; nothing in the token is checked yet."""
    allowed = _issuers(settings)
    if not allowed or len(token) > LONGEST:
        return None
    name = _payload(token).get("iss")
    return allowed.get(name.rstrip("/")) if isinstance(name, str) else None


def verified(issuer: Issuer, token: str) -> Claims:
    """Return what a token of an issuer says; raises `TokenExpired`, `TokenInvalid` or an outage."""
    rules = JWTClaimsRegistry(
        leeway=LEEWAY_SECONDS,
        iss={"essential": True},
        aud={"essential": True, "values": list(issuer.audiences)},
        sub={"essential": True},
        exp={"essential": True},
    )
    algorithms = [*issuer_keys.ALGORITHMS, *([_SYMMETRIC] if issuer.secrets else [])]
    try:
        claims = _decoded(issuer, token, algorithms)
        rules.validate(claims)
        issued_at, ends_at = float(claims.get("iat") or 0), float(claims["exp"])
    except ExpiredTokenError:
        raise TokenExpired from None
    except (JoseError, KeyUnknown, ValueError, TypeError, RecursionError):
        raise TokenInvalid from None
    subject, name = str(claims["sub"]), str(claims["iss"])
    if not 0 < len(subject) <= _LONGEST_SUBJECT or name.rstrip("/") != issuer.url:
        raise TokenInvalid
    email = emails.normalised_or_none(claims.get("email"))
    is_verified = issuer.confirms_email or claims.get("email_verified") is True
    identity = Identity(name, subject, email, is_verified=is_verified)
    return Claims(identity, IssuedToken(identity_id(name, subject), issued_at, ends_at))


def _decoded(issuer: Issuer, token: str, algorithms: list[str]) -> dict[str, Any]:
    def key_of(header_of: GuestProtocol) -> Key:
        if issuer.secrets and header_of.headers()["alg"] == _SYMMETRIC:
            return OctKey.import_key(issuer.secrets[0])
        return issuer.keys().of_token(header_of)

    return jwt.decode(token, key_of, algorithms=algorithms).claims


def _issuers(settings: Settings) -> dict[str, Issuer]:
    found = dict(_listed(settings.accounts.token_issuers))
    if settings.accounts.supabase_url:
        url = settings.accounts.supabase_url.removesuffix(_SUPABASE_PATH) + _SUPABASE_PATH
        found[url] = Issuer(
            url,
            (_SUPABASE_AUDIENCE,),
            confirms_email=settings.accounts.supabase_confirms_email == "1",
            secrets=settings.accounts.supabase_jwt_secret,
            is_supabase=True,
        )
    return found


@cache
def _listed(issuers: tuple[TokenIssuer, ...]) -> dict[str, Issuer]:
    audiences: dict[str, tuple[str, ...]] = {}
    for one in issuers:
        audiences[one.url] = (*audiences.get(one.url, ()), one.audience)
    return {url: Issuer(url, named) for url, named in audiences.items()}


def _payload(token: str) -> dict[str, Any]:
    text = token.split(".")[1]
    try:
        found = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
