"""The signing keys of identity providers: fetched from them, and kept for a while.

Keys are read again every ten minutes, in the background. A token with an unknown key id has them
read at once, but not more often than every 30 seconds, so that made-up ids cost a provider nothing.
While a provider is down, the keys that it had are valid for some hours.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from threading import Lock, Thread
from typing import Any, Final

from joserfc.errors import JoseError
from joserfc.jwk import GuestProtocol, JWKRegistry, Key

from tasks.domain.errors import CallsheetError
from web.accounts.errors import IdentityRefused, ProviderUnavailable
from web.accounts.provider_requests import ask, text

ALGORITHMS: Final = ("RS256", "ES256")
"""The only algorithms of providers' signatures: none of them takes a public key for a secret."""
FRESH_SECONDS: Final = 10 * 60.0
STALE_SECONDS: Final = 6 * 3600.0
"""How long keys are valid without having been read again."""
BETWEEN_SECONDS: Final = 30.0
"""The shortest time between two reads of one provider's keys."""
AFTER_FAILURE_SECONDS: Final = 10.0
WAIT_SECONDS: Final = 2.0
"""How long a request waits for keys that another one is reading."""
_MOST: Final = 100
_TYPES: Final = ("RSA", "EC")
_PUBLIC: Final = frozenset({"kty", "kid", "use", "key_ops", "alg", "n", "e", "crv", "x", "y"})

log: Final = logging.getLogger(__name__)

Keys = Mapping[str, Key]
"""Public keys by their id."""


class KeyUnknown(Exception):
    """The provider has no key with this id."""


class IssuerKeys:
    """The keys of one provider, in one process."""

    def __init__(
        self, fetch: Callable[[], Keys], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._fetch, self._clock = fetch, clock
        self._keys: Keys = {}
        self._read_at = -STALE_SECONDS
        self._next_at = clock()
        self._reading = Lock()

    def find(self, key_id: str | None) -> Key:
        """Return a key; raises `KeyUnknown`, or `ProviderUnavailable` if there are no keys."""
        found = self._kept(key_id)
        if found is None:
            self._read_now()
            found = self._kept(key_id)
        elif self._clock() - self._read_at > FRESH_SECONDS and self._clock() >= self._next_at:
            Thread(target=self._read_if_free, name="issuer keys", daemon=True).start()
        if found is not None:
            return found
        if self._are_stale():
            raise ProviderUnavailable
        raise KeyUnknown

    def of_token(self, token: GuestProtocol) -> Key:
        """Return the key that a token names, for joserfc; what else its header says is ignored."""
        key_id = token.headers().get("kid")
        if not isinstance(key_id, str | None):
            raise KeyUnknown
        return self.find(key_id)

    def _kept(self, key_id: str | None) -> Key | None:
        keys = {} if self._are_stale() else self._keys
        if key_id is None:
            return next(iter(keys.values())) if len(keys) == 1 else None
        return keys.get(key_id)

    def _are_stale(self) -> bool:
        return self._clock() - self._read_at >= STALE_SECONDS

    def _read_now(self) -> None:
        if not self._reading.acquire(timeout=WAIT_SECONDS):
            raise ProviderUnavailable
        try:
            self._read()
        finally:
            self._reading.release()

    def _read_if_free(self) -> None:
        if self._reading.acquire(blocking=False):
            try:
                self._read()
            finally:
                self._reading.release()

    def _read(self) -> None:
        if self._clock() < self._next_at:
            return
        try:
            keys = self._fetch()
        except CallsheetError as error:
            self._next_at = self._clock() + AFTER_FAILURE_SECONDS
            log.warning("keys of an identity provider not read", extra={"error_code": error.code})
            return
        self._keys, self._read_at = keys, self._clock()
        self._next_at = self._read_at + BETWEEN_SECONDS


def discover(url: str) -> dict[str, Any]:
    """Return the discovery document of an OpenID Connect issuer, which must name the issuer."""
    document = ask("GET", f"{url.rstrip('/')}/.well-known/openid-configuration")
    if text(document, "issuer").rstrip("/") != url.rstrip("/"):
        raise IdentityRefused
    return document


def fetch(jwks_uri: str) -> Keys:
    """Read the keys of a provider; those that cannot sign as we require are left out."""
    listed = ask("GET", jwks_uri).get("keys")
    found: dict[str, Key] = {}
    for one in listed[:_MOST] if isinstance(listed, list) else ():
        key = _imported(one)
        if key is not None:
            found[str(one.get("kid", ""))] = key
    return found


def _imported(one: object) -> Key | None:
    if not isinstance(one, dict) or one.get("kty") not in _TYPES or one.get("use", "sig") != "sig":
        return None
    if one.get("alg") not in (None, *ALGORITHMS):
        return None
    try:
        public = {name: value for name, value in one.items() if name in _PUBLIC}
        key: Key = JWKRegistry.import_key(public)
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    return key


_of_issuers: Final[dict[str, IssuerKeys]] = {}
_lock: Final = Lock()


def at(jwks_uri: str) -> IssuerKeys:
    """Return the keys at an address, shared by all that ask in this process."""
    return _shared(jwks_uri, lambda: fetch(jwks_uri))


def of_issuer(url: str) -> IssuerKeys:
    """Return the keys of an issuer, whose discovery document says where they are."""
    return _shared(url, lambda: fetch(_jwks_uri(url)))


def _jwks_uri(url: str) -> str:
    found = text(discover(url), "jwks_uri")
    if url.startswith("https:") and not found.startswith("https:"):
        raise IdentityRefused
    return found


def _shared(name: str, fetch_keys: Callable[[], Keys]) -> IssuerKeys:
    with _lock:
        if name not in _of_issuers:
            _of_issuers[name] = IssuerKeys(fetch_keys)
        return _of_issuers[name]
