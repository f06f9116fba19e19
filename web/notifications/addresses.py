"""The address of this server in mails."""

from __future__ import annotations

from config.settings import Settings


def base(settings: Settings) -> str:
    """Return the address of this server without a path; never the `Host` of a request."""
    return settings.public_url.rstrip("/") or f"http://{settings.host}:{settings.port}"
