"""From where a request comes, whatever its headers claim."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from config.networks import parse
from web.http.addresses import client_address, rate_limit_key

STRANGER = "203.0.113.9"
PROXY = "10.0.0.7"


def asked(peer: str, forwarded: str | None = None, **headers: str) -> dict[str, str]:
    told = {} if forwarded is None else {"HTTP_X_FORWARDED_FOR": forwarded}
    return {"REMOTE_ADDR": peer, "HTTP_HOST": "localhost:5000", **told, **headers}


@pytest.mark.parametrize(
    ("peer", "forwarded", "found"),
    [
        (STRANGER, None, STRANGER),
        (STRANGER, "198.51.100.1", STRANGER),  # no proxy of ours: it speaks for itself
        (STRANGER, "10.0.0.1, 127.0.0.1", STRANGER),
        (PROXY, None, PROXY),
        (PROXY, STRANGER, STRANGER),
        (PROXY, f"127.0.0.1, {STRANGER}", STRANGER),  # the first was there before the proxy
        (PROXY, f"127.0.0.1,::1,{STRANGER}, 10.0.0.8", STRANGER),  # two proxies in a row
        (PROXY, f"{STRANGER}:49152", STRANGER),
        (PROXY, "[2001:db8::1]:443", "2001:db8::1"),
        (PROXY, "2001:db8::1", "2001:db8::1"),
        (f"::ffff:{PROXY}", f"::ffff:{STRANGER}", STRANGER),
        (PROXY, f"{STRANGER}, unknown", PROXY),  # nothing before it can be believed
        (PROXY, f"{STRANGER}, <script>", PROXY),
        (PROXY, "", PROXY),
        (PROXY, ",,,", PROXY),
        (PROXY, "10.0.0.1, " * 5_000, PROXY),
        (PROXY, f"{STRANGER}, " + ", ".join(["10.0.0.1"] * 10), "10.0.0.1"),
    ],
)
def test_only_entries_of_trusted_proxies_are_believed(
    peer: str, forwarded: str | None, found: str
) -> None:
    assert str(client_address(asked(peer, forwarded), parse("10.0.0.0/8"))) == found


@pytest.mark.parametrize("forwarded", [None, STRANGER, "127.0.0.1", f"127.0.0.1, {STRANGER}"])
def test_forwarded_header_is_ignored_without_trusted_proxies(forwarded: str | None) -> None:
    assert str(client_address(asked("127.0.0.1", forwarded), ())) == "127.0.0.1"


def test_ipv6_network_is_one_caller() -> None:
    one, neighbour, other = (
        rate_limit_key(ip_address(text))
        for text in ("2001:db8::1", "2001:db8::ffff:1", "2001:db8:0:1::1")
    )
    assert one == neighbour != other
    assert rate_limit_key(ip_address(STRANGER)) == STRANGER


@pytest.mark.parametrize("text", ["10.0.0.1/8", "2001:db8::1/64", "10.0.0.0/33", "here"])
def test_invalid_network_is_refused(text: str) -> None:
    """Taken for the network around it, one address too many would be believed."""
    with pytest.raises(ValueError, match=r"."):
        parse(text)
