"""Sign in with an identity provider: the authorization code flow with PKCE.

OpenID Connect providers answer with a signed ID token, whose issuer, audience, expiry and nonce
must be right; GitHub, which has none, is asked for the user over its API.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import asdict, dataclass, field
from threading import Lock
from typing import Final

from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwt import JWTClaimsRegistry

from web.accounts import emails, issuer_keys
from web.accounts.errors import IdentityRefused
from web.accounts.identities import Identity
from web.accounts.issuer_keys import KeyUnknown
from web.accounts.provider_requests import ask, ask_any, text
from web.accounts.providers import Provider

SECONDS: Final = 10 * 60
"""How long a person may take at the provider."""
_DISCOVERED_SECONDS: Final = 600.0


@dataclass(frozen=True, slots=True)
class Flow:
    """One sign-in that has begun; the browser keeps it in a signed cookie."""

    provider: str
    next_path: str
    visitor: str = ""
    """Whose things the person takes along."""
    invitation: str = ""
    """The token of the invitation that the person signs up with."""
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
        found = ask("POST", f"{provider.issuer}/login/oauth/access_token", data=sent)
        return _of_github(provider, text(found, "access_token"))
    found = ask("POST", _discovered(provider)["token_endpoint"], data=sent)
    return _of_id_token(provider, flow, text(found, "id_token"))


def _of_id_token(provider: Provider, flow: Flow, token: str) -> Identity:
    document = _discovered(provider)
    rules = JWTClaimsRegistry(
        iss={"essential": True, "value": document["issuer"]},
        aud={"essential": True, "value": provider.client_id},
        sub={"essential": True},
        exp={"essential": True},
        nonce={"essential": True, "value": flow.nonce},
    )
    keys = issuer_keys.at(document["jwks_uri"])
    try:
        claims = jwt.decode(token, keys.of_token, algorithms=issuer_keys.ALGORITHMS).claims
        rules.validate(claims)
    except (JoseError, KeyUnknown, ValueError, TypeError, KeyError, RecursionError):
        raise IdentityRefused from None
    audience = claims["aud"]
    if isinstance(audience, list) and len(audience) > 1 and claims.get("azp") != provider.client_id:
        raise IdentityRefused
    verified = claims.get("email_verified") is True
    email = emails.normalised_or_none(claims.get("email")) if verified else None
    return Identity(document["issuer"], text(claims, "sub"), email)


def _of_github(provider: Provider, token: str) -> Identity:
    headers = {"Authorization": f"Bearer {token}"}
    number = ask("GET", f"{provider.api}/user", headers=headers).get("id")
    if not isinstance(number, int):
        raise IdentityRefused
    listed = ask_any("GET", f"{provider.api}/user/emails", headers=headers)
    found = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    proven = (one for one in found if one.get("primary") is True and one.get("verified") is True)
    email = next((emails.normalised_or_none(one.get("email")) for one in proven), None)
    return Identity(provider.issuer, str(number), email)


_documents: dict[str, tuple[float, dict[str, str]]] = {}
_documents_lock: Final = Lock()


def _discovered(provider: Provider) -> dict[str, str]:
    """Return the provider's endpoints, which are remembered for some minutes."""
    with _documents_lock:
        until, known = _documents.get(provider.issuer, (0.0, {}))
    if time.monotonic() < until:
        return known
    found = issuer_keys.discover(provider.issuer)
    names = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri")
    document = {name: text(found, name) for name in names}
    with _documents_lock:
        _documents[provider.issuer] = time.monotonic() + _DISCOVERED_SECONDS, document
    return document
