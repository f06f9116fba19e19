"""Addresses of Redis: a server, or the sentinels that know the current master."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit

from config.environments import ENVIRONMENTS

SENTINEL: Final = "sentinel"
SENTINEL_PORT: Final = 26379
_SCHEMES: Final = ("redis", "rediss", "unix", SENTINEL)


@dataclass(frozen=True, slots=True)
class SentinelAddress:
    """What a `sentinel://` URL says."""

    hosts: tuple[tuple[str, int], ...]
    master: str
    """The name of the master, as in the configuration of the sentinels."""
    database: int
    username: str | None
    password: str | None
    """Of Redis."""
    sentinel_password: str | None


@dataclass(frozen=True, slots=True)
class BrokerUrl:
    """The broker of one environment."""

    environment: str
    url: str


def is_sentinel(url: str) -> bool:
    """Return whether a URL names sentinels."""
    return url.startswith(f"{SENTINEL}://")


def sentinel_address(url: str) -> SentinelAddress:
    """Parse `sentinel://[USER:PASSWORD@]HOST[:PORT],.../DATABASE?master=NAME`.

    >>> sentinel_address("sentinel://:secret@a,b:26380/1?master=main").hosts
    (('a', 26379), ('b', 26380))
    """
    parts = urlsplit(url)
    login, _, hosts = parts.netloc.rpartition("@")
    username, _, password = login.partition(":")
    query = parse_qs(parts.query)
    found = SentinelAddress(
        hosts=tuple(_host(word) for word in hosts.split(",") if word),
        master=query.get("master", [""])[0],
        database=int(parts.path.strip("/") or 0),
        username=unquote(username) or None,
        password=unquote(password) or None,
        sentinel_password=query.get("sentinel_password", [None])[0],
    )
    if not found.hosts or not found.master:
        raise ValueError("it names no sentinel or no master")
    return found


def _host(word: str) -> tuple[str, int]:
    name, _, port = word.rpartition(":") if ":" in word else (word, "", "")
    return name, int(port or SENTINEL_PORT)


def parse_url(text: str) -> str:
    """Check a URL of Redis."""
    if urlsplit(text).scheme not in _SCHEMES:
        raise ValueError("it is not an address of Redis")
    if is_sentinel(text):
        sentinel_address(text)
    return text


def parse_brokers(text: str) -> tuple[BrokerUrl, ...]:
    """Parse the setting `BROKER_URLS`.

    >>> parse_brokers("xtts=redis://a/0 media=redis://b/0")[1].environment
    'media'
    """
    found = []
    for word in text.split():
        environment, _, url = word.partition("=")
        if environment not in ENVIRONMENTS:
            raise ValueError(f"{environment} is not an environment")
        found.append(BrokerUrl(environment, parse_url(url)))
    if len({broker.environment for broker in found}) < len(found):
        raise ValueError("an environment is named twice")
    return tuple(found)
