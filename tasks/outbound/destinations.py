"""Check the text of an address before a request is made to it."""

from __future__ import annotations

import socket
from typing import Final

import httpx2

from tasks.outbound.addresses import Reach

LONGEST: Final = 2000


class DestinationRefused(Exception):
    """Requests may not go to this address; the text says why."""


def checked(text: str, reach: Reach) -> httpx2.URL:
    """Parse an address; raises `DestinationRefused`.

    Names are not looked up: what they lead to is checked when a connection is made, and only that
    counts.
    """
    if len(text) > LONGEST or not text.isprintable() or " " in text or "\\" in text:
        raise DestinationRefused("This is not a valid URL.")
    try:
        url = httpx2.URL(text)
    except (httpx2.InvalidURL, ValueError):
        raise DestinationRefused("This is not a valid URL.") from None
    if not url.host or url.port == 0:
        raise DestinationRefused("This is not a valid URL.")
    if url.scheme != "https" and not (url.scheme == "http" and reach.plain):
        raise DestinationRefused("The URL must start with https://.")
    if url.userinfo:
        raise DestinationRefused("The URL must not contain a user name or password.")
    if url.fragment:
        raise DestinationRefused("The URL must not contain a fragment (#).")
    literal = _literal(url.raw_host.decode("ascii"))
    if literal is not None and not reach.allows(literal, tls=url.scheme == "https"):
        raise DestinationRefused("The URL must lead to a public address.")
    return url


def _literal(host: str) -> str | None:
    """Return the address that a host is, also in forms like `0x7f.1`; None for a name."""
    try:
        [found, *_] = socket.getaddrinfo(host.strip("[]"), None, flags=socket.AI_NUMERICHOST)
    except (socket.gaierror, ValueError):
        return None
    return str(found[4][0])
