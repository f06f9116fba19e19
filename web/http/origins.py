"""Determine which page a browser's request comes from, to protect against cross-site requests.

Browsers send `Sec-Fetch-Site` and `Origin`, which no page can forge. `Sec-Fetch-Site` is preferred,
because a proxy that rewrites `Host` does not change it. Other clients (curl, servers) send neither
and need no protection, as they never send credentials by themselves.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from flask import Request

from config.exposure import is_loopback
from config.settings import Settings
from web.http.addresses import over_tls, public_host

log = logging.getLogger(__name__)

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
LONGEST_ORIGIN: Final = 200
_ORIGIN: Final = re.compile(r"https?://[\w.\[\]:-]+")


def is_own_page(environ: Mapping[str, Any], settings: Settings) -> bool:
    """Return whether a browser reports that a page of this server sends the request."""
    site = environ.get("HTTP_SEC_FETCH_SITE")
    if site is not None:
        return bool(site == "same-origin")
    origin = environ.get("HTTP_ORIGIN")
    return origin is not None and _is_own(origin, environ, settings)


def is_foreign_page(environ: Mapping[str, Any], settings: Settings) -> bool:
    """Return whether a browser reports a page that is neither ours nor of an allowed origin."""
    return _is_of_another_site(environ, settings) and not is_allowed(
        environ.get("HTTP_ORIGIN", ""), environ, settings
    )


def is_refused(environ: Mapping[str, Any], settings: Settings) -> bool:
    """Return whether a page may not use the API; the log says then what would allow it."""
    if not is_foreign_page(environ, settings):
        return False
    origin = environ.get("HTTP_ORIGIN", "")[:LONGEST_ORIGIN]
    listed = ",".join((*settings.cors_origins, origin))
    log.warning(
        "page of another origin refused; CORS_ORIGINS may allow it",
        extra={
            "origin": origin,
            "setting": f"CORS_ORIGINS={listed}" if _ORIGIN.fullmatch(origin) else "",
        },
    )
    return True


def is_allowed(origin: str, environ: Mapping[str, Any], settings: Settings) -> bool:
    """Return whether pages of an origin may use the API: listed ones, and those in development.

    A server that only this machine reaches takes every page that this machine serves, because
    development servers listen on ports of their own choice. Cookies of such pages do not count.
    A server behind a proxy is reached by others.
    """
    if origin in settings.cors_origins:
        return True
    only_here = is_loopback(settings.host) and not settings.trusted_proxies
    return only_here and _is_local(origin) and _is_local(f"http://{public_host(environ, settings)}")


def _is_local(origin: str) -> bool:
    try:
        page = urlsplit(origin)
        host = page.hostname or ""
    except ValueError:
        return False
    return page.scheme in ("http", "https") and (host == "localhost" or is_loopback(host))


def _is_of_another_site(environ: Mapping[str, Any], settings: Settings) -> bool:
    site, origin = environ.get("HTTP_SEC_FETCH_SITE"), environ.get("HTTP_ORIGIN")
    if origin is None and site in (None, "none"):  # not a browser, or typed into the address bar
        return False
    return not is_own_page(environ, settings)


def may_use_cookies(request: Request, settings: Settings) -> bool:
    """Return whether cookies of a request count as proof: another site's page may have sent it.

    Changes and sockets need proof that one of our own pages sends them.
    """
    socket = hasattr(request, "sid")  # Flask-SocketIO's
    if socket or request.method not in SAFE_METHODS:
        return is_own_page(request.environ, settings)
    return not _is_of_another_site(request.environ, settings)


def _is_own(origin: str, environ: Mapping[str, Any], settings: Settings) -> bool:
    try:
        page = urlsplit(origin)
    except ValueError:
        return False
    if page.scheme != "https" and over_tls(environ, settings):
        return False  # anybody on the way can write a page that came without TLS
    return page.netloc == public_host(environ, settings) != ""
