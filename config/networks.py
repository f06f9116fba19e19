"""Parse a list of networks: `127.0.0.1, 10.0.0.0/8, fd00::/8`."""

from __future__ import annotations

import re
from ipaddress import IPv4Network, IPv6Network, ip_network

Network = IPv4Network | IPv6Network


def parse(text: str) -> tuple[Network, ...]:
    """Parse networks separated by commas.

    >>> parse("127.0.0.1, 10.0.0.0/8")
    (IPv4Network('127.0.0.1/32'), IPv4Network('10.0.0.0/8'))
    """
    return tuple(ip_network(word) for word in re.split(r"[,\s]+", text.strip()) if word)
