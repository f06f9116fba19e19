"""The client for addresses that people or other servers name: webhooks, alerts, files of providers.

It follows no redirects, uses no proxy and no credentials of the environment, keeps no cookies,
takes no longer than its time-out in all, and reads no more of an answer than it is told to.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpcore2

from tasks.outbound.addresses import PUBLIC, Reach
from tasks.outbound.backend import GuardedBackend, Resolve, limited, resolved
from tasks.outbound.destinations import checked

SECONDS: Final = 15.0
BYTES: Final = 1024
MOST_CONNECTIONS: Final = 256
_IDLE_SECONDS: Final = 30.0
_AGENT: Final = "Callsheet"


class RequestFailed(Exception):
    """No answer came; the text says why."""


class NotConnected(RequestFailed):
    """Nothing was sent, because no connection could be made."""


class TooLarge(RequestFailed):
    """A file is larger than it may be."""


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
        began = time.monotonic()
        with self._answering(method, address, content, headers or {}, seconds) as response:
            body = _beginning(response, most_bytes)
        return Answer(response.status, _headers(response), body, time.monotonic() - began)

    def download(
        self,
        address: str,
        path: Path,
        *,
        headers: Mapping[str, str] | None = None,
        seconds: float,
        most_bytes: int,
    ) -> Answer:
        """Write an answer to a file; the body of any other answer than 200 is returned instead.

        Raises `DestinationRefused` or `RequestFailed`.
        """
        began = time.monotonic()
        with self._answering("GET", address, b"", headers or {}, seconds) as response:
            if response.status != 200:
                body = _beginning(response, BYTES)
            else:
                body = b""
                _write(response, path, most_bytes)
        return Answer(response.status, _headers(response), body, time.monotonic() - began)

    @contextmanager
    def _answering(
        self, method: str, address: str, content: bytes, headers: Mapping[str, str], seconds: float
    ) -> Iterator[httpcore2.Response]:
        """Send a request; everything until the end of the block takes `seconds` at most."""
        url = checked(address, self._reach)
        sent = {
            "Host": url.netloc.decode("ascii"),
            "User-Agent": _AGENT,
            "Accept-Encoding": "identity",
            **headers,
        }
        if content:
            sent["Content-Length"] = str(len(content))
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
                yield response
        except httpcore2.TimeoutException:
            raise RequestFailed(f"no answer within {seconds:g} s") from None
        except httpcore2.ConnectError as error:
            raise NotConnected(_reason(error)) from None
        except (httpcore2.NetworkError, httpcore2.ProtocolError, ssl.SSLError) as error:
            raise RequestFailed(_reason(error)) from None

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


def _write(response: httpcore2.Response, path: Path, most: int) -> None:
    """Write a body to a file, which may be no larger than `most`."""
    written = 0
    with path.open("wb") as file:
        for chunk in response.iter_stream():
            written += len(chunk)
            if written > most:
                raise TooLarge(f"the file is larger than {most} bytes")
            file.write(chunk)


def _headers(response: httpcore2.Response) -> dict[str, str]:
    return {
        name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers
    }


def _reason(error: Exception) -> str:
    text = (str(error).splitlines() or [""])[0]
    return text[:200] or type(error).__name__
