"""Sign in an operator's browser with a one-time link or the token.

Either is exchanged for a cookie that scripts cannot read, that browsers do not send with cross-site
requests, and that expires. Links and sign-outs are stored in Redis for all web processes; of a link
only the digest is stored.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from dataclasses import dataclass, field
from typing import Any, Final, Self

import redis
from flask import Response, request
from itsdangerous import BadSignature, URLSafeTimedSerializer

from config.settings import Settings
from tasks.domain.errors import NotReady
from tasks.messaging import keys
from web.errors import OperatorLinkExpired
from web.http.addresses import over_tls
from web.http.origins import may_use_cookies
from web.services import Services

LINK_SECONDS: Final = 600
SIGNED_IN_SECONDS: Final = 12 * 3600


@dataclass(frozen=True, slots=True)
class SignedIn:
    """One browser's sign-in, which lasts until it signs out or the cookie expires."""

    number: str
    until: float
    """Seconds since 1970."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """The sign-in links and cookies of one server's operators."""

    settings: Settings
    redis: redis.Redis
    key: str = field(repr=False)
    """Signs cookies; it depends on the operator token, so a new token ends all sign-ins."""
    _signed_out: set[str] = field(default_factory=set)
    """Sign-outs in this process, which apply even while Redis is unavailable."""

    @classmethod
    def open(cls, services: Services, token: str) -> Self:
        """Create the sign-in of a server from its operator token."""
        key = hmac.new(services.secret_key, token.encode(), hashlib.sha256).hexdigest()
        return cls(services.settings, services.redis, key)

    # --- links ------------------------------------------------------------------------

    def make_link(self) -> str:
        """Create the code of a link that signs in one browser once."""
        code = secrets.token_urlsafe(24)
        try:
            self.redis.set(keys.operator_link(_digest(code)), "1", ex=LINK_SECONDS)
        except redis.RedisError:
            raise NotReady from None
        return code

    def use_link(self, code: str) -> None:
        """Use up a code; raises `OperatorLinkExpired` if it is unknown, used or too old."""
        try:
            found = self.redis.getdel(keys.operator_link(_digest(code)))
        except redis.RedisError:
            raise NotReady from None
        if found is None:
            raise OperatorLinkExpired

    # --- cookies ----------------------------------------------------------------------

    def sign_in(self, response: Response) -> None:
        """Set the cookie that signs a browser in."""
        response.set_cookie(
            self._cookie,
            self._signer.dumps(secrets.token_urlsafe(16)),
            max_age=SIGNED_IN_SECONDS,
            secure=self._over_tls,
            httponly=True,
            samesite="Strict",
        )

    def sign_out(self, response: Response) -> None:
        """Delete the cookie and invalidate copies of it."""
        signed_in = self._of_cookie()
        if signed_in is not None:
            number = signed_in.number
            self._signed_out.add(number)
            try:
                self.redis.set(keys.operator_signed_out(number), "1", ex=SIGNED_IN_SECONDS)
            except redis.RedisError:
                raise NotReady from None
        response.delete_cookie(
            self._cookie, secure=self._over_tls, httponly=True, samesite="Strict"
        )

    def current(self) -> SignedIn | None:
        """Return the sign-in of this request: a valid cookie, from one of our own pages."""
        if self._cookie not in request.cookies or not may_use_cookies(request, self.settings):
            return None
        signed_in = self._of_cookie()
        return None if signed_in is None or self.is_over(signed_in) else signed_in

    def is_over(self, signed_in: SignedIn) -> bool:
        """Return whether a browser was signed out or its cookie has expired."""
        if time.time() >= signed_in.until or signed_in.number in self._signed_out:
            return True
        try:
            return bool(self.redis.exists(keys.operator_signed_out(signed_in.number)))
        except redis.RedisError:
            return False  # operators must be able to act during an outage

    def _of_cookie(self) -> SignedIn | None:
        try:
            found: Any = self._signer.loads(
                request.cookies.get(self._cookie, ""),
                max_age=SIGNED_IN_SECONDS,
                return_timestamp=True,
            )
        except BadSignature:
            return None
        number, since = found
        return SignedIn(str(number), since.timestamp() + SIGNED_IN_SECONDS)

    @property
    def _cookie(self) -> str:
        """The cookie's name; cookies ignore ports, so systems on one host need different names."""
        name = f"callsheet-operator-{_digest(self.key)[:8]}"
        return f"__Host-{name}" if self._over_tls else name

    @property
    def _over_tls(self) -> bool:
        return over_tls(request.environ, self.settings)

    @property
    def _signer(self) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(self.key, salt="operator")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
