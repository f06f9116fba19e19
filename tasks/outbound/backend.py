"""Connections of the HTTP client: each goes to an address that was checked, and to no other.

The name is looked up once for each connection, all of its addresses are checked, and the
connection is made to one of them. So a name server cannot give a public address to the check and
another one to the connection. The URL is not changed: TLS and `Host` still use the name.
"""

from __future__ import annotations

import select
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, TypeVar

import httpcore2
from httpcore2 import NetworkBackend, NetworkStream

from tasks.outbound.addresses import Reach
from tasks.outbound.destinations import DestinationRefused

_T = TypeVar("_T")
Resolve = Callable[[str, int], list[str]]
"""Looks the addresses of a name up; raises `OSError`."""


@dataclass(frozen=True, slots=True)
class _Call:
    """The request that this thread makes."""

    until: float
    tls: bool

    def left(self, timeout: float | None) -> float:
        """Return the seconds that an operation may take."""
        remaining = self.until - time.monotonic()
        if remaining <= 0:
            raise httpcore2.ReadTimeout("the request took too long")
        return remaining if timeout is None else min(timeout, remaining)


_call: Final[ContextVar[_Call]] = ContextVar("outbound_call")


@contextmanager
def limited(seconds: float, *, tls: bool) -> Iterator[None]:
    """Limit everything that a request does within to so many seconds in all."""
    token = _call.set(_Call(time.monotonic() + seconds, tls))
    try:
        yield
    finally:
        _call.reset(token)


def resolved(host: str, port: int) -> list[str]:
    """Look the addresses of a name up with the system's resolver."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


class GuardedBackend(NetworkBackend):
    """Connects to checked addresses only."""

    def __init__(self, reach: Reach, resolve: Resolve = resolved) -> None:
        self._reach = reach
        self._resolve = resolve

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,  # noqa: ARG002  httpcore2's interface
        socket_options: Iterable[Any] | None = None,  # noqa: ARG002
    ) -> NetworkStream:
        call = _call.get()
        try:
            addresses = self._resolve(host.strip("[]"), port)
        except (OSError, UnicodeError):
            raise httpcore2.ConnectError("the name was not found") from None
        if not addresses:
            raise httpcore2.ConnectError("the name was not found")
        if not all(self._reach.allows(one, tls=call.tls) for one in addresses):
            raise DestinationRefused("The URL leads to an address that is not public.")
        failure = "no address answered"
        for address in addresses:
            try:
                connection = socket.create_connection((address, port), call.left(timeout))
            except OSError as error:
                failure = error.strerror or "no address answered"
            else:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                return _LimitedStream(connection)
        raise httpcore2.ConnectError(failure)


class _LimitedStream(NetworkStream):
    """A connection that ends with the time of its request, however slowly bytes arrive.

    The time-out of a blocking socket would start again with each byte, also within a handshake.
    """

    def __init__(self, connection: socket.socket) -> None:
        connection.setblocking(False)
        self._socket = connection

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        receive = partial(self._socket.recv, max_bytes)
        return self._within(timeout, receive, httpcore2.ReadError)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        rest = memoryview(buffer)
        while rest:
            send = partial(self._socket.send, rest)
            rest = rest[self._within(timeout, send, httpcore2.WriteError) :]

    def close(self) -> None:
        self._socket.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> NetworkStream:
        wrapped = ssl_context.wrap_socket(
            self._socket, server_hostname=server_hostname, do_handshake_on_connect=False
        )
        stream = _LimitedStream(wrapped)
        try:
            stream._within(timeout, wrapped.do_handshake, httpcore2.ConnectError)
        except Exception:
            wrapped.close()
            raise
        return stream

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable":
            return self._is_ready(select.POLLIN, 0)
        return self._socket if info == "socket" else None

    def _within(
        self, timeout: float | None, operate: Callable[[], _T], failure: type[Exception]
    ) -> _T:
        """Repeat an operation until it does not have to wait, or the time is up."""
        while True:
            left = _call.get().left(timeout)
            try:
                return operate()
            except ssl.SSLWantWriteError:
                wanted = select.POLLOUT
            except ssl.SSLWantReadError:
                wanted = select.POLLIN
            except BlockingIOError:
                wanted = select.POLLIN if failure is httpcore2.ReadError else select.POLLOUT
            except OSError as error:
                raise failure(_reason(error)) from None
            if not self._is_ready(wanted, left):
                raise httpcore2.ReadTimeout("the request took too long")

    def _is_ready(self, wanted: int, seconds: float) -> bool:
        waiting = select.poll()
        waiting.register(self._socket, wanted)
        return bool(waiting.poll(1000 * seconds))


def _reason(error: OSError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the certificate is not valid: {error.verify_message}"
    return error.strerror or type(error).__name__
