"""The relying party of passkeys: the domain that they belong to, and the pages that may use them.

Both are settings. The `Host` of a request is not, so no request can choose them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

_LABEL: Final = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN: Final = re.compile(rf"localhost|(?:{_LABEL}\.)+[a-z](?:[a-z0-9-]{{0,61}}[a-z0-9])?")
_DEFAULT_PORTS: Final = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """What browsers bind passkeys to."""

    id: str
    """A domain."""
    origins: tuple[str, ...]
    """The pages that may use the passkeys."""


def derive(rp_id: str, origins: tuple[str, ...], public_url: str) -> RelyingParty | None:
    """Return the relying party; None if this server has no domain, which passkeys need.

    >>> derive("", (), "https://videos.example.com/")
    RelyingParty(id='videos.example.com', origins=('https://videos.example.com',))
    >>> derive("example.com", (), "https://videos.example.com")
    RelyingParty(id='example.com', origins=('https://videos.example.com',))
    >>> derive("", (), "https://192.0.2.1")
    """
    found = origins or ((_origin(public_url),) if public_url else ())
    domain = rp_id or (host(found[0]) if found else "")
    if problems(domain, found):
        return None
    return RelyingParty(domain, found)


def problems(rp_id: str, origins: tuple[str, ...]) -> list[str]:
    """Return what is wrong with the settings; browsers would refuse every passkey.

    >>> problems("example.com", ("https://videos.example.com",))
    []
    >>> problems("example.com", ("https://example.org", "http://example.com"))
    ['PASSKEY_ORIGINS: https://example.org is not within PASSKEY_RP_ID (example.com)', \
'PASSKEY_ORIGINS: http://example.com must begin with https://']
    >>> problems("192.0.2.1", ("https://192.0.2.1",))
    ['PASSKEY_RP_ID must be a domain in lower case, like example.com']
    """
    if not _DOMAIN.fullmatch(rp_id):
        return ["PASSKEY_RP_ID must be a domain in lower case, like example.com"]
    if not origins:
        return ["PASSKEY_ORIGINS must name the pages that use passkeys"]
    return [problem for origin in origins if (problem := _problem(rp_id, origin))]


def _problem(rp_id: str, origin: str) -> str:
    name = host(origin)
    if not name or _origin(origin) != origin:
        return f"PASSKEY_ORIGINS: {origin} is not an origin like https://example.com"
    if name != rp_id and not name.endswith(f".{rp_id}"):
        return f"PASSKEY_ORIGINS: {origin} is not within PASSKEY_RP_ID ({rp_id})"
    if not origin.startswith("https://") and name != "localhost":
        return f"PASSKEY_ORIGINS: {origin} must begin with https://"
    return ""


def host(url: str) -> str:
    """Return the host of a URL; empty without one."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _origin(url: str) -> str:
    """Return the origin as browsers write it: without a path and without the default port."""
    try:
        parts = urlsplit(url)
        name, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    shown = "" if port is None or port == _DEFAULT_PORTS.get(parts.scheme) else f":{port}"
    return f"{parts.scheme}://{name}{shown}"
