"""Issuers whose bearer tokens are accepted, as `URL=AUDIENCE`."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

IssuerUrl = str
"""The URL of an issuer, checked (`address`)."""


@dataclass(frozen=True, slots=True)
class TokenIssuer:
    """An OpenID Connect issuer, and the audience that its tokens must name."""

    url: str
    audience: str

    def __str__(self) -> str:
        return f"{self.url}={self.audience}"


def parse(text: str) -> tuple[TokenIssuer, ...]:
    """Parse the setting `TOKEN_ISSUERS`.

    >>> parse("https://id.example.com/realms/x/=callsheet")
    (TokenIssuer(url='https://id.example.com/realms/x', audience='callsheet'),)
    >>> parse("http://id.example.com=callsheet")
    Traceback (most recent call last):
    ValueError: not an https URL
    """
    words = [word.strip() for word in text.split(",") if word.strip()]
    pairs = [word.rpartition("=") for word in words]
    if not all(audience and url for url, _, audience in pairs):
        raise ValueError("not URL=AUDIENCE")
    return tuple(TokenIssuer(address(url), audience) for url, _, audience in pairs)


def address(text: str) -> str:
    """Return the URL of an issuer without a slash at its end; keys come by https only.

    Plain http is for issuers on this machine.

    >>> address("http://127.0.0.1:9000/"), address("http://[::1]:9000")
    ('http://127.0.0.1:9000', 'http://[::1]:9000')
    """
    url = urlsplit(text.strip())
    is_near = _is_loopback(url.hostname or "")
    if not (url.scheme == "https" or (url.scheme == "http" and is_near)):
        raise ValueError("not an https URL")
    if not url.hostname or url.username is not None or url.query or url.fragment:
        raise ValueError("not the URL of an issuer")
    return url.geturl().rstrip("/")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
