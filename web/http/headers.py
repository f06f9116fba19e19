"""Apply rates, origin checks and security headers to every request."""

from __future__ import annotations

from typing import Final

from flask import Flask, Response, request

from config.settings import Settings
from web.errors import OriginRefused
from web.http import authentication, operators
from web.http.origins import SAFE_METHODS, is_allowed, is_refused
from web.http.rates import Rates
from web.http.security_headers import security_headers
from web.services import Services

_PRIVATE: Final = (
    "/session",
    "/process",
    "/outputs",
    "/quarantine",
    "/upload",
    "/api/",
    "/operate/",
)
"""Addresses whose responses are private: no intermediate cache may store them."""

# Headers that pages of other origins may send, and may read in a response.
_REQUEST_HEADERS: Final = (
    *("Content-Type", "Authorization", "X-API-Key", "X-Session-ID", "X-Request-ID"),
    *("X-Report-Token", "X-HTTP-Method-Override"),
    *("Idempotency-Key", "Prefer", "Last-Event-ID", "Range", "If-Range"),
    *("If-Match", "If-None-Match"),
    *("Tus-Resumable", "Upload-Length", "Upload-Metadata", "Upload-Offset", "Upload-Checksum"),
)
_RESPONSE_HEADERS: Final = (
    *("Location", "Retry-After", "X-Request-ID", "Idempotency-Replayed", "Preference-Applied"),
    *("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"),
    *("Accept-Ranges", "Content-Range", "Content-Disposition", "ETag"),
    *("Tus-Resumable", "Upload-Offset", "Upload-Length", "Upload-Expires"),
    "Upload-Id",
)


def register(app: Flask, services: Services) -> None:
    """Add rates, origin checks and security headers to an application."""
    settings = services.settings
    app.before_request(lambda: _check_origin(settings))
    app.after_request(lambda response: _add_headers(response, settings))
    if settings.requests_a_minute:
        rates = app.extensions["rates"] = Rates(settings)
        rates.register(app)
    # After the rates, so that guesses at tokens are counted.
    authentication.register(app)
    operators.register(app, services)


def _check_origin(settings: Settings) -> Response | None:
    """Answer preflight requests, and refuse changes by pages of other sites."""
    if request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
        return Response(status=204)
    changes = request.method not in SAFE_METHODS
    if changes and is_refused(request.environ, settings):
        raise OriginRefused
    return None


def _add_headers(response: Response, settings: Settings) -> Response:
    """Add the security headers that a response has not set itself."""
    for name, value in security_headers(request.environ, settings).items():
        if name != "Content-Security-Policy" or response.mimetype != "text/html":
            response.headers.setdefault(name, value)
    if request.path.startswith(_PRIVATE) or operators.is_guarded():
        response.headers.setdefault("Cache-Control", "no-store")
    _allow_origin(response, settings)
    return response


def _allow_origin(response: Response, settings: Settings) -> None:
    """Let pages of listed origins read the response, unless every page may."""
    if "Access-Control-Allow-Origin" in response.headers:
        return
    response.headers.add("Vary", "Origin")
    origin = request.headers.get("Origin", "")
    if not is_allowed(origin, request.environ, settings):
        return
    response.headers["Access-Control-Allow-Origin"] = origin
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.headers["Access-Control-Expose-Headers"] = ", ".join(_RESPONSE_HEADERS)
    if request.method == "OPTIONS":
        response.headers["Access-Control-Allow-Methods"] = (
            "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
        )
        response.headers["Access-Control-Allow-Headers"] = ", ".join(_REQUEST_HEADERS)
        response.headers["Access-Control-Max-Age"] = "600"
