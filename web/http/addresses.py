"""Determine the address of a caller behind trusted proxies.

A proxy appends the address of its client to `X-Forwarded-For`. Only entries of trusted proxies are
believed: the header is read from its end for as long as the writer of an entry is one of
`TRUSTED_PROXIES`. Anything that a caller makes up comes before those entries.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any, Final

from config.networks import Network
from config.settings import Settings

Address = IPv4Address | IPv6Address

MOST_PROXIES: Final = 10
"""Longest chain of proxies, because a header may be long."""
_NETWORK_BITS: Final = 64
"""Bits of an IPv6 address that identify a network; its owner can choose the others freely."""


def client_address(environ: Mapping[str, Any], trusted: Iterable[Network]) -> Address | None:
    """Return the address that called the outermost trusted proxy or this server."""
    networks = tuple(trusted)
    address = parsed(environ.get("REMOTE_ADDR", ""))
    entries = environ.get("HTTP_X_FORWARDED_FOR", "").rsplit(",", MOST_PROXIES)[-MOST_PROXIES:]
    for entry in reversed(entries):
        if not within(address, networks):
            break
        caller = parsed(entry)
        if caller is None:  # the proxy's own caller is unknown
            break
        address = caller
    return address


def over_tls(environ: Mapping[str, Any], settings: Settings) -> bool:
    """Return whether the browser uses TLS: by setting, to this server or to a trusted proxy."""
    if settings.https_only or environ.get("wsgi.url_scheme") == "https":
        return True
    scheme = environ.get("HTTP_X_FORWARDED_PROTO", "").rpartition(",")[2].strip()
    trusted = settings.trusted_proxies
    return bool(scheme == "https" and within(parsed(environ.get("REMOTE_ADDR", "")), trusted))


def public_host(environ: Mapping[str, Any], settings: Settings) -> str:
    """Return the host and port that the browser asked: as a trusted proxy reports it, or `Host`."""
    forwarded: str = environ.get("HTTP_X_FORWARDED_HOST", "").rpartition(",")[2].strip()
    if forwarded and within(parsed(environ.get("REMOTE_ADDR", "")), settings.trusted_proxies):
        return forwarded
    return str(environ.get("HTTP_HOST", ""))


def rate_limit_key(address: Address | None) -> str:
    """Return the key that shares a rate: an IPv4 address, or the network of an IPv6 address."""
    if isinstance(address, IPv6Address):
        return str(ip_network((address, _NETWORK_BITS), strict=False))
    return str(address)


def parsed(text: str) -> Address | None:
    """Parse an address as proxies write it, with or without a port and brackets."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def within(address: Address | None, networks: Iterable[Network]) -> bool:
    """Return whether an address belongs to one of these networks."""
    return address is not None and any(address in network for network in networks)
