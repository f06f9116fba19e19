"""The security headers of every answer with data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from config.settings import Settings
from web.http.addresses import over_tls

# The documentation page sets its own policy; everything else is data.
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
"""Without subdomains, which may belong to others."""


def security_headers(environ: Mapping[str, Any], settings: Settings) -> dict[str, str]:
    """Return the headers that every answer with data carries, also those from outside Flask."""
    strict = {"Strict-Transport-Security": _ONE_YEAR} if over_tls(environ, settings) else {}
    return {**_HEADERS, "Content-Security-Policy": _DATA_POLICY, **strict}
