"""Cookies of sign-ins: sent to `/api/auth` only, never readable by scripts."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Literal

from flask import Response, request
from itsdangerous import BadSignature, URLSafeTimedSerializer

from web.http.addresses import over_tls
from web.services import Services

PATH: Final = "/api/auth"


@dataclass(frozen=True, slots=True)
class AuthCookie:
    """The cookie of one purpose."""

    purpose: str
    lifetime: timedelta
    samesite: Literal["Lax", "Strict"] = "Strict"

    def value(self, services: Services) -> str:
        """Return the value that this request brings; empty if it has none."""
        return request.cookies.get(self._name(services), "")

    def keep(self, response: Response, services: Services, value: str) -> None:
        """Set the cookie."""
        response.set_cookie(
            self._name(services),
            value,
            max_age=self.lifetime,
            path=PATH,
            secure=over_tls(request.environ, services.settings),
            httponly=True,
            samesite=self.samesite,
        )

    def forget(self, response: Response, services: Services) -> None:
        """Delete the cookie."""
        response.delete_cookie(
            self._name(services),
            path=PATH,
            secure=over_tls(request.environ, services.settings),
            httponly=True,
            samesite=self.samesite,
        )

    def keep_signed(self, response: Response, services: Services, content: Any) -> None:
        """Set the cookie to signed JSON."""
        self.keep(response, services, self._signer(services).dumps(content))

    def signed(self, services: Services) -> Any | None:
        """Return the content that we signed; None if there is none or it is too old."""
        seconds = int(self.lifetime.total_seconds())
        try:
            return self._signer(services).loads(self.value(services), seconds)
        except BadSignature:
            return None

    def _name(self, services: Services) -> str:
        """Return the cookie's name; systems on one host, where ports do not count, differ."""
        system = hashlib.sha256(f"{self.purpose}:".encode() + services.secret_key).hexdigest()[:8]
        name = f"callsheet-{self.purpose}-{system}"
        return f"__Secure-{name}" if over_tls(request.environ, services.settings) else name

    def _signer(self, services: Services) -> URLSafeTimedSerializer:
        key = hmac.new(services.secret_key, self.purpose.encode(), hashlib.sha256).digest()
        return URLSafeTimedSerializer(key, salt=self.purpose)
