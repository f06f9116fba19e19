"""The studio, the product's web page, built from `web/studio/` by `make studio`."""

from __future__ import annotations

import json
import mimetypes
import os
from collections.abc import Iterable
from http import HTTPStatus
from pathlib import Path
from typing import Final

from flask import Response, current_app, request
from werkzeug.security import safe_join

from web.api.blueprint import Blueprint
from web.api.docs import PAGES
from web.api.documented_errors import documented_errors
from web.errors import PreconditionUnmet, RouteNotFound
from web.services import current_services

studio = Blueprint("studio", __name__, description="The studio, the product's web page.")

STATIC: Final = Path(__file__).parents[1] / "static"
IMMUTABLE: Final = "public, max-age=31536000, immutable"

ADDRESSES: Final = (
    *("create", "queue", "videos", "compare", "projects", "batches", "faces", "recordings"),
    *("credits", "models", "report", "consents"),
)
"""Addresses of the page; each shows the same document, which reads its address itself."""
_SOURCE_LANGUAGE: Final = "lang:en"
"""The language of the scripts themselves, which needs no texts beside them."""
_ENCODINGS: Final = (("br", ".br"), ("gzip", ".gz"))


def _policy(cdn: str) -> str:
    """Return what the page may load: from this server, and its videos from a CDN."""
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' blob:",
            f"media-src 'self' blob: {cdn}".rstrip(),
            "font-src 'self'",
            f"connect-src 'self' blob: {cdn}".rstrip(),
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    )


@studio.get("/")
@studio.response(200, {"type": "string"}, content_type="text/html")
def home() -> Response:
    """Show the studio"""
    return send_studio()


@studio.get(f"/<any({','.join(ADDRESSES)}):page>")
@studio.response(200, {"type": "string"}, content_type="text/html")
def page(page: str) -> Response:  # noqa: ARG001  the page reads its own address
    """Show a page of the studio"""
    return send_studio()


@studio.get("/videos/<video>")
@studio.response(200, {"type": "string"}, content_type="text/html")
def video(video: str) -> Response:  # noqa: ARG001
    """Show the page of a video; its contents are loaded by the page"""
    return send_studio()


@studio.get("/projects/<project>")
@studio.response(200, {"type": "string"}, content_type="text/html")
def project(project: str) -> Response:  # noqa: ARG001
    """Show the page of a project; its contents are loaded by the page"""
    return send_studio()


@studio.get("/batches/<batch>")
@studio.response(200, {"type": "string"}, content_type="text/html")
def batch(batch: str) -> Response:  # noqa: ARG001
    """Show the page of a batch; its contents are loaded by the page"""
    return send_studio()


@studio.get("/operate")
@studio.response(200, {"type": "string"}, content_type="text/html")
def operate() -> Response:
    """Show the operators' page"""
    return send_studio()


@studio.get("/account")
@studio.response(200, {"type": "string"}, content_type="text/html")
def account() -> Response:
    """Show the page of accounts, where links in mails lead"""
    return send_studio()


@studio.get("/account/<view>")
@studio.response(200, {"type": "string"}, content_type="text/html")
def account_view(view: str) -> Response:  # noqa: ARG001
    """Show a view of the page of accounts"""
    return send_studio()


@studio.get("/static/<path:name>")
@studio.response(200, {"type": "string"}, content_type="*/*")
@documented_errors(studio, 404, "NOT_FOUND")
def asset(name: str) -> Response:
    """Get a file of the studio"""
    path = safe_join(str(_static()), name)
    # Not `Path.is_file`: it raises for a name that is too long for the file system.
    if path is None or name.startswith(".") or not os.path.isfile(path):  # noqa: PTH113
        raise RouteNotFound
    response = _send(Path(path))
    # Names in `assets/` contain a hash of the content, so these files never change.
    response.headers["Cache-Control"] = IMMUTABLE if "assets/" in name else "no-cache"
    return response


def _static() -> Path:
    place: Path = current_app.config.get("STUDIO", STATIC)
    return place


def send_studio() -> Response:
    """Send the page, which shows what its address says, and name the scripts that it needs."""
    built = _static() / "index.html"
    response = _send(built if built.exists() else PAGES / "unbuilt.html")
    cdn = current_services().settings.projects.cdn_base
    response.headers["Content-Security-Policy"] = _policy(cdn)
    response.headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(self)"
    response.headers["Cache-Control"] = "no-cache"
    response.vary.add("Accept-Language")
    if scripts := _scripts(request.path, request.accept_languages.values()):
        # Otherwise a browser would ask for them only after the first ones have run.
        response.headers["Link"] = ", ".join(f"<{one}>; rel=modulepreload" for one in scripts)
    return response


def _scripts(address: str, languages: Iterable[str]) -> list[str]:
    """Return the scripts of the page at an address and of its texts, as the build lists them."""
    try:
        listed: dict[str, list[str]] = json.loads((_static() / "preload.json").read_bytes())
    except FileNotFoundError:
        return []
    first, _, rest = address.strip("/").partition("/")
    known = (f"lang:{tag.partition('-')[0].lower()}" for tag in languages)
    texts = next((one for one in known if one in listed or one == _SOURCE_LANGUAGE), "")
    return listed.get(f"/{first}/*" if rest else f"/{first}", []) + listed.get(texts, [])


def _send(path: Path) -> Response:
    """Send the smallest encoding of a file that the caller accepts (compressed at build time)."""
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    encoding, body = _smallest(path)
    response = Response(body.read_bytes(), mimetype=media_type)
    if encoding:
        response.headers["Content-Encoding"] = encoding
    response.vary.add("Accept-Encoding")
    response.add_etag()
    response.make_conditional(request)
    if response.status_code == HTTPStatus.PRECONDITION_FAILED:
        raise PreconditionUnmet
    return response


def _smallest(path: Path) -> tuple[str, Path]:
    for encoding, suffix in _ENCODINGS:
        body = path.with_name(path.name + suffix)
        if request.accept_encodings[encoding] > 0 and body.exists():
            return encoding, body
    return "", path
