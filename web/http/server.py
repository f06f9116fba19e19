"""A threaded WSGI server that limits threads in total and requests of each address.

Werkzeug starts a thread for each connection before it has sent anything. Here a request gets a
thread when its head is complete and its caller has fewer requests in progress than its share;
others receive `503` with `Retry-After` at once. Behind `TRUSTED_PROXIES`, the proxy names the
caller.
"""

from __future__ import annotations

import json
import socket
import threading
from collections import Counter, defaultdict, deque
from dataclasses import dataclass
from typing import Any, Final

from flask import Flask
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from config.settings import Settings
from web.db.columns import new_id
from web.errors import TooManyConnections
from web.http import versions
from web.http.addresses import client_address, parsed, rate_limit_key, within
from web.http.errors import MEDIA_TYPE, problem_document
from web.http.heads import Head, Heads
from web.shares import Shares

RETRY_AFTER_SECONDS: Final = 2
MOST_WAITING: Final = 1024
"""Connections whose head is incomplete; a process has a limited number of descriptors."""
CONCURRENT_REQUESTS: Final = 16
"""Short requests of one address that are served at the same time; further ones wait."""
SPARE_CONNECTIONS: Final = 200
"""Requests in progress beside the live connections of `MAX_CLIENTS`."""


class BoundedServer(ThreadedWSGIServer):
    """Werkzeug's threaded server with limits."""

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
        self._accepted: dict[socket.socket, Accepted] = {}
        self._turns = Turns(CONCURRENT_REQUESTS if share else 0)
        self.heads = Heads(self._begin, refusal(), MOST_WAITING, share)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Start a request, or wait for its head."""
        peer = parsed(str(client_address[0]))
        proxy = within(peer, self._trusted)
        self.heads.add(Head(request, client_address, "" if proxy else rate_limit_key(peer)))

    def _begin(self, head: Head) -> bytes | None:
        """Start a request in a thread, or return the response that refuses it."""
        address = rate_limit_key(client_address(_environ(head), self._trusted))
        if not self.requests.take(address):
            return refusal()
        accepted = Accepted(head, address, is_long(head))
        if accepted.long or self._turns.take(accepted):
            return self._start(accepted)
        return None

    def _start(self, accepted: Accepted) -> bytes | None:
        connection = accepted.head.connection
        connection.setblocking(True)
        self._accepted[connection] = accepted
        try:
            super().process_request(connection, accepted.head.peer)
        except RuntimeError:  # the machine cannot start another thread
            self._end(self._accepted.pop(connection))
            return refusal()
        return None

    def _end(self, accepted: Accepted) -> None:
        """Free the slot of a request and start the next waiting request of the same address."""
        self.requests.give_back(accepted.address)
        waiting = None if accepted.long else self._turns.pass_on(accepted.address)
        if waiting is not None and self._start(waiting) is not None:
            waiting.head.connection.close()

    def head_of(self, connection: socket.socket) -> bytes:
        """Return what was read of a connection before its thread started."""
        return bytes(self._accepted[connection].head.data)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve one request and free its slot."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._end(self._accepted.pop(request))

    def server_close(self) -> None:
        """Close the port and all waiting connections; closing twice does no harm."""
        super().server_close()
        if hasattr(self, "heads"):
            self.heads.close()
            self._turns.close()


@dataclass(eq=False, frozen=True, slots=True)
class Accepted:
    """A request that will be served, now or when its address has a free slot."""

    head: Head
    address: str
    long: bool
    """Whether it mostly waits, so that it needs little processor time."""


class Turns:
    """Limits how many short requests of one address are served at the same time; others queue.

    Computing threads share the interpreter, so sixty requests of one caller would make everyone
    else wait for sixty turns after each of their own waits.
    """

    def __init__(self, most: int) -> None:
        """Limit the requests of each address at a time to `most`; 0 means no limit."""
        self._most = most
        self._working: Counter[str] = Counter()
        self._waiting: defaultdict[str, deque[Accepted]] = defaultdict(deque)
        self._lock = threading.Lock()

    def take(self, accepted: Accepted) -> bool:
        """Return whether a request may start; otherwise queue it until `pass_on` returns it."""
        with self._lock:
            if self._most and self._working[accepted.address] >= self._most:
                self._waiting[accepted.address].append(accepted)
                return False
            self._working[accepted.address] += 1
            return True

    def pass_on(self, address: str) -> Accepted | None:
        """Record the end of a request and return the next waiting one of its address, if any."""
        with self._lock:
            if self._waiting.get(address):
                return self._waiting[address].popleft()
            self._waiting.pop(address, None)
            self._working[address] -= 1
            if not self._working[address]:
                del self._working[address]
            return None

    def close(self) -> None:
        """Close the waiting connections."""
        with self._lock:
            for waiting in self._waiting.values():
                for accepted in waiting:
                    accepted.head.connection.close()
            self._waiting.clear()


def is_long(head: Head) -> bool:
    """Return whether a request mostly waits: live progress, or `Prefer: wait`."""
    line, _, fields = bytes(head.data).partition(b"\n")
    path = line.split(b" ")[1].partition(b"?")[0] if line.count(b" ") >= 2 else b""
    path = path.removeprefix(versions.PREFIX.encode())
    live = path.startswith((b"/socket.io", b"/progress/")) or path.endswith(b"/events")
    return live or b"\nprefer:" in b"\n" + fields.lower()


def refusal() -> bytes:
    """Return the complete response to a connection beyond the limits."""
    request_id = new_id()
    document = problem_document(TooManyConnections()) | {"request_id": request_id}
    body = json.dumps(document).encode()
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
    """Return the part of the WSGI environment that determines the caller's address."""
    lines = bytes(head.data).partition(b"\r\n\r\n")[0].decode("latin-1").split("\n")
    fields = (line.partition(":") for line in lines[1:])
    forwarded = [value.strip() for name, _, value in fields if name.lower() == "x-forwarded-for"]
    environ = {"REMOTE_ADDR": str(head.peer[0])}
    return environ | ({"HTTP_X_FORWARDED_FOR": ",".join(forwarded)} if forwarded else {})
