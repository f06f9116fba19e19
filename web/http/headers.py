"""What stands before every address: rates, origins of pages, and the headers of every answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask import Flask, Response, request

from config.settings import Settings
from web.errors import OriginRefused
from web.http import operators
from web.http.addresses import over_tls
from web.http.origins import SAFE_METHODS, is_foreign_page
from web.http.rates import Rates
from web.services import Services

# The documentation page brings its own policy; everything else is data.
_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-site",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
_DATA_POLICY: Final = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"
_ONE_YEAR: Final = "max-age=31536000"
"""Not for subdomains: they may be somebody else's."""

_PRIVATE: Final = (
    "/session",
    "/process",
    "/outputs",
    "/quarantine",
    "/upload",
    "/api/",
    "/operate/",
)
"""Addresses whose answers are one caller's own: no cache between us may keep them."""

# What pages of other origins may send, and may read of an answer.
_ASKED: Final = (
    *("Content-Type", "Authorization", "X-API-Key", "X-Session-ID", "X-Request-ID"),
    *("Idempotency-Key", "Prefer", "Last-Event-ID", "Range", "If-Range", "If-None-Match"),
    *("Tus-Resumable", "Upload-Length", "Upload-Metadata", "Upload-Offset", "Upload-Checksum"),
)
_TOLD: Final = (
    *("Location", "Retry-After", "X-Request-ID", "Idempotency-Replayed", "Preference-Applied"),
    *("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"),
    *("Accept-Ranges", "Content-Range", "Content-Disposition", "ETag"),
    *("Tus-Resumable", "Upload-Offset", "Upload-Length", "Upload-Expires"),
)


def register(app: Flask, services: Services) -> None:
    """Put the shield before an application."""
    settings = services.settings
    app.before_request(lambda: _admit(settings))
    app.after_request(lambda response: _cover(response, settings))
    if settings.requests_a_minute:
        rates = app.extensions["rates"] = Rates(settings)
        rates.register(app)
    operators.register(app, services)  # behind the rates: guesses at the token are counted


def _admit(settings: Settings) -> Response | None:
    """Answer preflights, and refuse what a page of another site wants to change."""
    if request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
        return Response(status=204)  # a browser asks whether it may
    changes = request.method not in SAFE_METHODS
    if changes and is_foreign_page(request.environ, settings.cors_origins):
        raise OriginRefused
    return None


def _cover(response: Response, settings: Settings) -> Response:
    """Add the headers that an answer has not set itself."""
    for name, value in security_headers(request.environ, settings).items():
        if name != "Content-Security-Policy" or response.mimetype != "text/html":
            response.headers.setdefault(name, value)
    if request.path.startswith(_PRIVATE) or operators.is_guarded():
        response.headers.setdefault("Cache-Control", "no-store")
    _allow_origin(response, settings)
    return response


def security_headers(environ: Mapping[str, Any], settings: Settings) -> dict[str, str]:
    """Return the headers that every answer with data carries, also those from outside Flask."""
    strict = {"Strict-Transport-Security": _ONE_YEAR} if over_tls(environ, settings) else {}
    return {**_HEADERS, "Content-Security-Policy": _DATA_POLICY, **strict}


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
    response.headers["Access-Control-Expose-Headers"] = ", ".join(_TOLD)
    if request.method == "OPTIONS":
        response.headers["Access-Control-Allow-Methods"] = "GET, HEAD, POST, PATCH, DELETE, OPTIONS"
        response.headers["Access-Control-Allow-Headers"] = ", ".join(_ASKED)
        response.headers["Access-Control-Max-Age"] = "600"
