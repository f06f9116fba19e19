"""A threaded WSGI server with bounds: threads in all, and connections of each address.

Werkzeug starts a thread for each connection, before it has said anything. Here a request gets its
thread when its head is complete and its caller has fewer requests under way than its share; all
others are answered `503` with `Retry-After` at once. Behind `TRUSTED_PROXIES` the caller is whom
the proxy names.
"""

from __future__ import annotations

import json
import socket
from typing import Any, Final

from flask import Flask
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from config.settings import Settings
from web.errors import TooManyConnections
from web.gate.addresses import household, origin, parsed, within
from web.gate.heads import Head, Heads
from web.gate.problems import MEDIA_TYPE, document
from web.models.columns import new_id
from web.shares import Shares

RETRY_AFTER_SECONDS: Final = 2
MOST_WAITING: Final = 1024
"""Connections whose head is on its way; the descriptors of a process are limited."""
SPARE_CONNECTIONS: Final = 200
"""Requests under way beside the live connections of `MAX_CLIENTS`."""


class BoundedServer(ThreadedWSGIServer):
    """Otherwise Werkzeug's."""

    def __init__(
        self,
        app: Flask,
        host: str,
        port: int,
        settings: Settings,
        handler: type[WSGIRequestHandler],
    ) -> None:
        super().__init__(host, port, app, handler)
        share = settings.connections_per_address
        self._trusted = settings.trusted_proxies
        self.requests = Shares(settings.max_clients + SPARE_CONNECTIONS, share)
        self._accepted: dict[socket.socket, tuple[bytes, str]] = {}
        self.heads = Heads(self._begin, refusal(), MOST_WAITING, share)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Begin a request, or wait for its head."""
        peer = parsed(str(client_address[0]))
        proxy = within(peer, self._trusted)
        self.heads.add(Head(request, client_address, "" if proxy else household(peer)))

    def _begin(self, head: Head) -> bytes | None:
        """Give a request its thread; the refusal where there is none for it."""
        address = household(origin(_environ(head), self._trusted))
        if not self.requests.take(address):
            return refusal()
        head.connection.setblocking(True)
        self._accepted[head.connection] = (bytes(head.data), address)
        try:
            super().process_request(head.connection, head.peer)
        except RuntimeError:  # the machine has no thread left
            del self._accepted[head.connection]
            self.requests.give_back(address)
            return refusal()
        return None

    def head_of(self, connection: socket.socket) -> bytes:
        """What was read of a connection before its thread began."""
        return self._accepted[connection][0]

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve one request and free its place."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            _, address = self._accepted.pop(request)
            self.requests.give_back(address)

    def server_close(self) -> None:
        """Close the port and what waits; twice is fine."""
        super().server_close()
        if hasattr(self, "heads"):
            self.heads.close()


def refusal() -> bytes:
    """The answer to one connection too many, ready to be sent."""
    request_id = new_id()
    told = document(TooManyConnections()) | {"request_id": request_id}
    body = json.dumps(told).encode()
    lines = (
        "HTTP/1.1 503 Service Unavailable",
        f"Content-Type: {MEDIA_TYPE}",
        f"Content-Length: {len(body)}",
        f"Retry-After: {RETRY_AFTER_SECONDS}",
        f"X-Request-ID: {request_id}",
        "X-Content-Type-Options: nosniff",
        "Cache-Control: no-store",
        "Connection: close",
    )
    return "\r\n".join((*lines, "", "")).encode() + body


def _environ(head: Head) -> dict[str, str]:
    """As much of the WSGI environment as says where a request comes from."""
    lines = bytes(head.data).partition(b"\r\n\r\n")[0].decode("latin-1").split("\n")
    fields = (line.partition(":") for line in lines[1:])
    told = [value.strip() for name, _, value in fields if name.lower() == "x-forwarded-for"]
    environ = {"REMOTE_ADDR": str(head.peer[0])}
    return environ | ({"HTTP_X_FORWARDED_FOR": ",".join(told)} if told else {})
