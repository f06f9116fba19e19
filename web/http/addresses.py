"""Where a request comes from: through proxies that are trusted, and through no others.

A proxy adds to `X-Forwarded-For` whom it was asked by, behind whatever it was told itself. So
only what our own proxies have written there is believed: it is read from its end, for as long
as the one who wrote it is of `TRUSTED_PROXIES`. What a caller made up stands before that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any, Final

from config.networks import Network
from config.settings import Settings

Address = IPv4Address | IPv6Address

MOST_PROXIES: Final = 10
"""In a row; a header may be long."""
_SAME_NETWORK: Final = 64
"""Bits of an IPv6 address that its owner did not choose: with the others, anyone is many."""


def client_address(environ: Mapping[str, Any], trusted: Iterable[Network]) -> Address | None:
    """The address that the outermost of our proxies, or we ourselves, were asked from."""
    networks = tuple(trusted)
    address = parsed(environ.get("REMOTE_ADDR", ""))
    told = environ.get("HTTP_X_FORWARDED_FOR", "").rsplit(",", MOST_PROXIES)[-MOST_PROXIES:]
    for entry in reversed(told):
        if not within(address, networks):
            break
        further = parsed(entry)
        if further is None:  # nobody can say from where that proxy was asked
            break
        address = further
    return address


def over_tls(environ: Mapping[str, Any], settings: Settings) -> bool:
    """Whether the browser speaks TLS: with us, with a proxy that we trust, or as we were told."""
    if settings.https_only or environ.get("wsgi.url_scheme") == "https":
        return True
    told = environ.get("HTTP_X_FORWARDED_PROTO", "").rpartition(",")[2].strip()
    trusted = settings.trusted_proxies
    return bool(told == "https" and within(parsed(environ.get("REMOTE_ADDR", "")), trusted))


def rate_limit_key(address: Address | None) -> str:
    """Who shares a rate: an IPv4 address, or the network that an IPv6 address was given."""
    if isinstance(address, IPv6Address):
        return str(ip_network((address, _SAME_NETWORK), strict=False))
    return str(address)


def parsed(text: str) -> Address | None:
    """Read an address as proxies write it: perhaps with a port, perhaps in brackets."""
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
    """Whether an address belongs to one of these networks."""
    return address is not None and any(address in network for network in networks)
