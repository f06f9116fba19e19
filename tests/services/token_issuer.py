"""An issuer of bearer tokens whose keys and faults a test decides; it counts what it is asked."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey, Key, KeySet, RSAKey

from tests.services.http_server import Answer, Asked, Server
from tests.services.http_server import serving as serving_http

AUDIENCE = "callsheet"
JWKS = "/keys"
_numbers = count()


class TokenIssuer:
    """It speaks OpenID Connect's discovery and, below `/auth/v1`, what Supabase does."""

    def __init__(self, server: Server, path: str = "") -> None:
        self.server, self.url = server, server.url + path
        self.keys: list[Key] = [RSAKey.generate_key(2048, {"kid": "one"})]
        self.is_down = False
        server.answer = self._answer

    def _answer(self, asked: Asked) -> Answer:
        if self.is_down:
            return Answer(status=503)
        if asked.path.endswith("/.well-known/openid-configuration"):
            return Answer.of({"issuer": self.url, "jwks_uri": self.server.url + JWKS})
        if asked.path in (JWKS, "/auth/v1/.well-known/jwks.json"):
            return Answer.of(KeySet(self.keys).as_dict(private=False))
        return Answer(status=404)

    @property
    def reads(self) -> int:
        """How often the keys were read."""
        return sum(asked.path.endswith((JWKS, "jwks.json")) for asked in self.server.asked)

    def claims(self, **changed: Any) -> dict[str, Any]:
        """Return the claims of a good token, changed; None leaves one out."""
        moment = int(time.time())
        good = {
            **{"iss": self.url, "aud": AUDIENCE, "sub": "person-1"},
            **{"iat": moment, "exp": moment + 300},
            **{"email": "Ada@example.com", "email_verified": True},
        }
        return {name: value for name, value in (good | changed).items() if value is not None}

    def token(self, key: Key | None = None, alg: str = "RS256", **changed: Any) -> str:
        """Sign a token."""
        signer = key or self.keys[0]
        header = {"alg": alg, "kid": signer.kid}
        return jwt.encode(header, self.claims(**changed), signer, algorithms=[alg])

    def rotate(self) -> None:
        """Sign with a new key from now on."""
        self.keys = [ECKey.generate_key("P-256", {"kid": f"{self.keys[0].kid}+"})]


@contextmanager
def serving(path: str = "") -> Iterator[TokenIssuer]:
    """Serve an issuer; without a path it has one of its own.

    A process keeps the keys of an address, and the port of an issuer that is gone is used again.
    """
    with serving_http() as server:
        yield TokenIssuer(server, path or f"/issuer-{next(_numbers)}")
