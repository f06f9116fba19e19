"""From which page a browser's request comes, and which pages may change anything.

Browsers say it in `Sec-Fetch-Site` and `Origin`, which no page can forge. `Sec-Fetch-Site` is
believed first: a proxy that rewrites `Host` does not change it. What is no browser (curl, a
server) sends neither and needs no such protection, as nothing signs it in without being asked.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


def is_own_page(environ: Mapping[str, Any]) -> bool:
    """Whether a browser says that a page of this server asks."""
    site = environ.get("HTTP_SEC_FETCH_SITE")
    if site is not None:
        return bool(site == "same-origin")
    origin = environ.get("HTTP_ORIGIN")
    return origin is not None and _is_own(origin, environ)


def is_foreign_page(environ: Mapping[str, Any], listed: Collection[str]) -> bool:
    """Whether a browser says that a page asks which is neither ours nor of a listed origin."""
    site, origin = environ.get("HTTP_SEC_FETCH_SITE"), environ.get("HTTP_ORIGIN")
    if origin is None and site in (None, "none"):  # no browser, or no page: a person typed it
        return False
    return not is_own_page(environ) and origin not in listed


def _is_own(origin: str, environ: Mapping[str, Any]) -> bool:
    try:
        return urlsplit(origin).netloc == str(environ.get("HTTP_HOST", "")) != ""
    except ValueError:
        return False
