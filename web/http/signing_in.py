"""How an operator's browser is signed in: by a link that works once, or by the token.

Either is exchanged for a cookie that scripts cannot read, which browsers send to no request of
another site and which ends by itself. Links and sign-outs are in Redis, so that all web
processes know them; a link is there by its digest only.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
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
from web.http.origins import SAFE_METHODS, is_foreign_page, is_own_page
from web.services import Services

LINK_SECONDS: Final = 600
SIGNED_IN_SECONDS: Final = 12 * 3600


@dataclass(frozen=True, slots=True)
class SignIn:
    """The links and cookies of one server's operators."""

    settings: Settings
    redis: redis.Redis
    key: str = field(repr=False)
    """Signs cookies; another operator token makes another key, which ends all sign-ins."""
    _ended_here: set[str] = field(default_factory=set)
    """Sign-outs of this process, which hold while Redis is away."""

    @classmethod
    def open(cls, services: Services, token: str) -> Self:
        key = hmac.new(services.secret_key, token.encode(), hashlib.sha256).hexdigest()
        return cls(services.settings, services.redis, key)

    # --- links ------------------------------------------------------------------------

    def make_link(self) -> str:
        """A code that signs one browser in, once, soon."""
        code = secrets.token_urlsafe(24)
        try:
            self.redis.set(keys.operator_link(_digest(code)), "1", ex=LINK_SECONDS)
        except redis.RedisError:
            raise NotReady from None
        return code

    def use_link(self, code: str) -> None:
        """Raises OperatorLinkExpired for a code that was used, or is too old, or never was."""
        try:
            found = self.redis.getdel(keys.operator_link(_digest(code)))
        except redis.RedisError:
            raise NotReady from None
        if found is None:
            raise OperatorLinkExpired

    # --- cookies ----------------------------------------------------------------------

    def sign_in(self, response: Response) -> None:
        """Give the browser its cookie."""
        response.set_cookie(
            self._cookie,
            self._signer.dumps(secrets.token_urlsafe(16)),
            max_age=SIGNED_IN_SECONDS,
            secure=self._over_tls,
            httponly=True,
            samesite="Strict",
        )

    def sign_out(self, response: Response) -> None:
        """Take the cookie back; a copy of it is worth nothing either."""
        signed_in = self._signed_in()
        if signed_in is not None:
            self._ended_here.add(signed_in)
            try:
                self.redis.set(keys.operator_signed_out(signed_in), "1", ex=SIGNED_IN_SECONDS)
            except redis.RedisError:
                raise NotReady from None
        response.delete_cookie(
            self._cookie, secure=self._over_tls, httponly=True, samesite="Strict"
        )

    def is_signed_in(self) -> bool:
        """Whether this request carries the cookie, and was made by one of our own pages."""
        if self._cookie not in request.cookies or not self._is_of_our_page():
            return False
        signed_in = self._signed_in()
        return signed_in is not None and not self._has_ended(signed_in)

    def _is_of_our_page(self) -> bool:
        """What changes something, and every socket, must say so; reading must not deny it."""
        socket = hasattr(request, "sid")  # Flask-SocketIO's
        if socket or request.method not in SAFE_METHODS:
            return is_own_page(request.environ)
        return not is_foreign_page(request.environ, ())

    def _signed_in(self) -> str | None:
        try:
            found: Any = self._signer.loads(
                request.cookies.get(self._cookie, ""), max_age=SIGNED_IN_SECONDS
            )
        except BadSignature:
            return None
        return str(found)

    def _has_ended(self, signed_in: str) -> bool:
        if signed_in in self._ended_here:
            return True
        try:
            return bool(self.redis.exists(keys.operator_signed_out(signed_in)))
        except redis.RedisError:
            return False  # operators are needed most while a part is away

    @property
    def _cookie(self) -> str:
        """Cookies know no ports: two systems on one host have two names."""
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
