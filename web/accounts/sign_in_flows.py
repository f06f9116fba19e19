"""Sign in with an identity provider: the authorization code flow with PKCE.

OpenID Connect providers answer with a signed ID token, whose issuer, audience, expiry and nonce
must be right; GitHub, which has none, is asked for the user over its API.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from threading import Lock
from typing import Any, Final

import httpx2
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jwt import JWTClaimsRegistry

from web.accounts import emails
from web.accounts.errors import IdentityRefused, ProviderUnavailable
from web.accounts.identities import Identity
from web.accounts.providers import Provider

SECONDS: Final = 10 * 60
"""How long a person may take at the provider."""
_TIMEOUT: Final = 10.0
_DISCOVERED_SECONDS: Final = 600.0
_ALGORITHMS: Final = ["RS256", "ES256"]


@dataclass(frozen=True, slots=True)
class Flow:
    """One sign-in that has begun; the browser keeps it in a signed cookie."""

    provider: str
    next_path: str
    visitor: str = ""
    """Whose things the person takes along."""
    state: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    nonce: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))

    def to_dict(self) -> dict[str, str]:
        """Return the values, to be signed."""
        return asdict(self)


def authorization_url(provider: Provider, flow: Flow, redirect_uri: str) -> str:
    """Return the provider's page on which the person agrees."""
    if provider.api:
        endpoint, scope = f"{provider.issuer}/login/oauth/authorize", "read:user user:email"
    else:
        endpoint, scope = _discovered(provider)["authorization_endpoint"], "openid email"
    extra = {} if provider.api else {"nonce": flow.nonce}
    url: str = prepare_grant_uri(
        endpoint,
        provider.client_id,
        "code",
        redirect_uri=redirect_uri,
        scope=scope,
        state=flow.state,
        code_challenge=create_s256_code_challenge(flow.verifier),
        code_challenge_method="S256",
        **extra,
    )
    return url


def finish(provider: Provider, flow: Flow, code: str, redirect_uri: str) -> Identity:
    """Exchange the code of a person who agreed; raises `IdentityRefused`."""
    sent = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri,
        "client_id": provider.client_id,
        "client_secret": provider.client_secret,
        "code_verifier": flow.verifier,
    }
    if provider.api:
        found = _ask("POST", f"{provider.issuer}/login/oauth/access_token", data=sent)
        return _of_github(provider, _text(found, "access_token"))
    found = _ask("POST", _discovered(provider)["token_endpoint"], data=sent)
    return _of_id_token(provider, flow, _text(found, "id_token"))


def _of_id_token(provider: Provider, flow: Flow, token: str) -> Identity:
    document = _discovered(provider)
    rules = JWTClaimsRegistry(
        iss={"essential": True, "value": document["issuer"]},
        aud={"essential": True, "value": provider.client_id},
        sub={"essential": True},
        exp={"essential": True},
        nonce={"essential": True, "value": flow.nonce},
    )
    key_set = _ask("GET", document["jwks_uri"])
    try:
        # joserfc wants its own type of dictionary for a key set; the content is checked there.
        keys = KeySet.import_key_set(key_set)  # type: ignore[arg-type]
        claims = jwt.decode(token, keys, algorithms=_ALGORITHMS).claims
        rules.validate(claims)
    except (JoseError, ValueError, TypeError, KeyError):
        raise IdentityRefused from None
    audience = claims["aud"]
    if isinstance(audience, list) and len(audience) > 1 and claims.get("azp") != provider.client_id:
        raise IdentityRefused
    verified = claims.get("email_verified") is True
    email = _normalised(claims.get("email")) if verified else None
    return Identity(document["issuer"], _text(claims, "sub"), email)


def _of_github(provider: Provider, token: str) -> Identity:
    headers = {"Authorization": f"Bearer {token}"}
    number = _ask("GET", f"{provider.api}/user", headers=headers).get("id")
    if not isinstance(number, int):
        raise IdentityRefused
    listed = _ask_any("GET", f"{provider.api}/user/emails", headers=headers)
    found = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    proven = (one for one in found if one.get("primary") is True and one.get("verified") is True)
    email = next((_normalised(one.get("email")) for one in proven), None)
    return Identity(provider.issuer, str(number), email)


def _normalised(email: object) -> str | None:
    try:
        return emails.normalised(email) if isinstance(email, str) else None
    except ValueError:
        return None


_documents: dict[str, tuple[float, dict[str, str]]] = {}
_documents_lock: Final = Lock()


def _discovered(provider: Provider) -> dict[str, str]:
    """Return the provider's endpoints, which are remembered for some minutes."""
    with _documents_lock:
        until, known = _documents.get(provider.issuer, (0.0, {}))
    if time.monotonic() < until:
        return known
    found = _ask("GET", f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration")
    names = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri")
    document = {name: _text(found, name) for name in names}
    if document["issuer"].rstrip("/") != provider.issuer.rstrip("/"):
        raise IdentityRefused
    with _documents_lock:
        _documents[provider.issuer] = time.monotonic() + _DISCOVERED_SECONDS, document
    return document


def _ask(method: str, url: str, **sent: Any) -> dict[str, Any]:
    found = _ask_any(method, url, **sent)
    if not isinstance(found, dict):
        raise IdentityRefused
    return found


def _ask_any(method: str, url: str, headers: dict[str, str] | None = None, **sent: Any) -> Any:
    """Send a request to a provider; what it refuses is refused, and an outage is an outage."""
    accept = {"Accept": "application/json", **(headers or {})}
    try:
        answer = httpx2.request(method, url, headers=accept, timeout=_TIMEOUT, **sent)
        if answer.status_code >= httpx2.codes.INTERNAL_SERVER_ERROR:
            raise ProviderUnavailable
        if answer.status_code != httpx2.codes.OK:
            raise IdentityRefused
        return answer.json()
    except (httpx2.HTTPError, httpx2.InvalidURL):
        raise ProviderUnavailable from None
    except ValueError:
        raise IdentityRefused from None


def _text(found: Mapping[str, Any], name: str) -> str:
    value = found.get(name)
    if not isinstance(value, str) or not value:
        raise IdentityRefused
    return value
