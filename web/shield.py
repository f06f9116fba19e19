"""What stands before every address: the rate of requests, and the headers of every answer."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, field
from typing import Final

import redis
from flask import Flask, Response, request

from config.settings import Settings
from tasks import keys
from web.errors import TooManyRequests
from web.services import Services

log = logging.getLogger(__name__)

WINDOW_SECONDS: Final = 60
_MOST_CALLERS: Final = 10_000
_RETRY_REDIS_SECONDS: Final = 5.0

# Uploads and starts cost more than looking: each has a share of its own.
_DEAR: Final = {
    "/upload/face": ("upload", 3),
    "/upload/audio": ("upload", 3),
    "/process/start": ("start", 3),
}
_FREE: Final = ("/livez", "/readyz", "/health", "/socket.io", "/static/")

# The documentation page brings its own policy; everything else is data.
_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-site",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
_DATA_POLICY: Final = "default-src 'none'; frame-ancestors 'none'"


@dataclass(slots=True)
class Window:
    """How many requests of a caller there were in this minute, as one process knows it."""

    _counts: dict[str, int] = field(default_factory=dict)
    _minute: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, caller: str) -> int:
        minute = int(time.time() // WINDOW_SECONDS)
        with self._lock:
            if minute != self._minute or len(self._counts) >= _MOST_CALLERS:
                self._minute = minute
                self._counts.clear()
            self._counts[caller] = self._counts.get(caller, 0) + 1
            return self._counts[caller]


@dataclass(slots=True)
class Rates:
    """The count that all processes share in Redis; while that is away, one of our own."""

    services: Services
    _own: Window = field(default_factory=Window)
    _away_until: float = 0.0

    def require(self, caller: str, most: int) -> None:
        if self._count(caller) > most:
            left = WINDOW_SECONDS - int(time.time() % WINDOW_SECONDS)
            raise TooManyRequests(headers={"Retry-After": str(left)})

    def _count(self, caller: str) -> int:
        if time.monotonic() < self._away_until:
            return self._own.count(caller)
        key = keys.rate(caller, int(time.time() // WINDOW_SECONDS))
        try:
            pipe = self.services.redis.pipeline()
            pipe.incr(key)
            pipe.expire(key, 2 * WINDOW_SECONDS)
            return int(pipe.execute()[0])
        except redis.RedisError as away:
            log.warning("rates are counted by this process alone: %s", type(away).__name__)
            self._away_until = time.monotonic() + _RETRY_REDIS_SECONDS
            return self._own.count(caller)


def register(app: Flask, services: Services) -> None:
    """Put the shield before an application."""
    rates = Rates(services)
    settings = services.settings

    def admit() -> Response | None:
        if request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
            return Response(status=204)  # a browser asks whether it may
        most = settings.requests_a_minute
        if most and not request.path.startswith(_FREE):
            name, share = _DEAR.get(request.path, ("look", 1))
            rates.require(f"{name}:{request.remote_addr}", max(1, most // share))
        return None

    def cover(response: Response) -> Response:
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        if response.mimetype != "text/html":
            response.headers.setdefault("Content-Security-Policy", _DATA_POLICY)
        if request.path.startswith(("/session", "/process", "/outputs", "/quarantine")):
            response.headers.setdefault("Cache-Control", "no-store")
        _allow_origin(response, settings)
        return response

    app.before_request(admit)
    app.after_request(cover)


def _allow_origin(response: Response, settings: Settings) -> None:
    """Front ends of the list may read the answer; nobody else's page may."""
    if not settings.cors_origins:
        return
    response.headers.add("Vary", "Origin")
    origin = request.headers.get("Origin", "")
    if origin not in settings.cors_origins:
        return
    response.headers["Access-Control-Allow-Origin"] = origin
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.headers["Access-Control-Expose-Headers"] = "Location, Retry-After, X-Request-ID"
    if request.method == "OPTIONS":
        response.headers["Access-Control-Allow-Methods"] = "GET, POST, DELETE, OPTIONS"
        allowed = "Content-Type, Authorization, Last-Event-ID"
        response.headers["Access-Control-Allow-Headers"] = allowed
        response.headers["Access-Control-Max-Age"] = "600"
