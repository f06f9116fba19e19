"""Limits for Engine.IO: handshakes are rate-limited, idle clients are closed.

Flask does not see these requests. A handshake uses memory before its client has identified
itself, so handshakes are limited by address, in number and rate. A client that does not connect
within seconds, or subscribe within `JOIN_SECONDS`, is closed. One thread sends the pings of all
clients, where Engine.IO would start a thread for each.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final, Protocol
from urllib.parse import parse_qs
from wsgiref.types import StartResponse

import engineio
from engineio.packet import PING, Packet
from engineio.socket import Socket

from config.settings import Settings
from tasks.domain.errors import CallsheetError
from web.errors import TooManyConnections, TooManyRequests
from web.http.addresses import client_address, rate_limit_key
from web.http.errors import MEDIA_TYPE, problem_document
from web.http.security_headers import security_headers
from web.shares import Once, Shares

log = logging.getLogger(__name__)

PATH: Final = "/socket.io"
CONNECT_SECONDS: Final = 10.0
"""The time allowed between handshake and connection."""
SPARE: Final = 4
"""Handshakes allowed beyond the connection limit, so that Socket.IO can send a refusal."""
RETRY_AFTER_SECONDS: Final = 5
_TURN_SECONDS: Final = 0.5
_PLACE: Final = "callsheet.place"

App = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]


class HandshakeRates(Protocol):
    """Counts the requests of each address."""

    def refuse_for(self, environ: dict[str, Any], kind: str) -> int | None: ...


@dataclass(slots=True)
class Place:
    """The resources of one Engine.IO client."""

    release: Once
    began: float = field(default_factory=time.monotonic)
    kept: bool = False

    @property
    def age(self) -> float:
        return time.monotonic() - self.began


class Engine:
    """WSGI middleware around the Socket.IO application."""

    def __init__(
        self,
        app: App,
        server: engineio.Server,
        settings: Settings,
        rates: HandshakeRates | None,
        step_of: Callable[[str], str],
    ) -> None:
        """Watch clients; `step_of` maps an Engine.IO id to `new`, `connected` or `subscribed`."""
        self._app = app
        self._server = server
        self._settings = settings
        self._trusted = settings.trusted_proxies
        self._join_seconds = settings.join_seconds
        self._rates = rates
        self._step_of = step_of
        share = settings.clients_per_address
        self.places = Shares(settings.max_clients + SPARE, share + SPARE if share else 0)
        self._held: dict[str, Place] = {}
        self._pings: deque[tuple[float, Socket]] = deque()
        self._start_thread = server.start_background_task
        server.start_background_task = self._start
        self._wrap_handlers()

    def __call__(self, environ: dict[str, Any], start: StartResponse) -> Iterable[bytes]:
        """Handle Engine.IO requests; pass others on."""
        path = environ.get("PATH_INFO", "")
        if not (path == PATH or path.startswith(f"{PATH}/")) or (
            environ.get("REQUEST_METHOD") == "OPTIONS"
        ):
            return self._app(environ, start)
        start = self._secured(environ, start)
        handshake = "sid" not in parse_qs(environ.get("QUERY_STRING", ""))
        seconds = self._rates and self._rates.refuse_for(environ, "live" if handshake else "poll")
        if seconds:
            return _refused(TooManyRequests(), seconds, start)
        return self._shake_hands(environ, start) if handshake else self._app(environ, start)

    def _secured(self, environ: dict[str, Any], start: StartResponse) -> StartResponse:
        """Add to the answer the headers that Flask adds to all others."""
        wanted = {**security_headers(environ, self._settings), "Cache-Control": "no-store"}

        def start_secured(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            present = {name.lower() for name, _ in headers}
            missing = [(k, v) for k, v in wanted.items() if k.lower() not in present]
            return start(status, [*headers, *missing], *more)

        return start_secured

    def watch(self, stopped: Callable[[float], bool]) -> None:
        """Send pings and close idle clients until `stopped(seconds)` is true."""
        self._thread = threading.Thread(
            target=self._run, args=(stopped,), name="engine", daemon=True
        )
        self._thread.start()

    def join(self) -> None:
        """Wait for the threads to end, after what they watch has stopped."""
        self._thread.join()

    def _shake_hands(self, environ: dict[str, Any], start: StartResponse) -> Iterable[bytes]:
        address = rate_limit_key(client_address(environ, self._trusted))
        if not self.places.take(address):
            return _refused(TooManyConnections(), RETRY_AFTER_SECONDS, start)
        place = environ[_PLACE] = Place(Once(lambda: self.places.give_back(address)))
        try:
            return self._app(environ, start)
        finally:
            if not place.kept:
                place.release()

    def _wrap_handlers(self) -> None:
        connect = self._server.handlers["connect"]
        disconnect = self._server.handlers["disconnect"]

        def connected(sid: str, environ: dict[str, Any]) -> Any:
            place: Place = environ[_PLACE]
            place.kept = True
            self._held[sid] = place
            return connect(sid, environ)

        def disconnected(sid: str, reason: Any = None) -> None:
            try:
                disconnect(sid, reason)
            finally:
                self._let_go(sid)

        self._server.on("connect", connected)
        self._server.on("disconnect", disconnected)

    def _start(self, target: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Start a thread, except for pings, which share one."""
        if getattr(target, "__func__", None) is Socket._send_ping:
            due = time.monotonic() + self._server.ping_interval
            self._pings.append((due, target.__self__))  # type: ignore[attr-defined]
            return None
        return self._start_thread(target, *args, **kwargs)

    def _run(self, stopped: Callable[[float], bool]) -> None:
        while not stopped(_TURN_SECONDS):
            try:
                self._send_pings()
                self._end_idle_ones()
            except Exception:  # one client's failure must not affect the others
                log.exception("Engine.IO clients could not be served")
        self._server.shutdown()  # its own thread, which started with the first client

    def _send_pings(self) -> None:
        moment = time.monotonic()
        while self._pings and self._pings[0][0] <= moment:
            _, client = self._pings.popleft()
            if not client.closing and not client.closed:
                client.last_ping = time.time()
                client.send(Packet(PING))

    def _end_idle_ones(self) -> None:
        for sid, place in list(self._held.items()):
            client = self._server.sockets.get(sid)
            if place.age > CONNECT_SECONDS and (client is None or client.closed):
                self._let_go(sid)
            elif client is not None and self._is_idle(sid, place.age):
                cut_off(self._server, sid)

    def _is_idle(self, sid: str, age: float) -> bool:
        step = self._step_of(sid)
        if step == "new":
            return age > CONNECT_SECONDS
        return step == "connected" and bool(self._join_seconds) and age > self._join_seconds

    def _let_go(self, sid: str) -> None:
        place = self._held.pop(sid, None)
        if place is not None:
            place.release()


def cut_off(server: engineio.Server, sid: str) -> None:
    """Close the connection of a client.

    Without a close packet, it assumes that the connection is broken and connects again.
    """
    client = server.sockets.get(sid)
    if client is not None:
        client.close(wait=False, abort=True)
        server.sockets.pop(sid, None)


def _refused(error: CallsheetError, seconds: int, start: StartResponse) -> Iterable[bytes]:
    body = json.dumps(problem_document(error)).encode()
    headers = [
        ("Content-Type", MEDIA_TYPE),
        ("Content-Length", str(len(body))),
        ("Retry-After", str(seconds)),
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
    ]
    start(f"{error.status} {HTTPStatus(error.status).phrase}", headers)
    return [body]
