"""Which IP addresses a request may go to.

`ipaddress.is_global` is not enough: it counts NAT64, 6to4, multicast, IPv4-compatible addresses
and 192.0.0.8 as global, and each of them can lead into the own network. So IPv6 must be within
the global unicast range, and what is special inside it is listed here by name.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Final

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def _networks(*names: str) -> tuple[_Network, ...]:
    return tuple(ipaddress.ip_network(name) for name in names)


_SPECIAL: Final = _networks(
    "0.0.0.0/8",  # this network
    "10.0.0.0/8",  # private
    "100.64.0.0/10",  # behind a carrier's NAT
    "127.0.0.0/8",  # loopback
    "169.254.0.0/16",  # link-local, metadata of clouds
    "172.16.0.0/12",  # private
    "192.0.0.0/24",  # protocol assignments
    "192.0.2.0/24",  # documentation
    "192.88.99.0/24",  # 6to4 relays
    "192.168.0.0/16",  # private
    "198.18.0.0/15",  # benchmarks
    "198.51.100.0/24",  # documentation
    "203.0.113.0/24",  # documentation
    "224.0.0.0/4",  # multicast
    "240.0.0.0/4",  # reserved, broadcast
    "2001::/23",  # protocol assignments, Teredo
    "2001:db8::/32",  # documentation
    "2002::/16",  # 6to4: contains an IPv4 address
    "3fff::/20",  # documentation
)
_GLOBAL_UNICAST: Final = ipaddress.IPv6Network("2000::/3")
_PRIVATE: Final = _networks(
    "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"
)
_LOOPBACK: Final = _networks("127.0.0.0/8", "::1/128")


@dataclass(frozen=True, slots=True)
class Reach:
    """Where requests may go beyond public addresses, and where they may go without TLS."""

    loopback: bool = False
    private: bool = False

    def allows(self, text: str, *, tls: bool) -> bool:
        """Return whether a request may go to this address."""
        try:
            address = ipaddress.ip_address(text)
        except ValueError:
            return False
        near = (self.loopback and _is_in(address, _LOOPBACK)) or (
            self.private and _is_in(address, _PRIVATE)
        )
        return near or (tls and is_public(address))

    @property
    def plain(self) -> bool:
        """Whether any address may be reached without TLS."""
        return self.loopback or self.private


PUBLIC: Final = Reach()
"""For addresses that users enter."""
OPERATOR: Final = Reach(loopback=True, private=True)
"""For addresses that the operator has set: receivers of alerts are often in the own network."""


def is_public(address: Address) -> bool:
    """Return whether an address is an ordinary address of the internet."""
    if isinstance(address, ipaddress.IPv6Address) and address not in _GLOBAL_UNICAST:
        return False
    return not _is_in(address, _SPECIAL)


def _is_in(address: Address, networks: tuple[_Network, ...]) -> bool:
    return any(address in network for network in networks)
