"""Limit how often each caller may send requests, with one count in Redis for all processes.

While Redis is unavailable, each process counts by itself, so that requests do not wait and jobs are
still accepted. Each kind of request has its own count, because starts and uploads cost more than
reading. A caller is a user with the rate of the plan, an API key with its own rate, or an address.
Cheap requests of an address are counted by session, so that people behind it do not share them, up
to a ceiling for the address.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import redis
from flask import Flask, Response, g, request
from flask_limiter import ApplicationLimit, Limiter
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from config.api_keys import digest
from config.settings import Settings
from tasks.domain.errors import RequestError
from tasks.messaging import keys
from tasks.messaging.redis_client import make_pool
from web.accounts import key_format, plans
from web.accounts.principals import Principal
from web.errors import ApiKeyUnknown
from web.http.addresses import client_address, rate_limit_key
from web.http.authentication import API_KEY_HEADER, authenticated, find_named, is_optional

SESSION_HEADER: Final = "X-Session-ID"
REDIS_SECONDS: Final = 1.0
"""The longest wait for a count."""

# The share of the rate for each kind of request.
_SHARES: Final = {
    "read": 4.0,  # a page that polls every second together with the Operate page
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
    "images.create": "upload",
    "own_voices.create": "upload",
    "trust.verify_file": "upload",
    "reports.create": "upload",
    "resumable.create": "upload",
    "resumable.append": "piece",
    "resumable.overridden": "piece",
    **dict.fromkeys(
        ("images.content", "images.thumbnail", "images.crop", "images.public"), "download"
    ),  # a page of thumbnails is many requests
    **dict.fromkeys(("own_voices.content", "own_voices.thumbnail"), "download"),
    "outputs.download": "download",  # a player asks for its video in many ranges
    "jobs.start": "start",
    **dict.fromkeys(
        ("projects.upload_sample", "projects.upload_character", "projects.upload_audio"), "upload"
    ),
    **dict.fromkeys(
        ("projects.analyze", "projects.generate", "projects.regenerate", "projects.create"), "start"
    ),
    "jobs.retry": "start",
    "previews.create": "start",
    "previews.get": "poll",
    "billing.estimate": "estimate",
    "payments.webhook": "poll",
    "jobs.estimate": "estimate",  # a form estimates again whenever the person stops typing
    "first_design.start_processing": "start",
    "events.of_job": "live",
    "events.of_session": "live",
}
_CHEAP: Final = frozenset({"read", "piece", "download"})
"""Kinds of requests that are counted by session."""
_CEILING: Final = 4
"""The ceiling of an address as a multiple of the rate, because session ids can be made up."""
_READING: Final = frozenset({"GET", "HEAD"})
FREE_PATHS: Final = ("/livez", "/readyz", "/health", "/metrics", "/static/")


@dataclass(frozen=True, slots=True)
class Caller:
    """The caller of a request, and how often it may send requests."""

    name: str
    requests_a_minute: int
    session: str = ""
    """The digest of the presented session id; empty without one or for an API key."""

    def bucket(self, kind: str) -> str:
        """Return the name of the count that applies first."""
        return f"session:{self.session}" if self.splits(kind) else self.name

    def splits(self, kind: str) -> bool:
        """Return whether requests of this kind are counted by session."""
        return bool(self.session) and kind in _CHEAP

    def most(self, kind: str) -> int:
        """Return how many requests of a kind are allowed in a minute."""
        return max(1, int(self.requests_a_minute * _SHARES[kind]))


class Rates:
    """The rate limits of one application."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._pool = make_pool(
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
            # The scheme selects the storage; the pool has the address, which may be a socket.
            storage_uri="redis://",
            storage_options={"connection_pool": self._pool},  # type: ignore[dict-item]
            key_prefix=keys.RATES,
            in_memory_fallback_enabled=True,
            # When two requests notice an outage at once, one raises: let it through.
            swallow_errors=True,
        )
        self._alone = FixedWindowRateLimiter(MemoryStorage())

    def register(self, app: Flask) -> None:
        """Limit the requests of an application."""
        app.before_request(self._identify)
        self._limiter.request_filter(_is_free)
        self._limiter.init_app(app)
        app.after_request(self._add_rate_headers)

    def close(self) -> None:
        """Close the connections to Redis."""
        self._pool.disconnect()

    def refuse_for(self, environ: Mapping[str, Any], kind: str) -> int | None:
        """Count a request outside Flask and return the seconds to wait if it is refused."""
        address = rate_limit_key(client_address(environ, self._settings.trusted_proxies))
        try:
            found = caller(self._settings, environ.get("HTTP_X_API_KEY"), address)
        except ApiKeyUnknown:
            found = caller(self._settings, None, address)
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
        user = _user()
        if user is not None and user.owner is not None:
            plan = plans.named(self._settings, user.plan)
            g.caller = Caller(user.owner, plan.requests_a_minute)
            return
        address = client_address(request.environ, self._settings.trusted_proxies)
        key = request.headers.get(API_KEY_HEADER)
        g.caller = caller(self._settings, key, rate_limit_key(address), _session_presented())

    def _add_rate_headers(self, response: Response) -> Response:
        """Add the headers of draft-ietf-httpapi-ratelimit-headers that most clients support."""
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
    """Identify a caller; an unknown key is refused instead of being treated as anonymous."""
    if key is None or key_format.looks_like_one(key):
        session = digest(session_id) if session_id else ""
        return Caller(f"from:{address}", settings.requests_a_minute, session)
    known = find_named(settings.api_keys, key)
    return Caller(f"key:{known.name}", known.requests_a_minute)


def _user() -> Principal | None:
    """Return the user who is signed in or whose API key this is.

    Credentials that are not valid are counted for the address, and refused afterwards.
    """
    if _is_free() or is_optional():
        return None
    try:
        principal = authenticated()
    except RequestError:
        return None
    return principal if principal.user_id is not None else None


def _session_presented() -> str:
    """Return the session id from the header or the path of this request."""
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
    # A person whose page asked too often must still see the page, which says so.
    is_page = (request.endpoint or "").startswith("studio.")
    return is_page or request.path.startswith(FREE_PATHS) or request.method == "OPTIONS"
