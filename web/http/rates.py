"""How often a caller may come: one count in Redis for all processes, by Flask-Limiter.

While Redis is away each process counts for itself, so that nobody waits for a counter and
jobs are still accepted. Each kind of request has a count of its own: reading is cheap, starts
and uploads are dear. A caller is an API key at its own rate or an address; a session that is
presented counts its cheap requests apart, so that people behind one address do not share them,
under a ceiling for the address.
"""

from __future__ import annotations

import hmac
import math
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import redis
from flask import Flask, Response, g, request
from flask_limiter import ApplicationLimit, Limiter
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from config.api_keys import ApiKey, digest
from config.settings import Settings
from tasks.messaging import keys
from web.errors import ApiKeyUnknown
from web.http.addresses import client_address, rate_limit_key

HEADER: Final = "X-API-Key"
SESSION_HEADER: Final = "X-Session-ID"
REDIS_SECONDS: Final = 1.0
"""A counter is not worth a longer wait."""

# How much of the rate each kind of request has for itself.
_SHARES: Final = {
    "read": 4.0,  # a page that polls every second, and the Operate page beside it
    "change": 1.0,
    "open": 1 / 3,
    "upload": 1 / 3,
    "start": 1 / 3,
    "estimate": 1.0,
    "piece": 4.0,
    "download": 4.0,
    "live": 1.0,
    "poll": 20.0,
}
_KINDS: Final = {
    "sessions.create": "open",
    "uploads.face": "upload",
    "uploads.audio": "upload",
    "resumable.create": "upload",
    "resumable.append": "piece",
    "resumable.overridden": "piece",
    "outputs.download": "download",  # a player asks for its video in many ranges
    "jobs.start": "start",
    "jobs.retry": "start",
    "jobs.estimate": "estimate",  # a form asks again with every pause of who types
    "first_design.start_processing": "start",
    "events.of_job": "live",
    "events.of_session": "live",
}
_CHEAP: Final = frozenset({"read", "piece", "download"})
"""Of these a session that is presented has a count of its own."""
_CEILING: Final = 4
"""Times the rate, for all sessions of one address together: ids can be made up."""
_READING: Final = frozenset({"GET", "HEAD"})
_FREE: Final = ("/livez", "/readyz", "/health", "/metrics", "/static/")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, and how often it may."""

    name: str
    requests_a_minute: int
    session: str = ""
    """The digest of the session id that is presented; "" for an API key, or for none."""

    def bucket(self, kind: str) -> str:
        """What this request counts against first."""
        return f"session:{self.session}" if self.splits(kind) else self.name

    def splits(self, kind: str) -> bool:
        """Whether the session has a count of its own, under the ceiling of its address."""
        return bool(self.session) and kind in _CHEAP

    def most(self, kind: str) -> int:
        """How many requests of a kind it has in a minute."""
        return max(1, int(self.requests_a_minute * _SHARES[kind]))


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
            lambda: g.caller.name,
            application_limits=[
                ApplicationLimit(_limit, key_function=_bucket),
                ApplicationLimit(_ceiling, key_function=_ceiling_bucket, exempt_when=_unsplit),
            ],
            # The scheme chooses the kind of storage; the pool knows the way, sockets included.
            storage_uri="redis://",
            storage_options={"connection_pool": self._pool},  # type: ignore[dict-item]
            key_prefix=keys.RATES,
            in_memory_fallback_enabled=True,
            # Of two requests that find Redis away at once, one raises: it is let through.
            swallow_errors=True,
        )
        self._alone = FixedWindowRateLimiter(MemoryStorage())

    def register(self, app: Flask) -> None:
        app.before_request(self._identify)
        self._limiter.request_filter(_is_free)
        self._limiter.init_app(app)
        app.after_request(self._add_rate_headers)

    def close(self) -> None:
        self._pool.disconnect()

    def refuse_for(self, environ: Mapping[str, Any], kind: str) -> int | None:
        """Count a request that Flask never sees; the seconds to wait where it is refused."""
        asker = rate_limit_key(client_address(environ, self._settings.trusted_proxies))
        try:
            found = caller(self._settings, environ.get("HTTP_X_API_KEY"), asker)
        except ApiKeyUnknown:
            found = caller(self._settings, None, asker)
        item = RateLimitItemPerMinute(found.most(kind))
        bucket = f"{kind}:{found.name}"
        try:
            counter = self._limiter.limiter
            allowed, window = counter.hit(item, bucket), counter.get_window_stats(item, bucket)
        except redis.RedisError:
            allowed = self._alone.hit(item, bucket)
            window = self._alone.get_window_stats(item, bucket)
        return None if allowed else max(1, math.ceil(window.reset_time - time.time()))

    def _identify(self) -> None:
        asker = client_address(request.environ, self._settings.trusted_proxies)
        g.caller = caller(
            self._settings, request.headers.get(HEADER), rate_limit_key(asker), _session_presented()
        )

    def _add_rate_headers(self, response: Response) -> Response:
        """The headers of draft-ietf-httpapi-ratelimit-headers, as most clients know them."""
        limits = self._limiter.current_limits
        if not limits:
            return response
        try:
            limit = min(limits, key=lambda one: (not one.breached, one.remaining))
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


def caller(settings: Settings, key: str | None, address: str, session_id: str = "") -> Caller:
    """A key that nobody knows is no anonymous caller: whoever sent it believes in it."""
    if key is None:
        session = digest(session_id) if session_id else ""
        return Caller(f"from:{address}", settings.requests_a_minute, session)
    known = _find(settings.api_keys, digest(key))
    if known is None:
        raise ApiKeyUnknown
    return Caller(f"key:{known.name}", known.requests_a_minute)


def _find(known: Iterable[ApiKey], sha256: str) -> ApiKey | None:
    return next((key for key in known if hmac.compare_digest(key.sha256, sha256)), None)


def _session_presented() -> str:
    """The session id of this request, in its header or its path."""
    named = (request.view_args or {}).get("session_id", "")
    return request.headers.get(SESSION_HEADER, "").strip() or str(named)


def _request_kind() -> str:
    usual = "read" if request.method in _READING else "change"
    return _KINDS.get(request.endpoint or "", usual)


def _bucket() -> str:
    return f"{_request_kind()}:{g.caller.bucket(_request_kind())}"


def _limit() -> str:
    return f"{g.caller.most(_request_kind())} per minute"


def _unsplit() -> bool:
    return not g.caller.splits(_request_kind())


def _ceiling_bucket() -> str:
    return f"{_request_kind()}:all:{g.caller.name}"


def _ceiling() -> str:
    return f"{_CEILING * g.caller.most(_request_kind())} per minute"


def _is_free() -> bool:
    return request.path.startswith(_FREE) or request.method == "OPTIONS"
