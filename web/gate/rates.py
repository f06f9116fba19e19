"""How often a caller may come: one count in Redis for all processes, by Flask-Limiter.

While Redis is away each process counts for itself, so that nobody waits for a counter and
jobs are still accepted. Uploads, the pieces of resumable ones, and starts of jobs have a
count apart from looking. A caller is an address, or a key of `API_KEYS` at its own rate.
"""

from __future__ import annotations

import hmac
import math
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import redis
from flask import Flask, Response, g, request
from flask_limiter import ApplicationLimit, Limiter

from config.api_keys import ApiKey, digest
from config.settings import Settings
from tasks import keys
from web.errors import ApiKeyUnknown
from web.gate.addresses import household, origin

HEADER: Final = "X-API-Key"
REDIS_SECONDS: Final = 1.0
"""A counter is not worth a longer wait."""

# Share of the rate that each kind of request has for itself: looking has all of it.
_SHARES: Final = {
    "look": 1.0,
    "upload": 1 / 3,
    "start": 1 / 3,
    "estimate": 1.0,
    "piece": 4.0,
    "download": 4.0,
}
_KINDS: Final = {
    "uploads.face": "upload",
    "uploads.audio": "upload",
    "resumable.create": "upload",
    "resumable.append": "piece",
    "outputs.download": "download",  # a player asks for its video in many ranges
    "jobs.start": "start",
    "jobs.retry": "start",
    "jobs.estimate": "estimate",  # a form asks again with every pause of who types
    "first_design.start_processing": "start",
}
_FREE: Final = ("/livez", "/readyz", "/health", "/metrics", "/static/")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, and how often it may."""

    name: str
    requests_a_minute: int


class Rates:
    """The limits of one application."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._pool = redis.ConnectionPool.from_url(
            settings.redis_url,
            socket_timeout=REDIS_SECONDS,
            socket_connect_timeout=REDIS_SECONDS,
        )
        self._limiter = Limiter(
            lambda: f"{_kind()}:{g.caller.name}",
            application_limits=[ApplicationLimit(_most)],
            # The scheme chooses the kind of storage; the pool knows the way, sockets included.
            storage_uri="redis://",
            storage_options={"connection_pool": self._pool},  # type: ignore[dict-item]
            key_prefix=keys.RATES,
            in_memory_fallback_enabled=True,
            # Of two requests that find Redis away at once, one raises: it is let through.
            swallow_errors=True,
        )

    def register(self, app: Flask) -> None:
        app.before_request(self._identify)
        self._limiter.request_filter(_is_free)
        self._limiter.init_app(app)
        app.after_request(self._tell)

    def close(self) -> None:
        self._pool.disconnect()

    def _identify(self) -> None:
        asker = origin(request.environ, self._settings.trusted_proxies)
        g.caller = caller(self._settings, request.headers.get(HEADER), household(asker))

    def _tell(self, response: Response) -> Response:
        """The headers of draft-ietf-httpapi-ratelimit-headers, as most clients know them."""
        limit = self._limiter.current_limit
        if limit is None:
            return response
        try:
            reset = max(1, math.ceil(limit.window.reset_time - time.time()))
            remaining = limit.remaining
        except redis.RedisError:
            return response
        response.headers["RateLimit-Limit"] = str(limit.limit.amount)
        response.headers["RateLimit-Remaining"] = str(remaining)
        response.headers["RateLimit-Reset"] = str(reset)
        if limit.breached:
            response.headers["Retry-After"] = str(reset)
        return response


def caller(settings: Settings, key: str | None, address: str) -> Caller:
    """A key that nobody knows is no anonymous caller: whoever sent it believes in it."""
    if key is None:
        return Caller(f"from:{address}", settings.requests_a_minute)
    known = _find(settings.api_keys, digest(key))
    if known is None:
        raise ApiKeyUnknown
    return Caller(f"key:{known.name}", known.requests_a_minute)


def _find(known: Iterable[ApiKey], sha256: str) -> ApiKey | None:
    return next((key for key in known if hmac.compare_digest(key.sha256, sha256)), None)


def _kind() -> str:
    return _KINDS.get(request.endpoint or "", "look")


def _most() -> str:
    most = max(1, int(g.caller.requests_a_minute * _SHARES[_kind()]))
    return f"{most} per minute"


def _is_free() -> bool:
    return request.path.startswith(_FREE) or request.method == "OPTIONS"
