"""The client for addresses that people enter: webhooks, alerts, keys of other issuers.

It follows no redirects, uses no proxy and no credentials of the environment, keeps no cookies,
takes no longer than its time-out in all, and reads no more of an answer than it is told to.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import httpcore2

from web.outbound.addresses import PUBLIC, Reach
from web.outbound.backend import GuardedBackend, Resolve, limited, resolved
from web.outbound.destinations import checked

SECONDS: Final = 15.0
BYTES: Final = 1024
MOST_CONNECTIONS: Final = 256
_IDLE_SECONDS: Final = 30.0
_AGENT: Final = "Callsheet"


class RequestFailed(Exception):
    """No answer came; the text says why."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered."""

    status: int
    headers: Mapping[str, str]
    """Names are in lower case; of equal ones the last counts."""
    body: bytes
    """The beginning of the body."""
    seconds: float


class GuardedClient:
    """Makes requests from any number of threads; connections are used again."""

    def __init__(
        self,
        reach: Reach = PUBLIC,
        *,
        resolve: Resolve = resolved,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._reach = reach
        self._pool = httpcore2.ConnectionPool(
            ssl_context=tls or httpcore2.default_ssl_context(),
            max_connections=MOST_CONNECTIONS,
            max_keepalive_connections=MOST_CONNECTIONS,
            keepalive_expiry=_IDLE_SECONDS,
            network_backend=GuardedBackend(reach, resolve),
        )

    def request(
        self,
        method: str,
        address: str,
        *,
        content: bytes = b"",
        headers: Mapping[str, str] | None = None,
        seconds: float = SECONDS,
        most_bytes: int = BYTES,
    ) -> Answer:
        """Make a request; raises `DestinationRefused` or `RequestFailed`."""
        url = checked(address, self._reach)
        sent = {
            "Host": url.netloc.decode("ascii"),
            "User-Agent": _AGENT,
            "Accept-Encoding": "identity",
            **(headers or {}),
        }
        if content:
            sent["Content-Length"] = str(len(content))
        began = time.monotonic()
        target = httpcore2.URL(
            scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
        )
        times = {"timeout": dict.fromkeys(("connect", "read", "write", "pool"), seconds)}
        fields = list(sent.items())
        try:
            with (
                limited(seconds, tls=url.scheme == "https"),
                self._pool.stream(
                    method, target, headers=fields, content=content, extensions=times
                ) as response,
            ):
                body = _beginning(response, most_bytes)
        except httpcore2.TimeoutException:
            raise RequestFailed(f"no answer within {seconds:g} s") from None
        except (httpcore2.NetworkError, httpcore2.ProtocolError, ssl.SSLError) as error:
            raise RequestFailed(_reason(error)) from None
        found = {
            name.decode("latin-1").lower(): value.decode("latin-1")
            for name, value in response.headers
        }
        return Answer(response.status, found, body, time.monotonic() - began)

    def close(self) -> None:
        self._pool.close()


def _beginning(response: httpcore2.Response, most: int) -> bytes:
    """Read the beginning of a body; the connection is closed if there is more."""
    body = b""
    for chunk in response.iter_stream():
        body += chunk
        if len(body) >= most:
            break
    return body[:most]


def _reason(error: Exception) -> str:
    text = (str(error).splitlines() or [""])[0]
    return text[:200] or type(error).__name__
