"""`/docs`: the OpenAPI document as one self-contained page."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from flask import Response

from config.version import VERSION
from tasks.domain.errors import tree
from tasks.domain.events import EventType
from web import errors
from web.api.blueprint import Blueprint
from web.api.documented_errors import documented_errors
from web.errors import RouteNotFound

docs = Blueprint("docs", __name__, description="This documentation.")

PAGES: Final = Path(__file__).parent / "pages"
_ASSETS: Final = {
    "docs.js": "text/javascript",
    "search.js": "text/javascript",
    "docs.css": "text/css",
    "guides.css": "text/css",
    "plain.css": "text/css",
}
_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "connect-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)


@docs.get("/docs")
@docs.response(200, {"type": "string"}, content_type="text/html")
def page() -> Response:
    """Show this documentation"""
    return send_page("docs.html", "text/html")


@docs.get("/docs/<name>")
@docs.response(200, {"type": "string"}, content_type="*/*")
@documented_errors(docs, 404, "NOT_FOUND")
def asset(name: str) -> Response:
    """Get a file of the documentation page"""
    if name not in _ASSETS:
        raise RouteNotFound
    return send_page(name, _ASSETS[name])


def send_page(name: str, media_type: str) -> Response:
    """Send a file of the pages that need no build."""
    response = Response((PAGES / name).read_bytes(), mimetype=media_type)
    response.headers["Content-Security-Policy"] = _POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def extensions() -> dict[str, Any]:
    """Return the extensions of the OpenAPI document: error codes and event types."""
    assert errors.__doc__  # noqa: S101  imported, so that its classes are in the tree
    codes = [
        {
            "code": error.code,
            "status": error.status,
            "retryable": error.retryable,
            "sentence": error().user_message,
        }
        for error in tree()
    ]
    return {
        "info": {"x-callsheet-version": VERSION},
        "x-error-codes": sorted(codes, key=lambda error: str(error["code"])),
        "x-events": [kind.value for kind in EventType],
    }
