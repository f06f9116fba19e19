"""The server: streams are taken over from their requests, Socket.IO is served by its library."""

from __future__ import annotations

import json
import logging
import resource
import secrets
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

import gevent
from gevent import pywsgi
from gevent.pool import Pool

from config.settings import Settings
from tasks.domain.errors import CallsheetError
from web.access.ticket import PARAMETER
from web.errors import EventsGone, MethodNotAllowed
from web.http.errors import MEDIA_TYPE, problem_document
from web.http.origins import is_allowed
from web.http.security_headers import security_headers
from web.live import openings
from web.live.streams import Opened, Streams, open_stream

log = logging.getLogger(__name__)

HEAD_SECONDS: Final = 10.0
"""How long a client may take to send the head of its request, and an idle connection lasts."""
MOST_REQUESTS: Final = 4096
"""Requests that are handled at the same time; further ones wait. Open streams do not count."""
BACKLOG: Final = 4096
SOCKET_IO: Final = "/socket.io"
HEALTH: Final = "/healthz"
RETRY_AFTER_SECONDS: Final = 5
_SPARE_DESCRIPTORS: Final = 256


class Handler(pywsgi.WSGIHandler):  # type: ignore[misc]  # gevent has no types for it
    """Handles one request: a stream, the health of the process, or Socket.IO."""

    server: Server
    socket: Any
    _limit: gevent.Timeout | None = None

    def read_requestline(self) -> Any:
        self._limit = gevent.Timeout(HEAD_SECONDS, OSError("the head of the request is too slow"))
        self._limit.start()
        try:
            line = super().read_requestline()
        except BaseException:
            self._limit.close()
            raise
        if not line:
            self._limit.close()
        return line

    def get_environ(self) -> dict[str, Any]:
        """Return the request, whose head is complete."""
        if self._limit is not None:
            self._limit.close()
        environ: dict[str, Any] = super().get_environ()
        return environ

    def handle_one_response(self) -> None:
        environ = self.environ
        path = environ["PATH_INFO"]
        at = path.find(SOCKET_IO)
        if at >= 0 and path[at + len(SOCKET_IO) :] in ("", "/"):
            environ["PATH_INFO"] = path[at:]  # without the prefix of a proxy
            if "sid=" not in environ["QUERY_STRING"] and not self._may_shake_hands():
                return
            super().handle_one_response()
            if environ.get("HTTP_UPGRADE"):  # what follows is not another request
                self.close_connection = True
            return
        self.close_connection = True
        try:
            opened = self._opened(path)
        except CallsheetError as error:
            self._refuse(error)
        except Exception:  # a request that fails must not end the process
            log.exception("request failed")
            self._refuse(CallsheetError())
        else:
            if opened is not None:
                self._hand_over(opened)

    def _may_shake_hands(self) -> bool:
        """Count the handshake of a Socket.IO client, and refuse it if there are too many."""
        try:
            self.server.streams.admit(self.environ)
        except CallsheetError as error:
            self.close_connection = True
            self._refuse(error)
            return False
        return True

    def _opened(self, path: str) -> Opened | None:
        environ = self.environ
        if environ["REQUEST_METHOD"] != "GET":
            raise MethodNotAllowed(headers={"Allow": "GET"})
        if path.endswith(HEALTH):
            self._answer(HTTPStatus.OK, json.dumps(self.server.health()))
            return None
        address = openings.parse(path, environ["QUERY_STRING"])
        try:
            opened = open_stream(self.server.streams, address, environ)
        except EventsGone:
            elsewhere = self.server.main_address(address.path, environ["QUERY_STRING"])
            if elsewhere is None or address.job_id is None or PARAMETER in address.query:
                raise
            self._answer(HTTPStatus.TEMPORARY_REDIRECT, "", more={"Location": elsewhere})
            return None
        if opened is None:
            self._answer(HTTPStatus.NO_CONTENT, "")
        return opened

    def _hand_over(self, opened: Opened) -> None:
        """Send the head of the response and leave the connection to the stream."""
        head = opened.head + b"".join(
            f"{name}: {value}\r\n".encode() for name, value in self._shared_headers().items()
        )
        try:
            self.socket.sendall(head + b"\r\n")
            descriptor = self.socket.detach()
        except OSError:
            opened.cancel()
            return
        self.socket = None
        opened.take_over(descriptor)

    def _shared_headers(self) -> dict[str, str]:
        settings, origin = self.server.streams.settings, self.environ.get("HTTP_ORIGIN", "")
        headers = security_headers(self.environ, settings)
        headers["Vary"] = "Origin"
        if is_allowed(origin, self.environ, settings):
            headers["Access-Control-Allow-Origin"] = origin
            headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        return headers

    def _refuse(self, error: CallsheetError) -> None:
        more = dict(error.details.get("headers", {}))
        if error.retryable or error.status == HTTPStatus.SERVICE_UNAVAILABLE:
            more.setdefault("Retry-After", str(RETRY_AFTER_SECONDS))
        more["X-Request-ID"] = secrets.token_hex(8)
        document = problem_document(error) | {"request_id": more["X-Request-ID"]}
        self._answer(error.status, json.dumps(document), MEDIA_TYPE, more)

    def _answer(
        self,
        status: int,
        body: str,
        kind: str = "application/json",
        more: Mapping[str, str] | None = None,
    ) -> None:
        data = body.encode()
        headers = {
            "Content-Type": kind,
            "Content-Length": str(len(data)),
            "Cache-Control": "no-store",
            "Connection": "close",
            **self._shared_headers(),
            **(more or {}),
        }
        lines = [f"HTTP/1.1 {int(status)} {HTTPStatus(status).phrase}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        try:
            self.socket.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + data)
        except OSError:
            log.debug("the client has left")

    def log_request(self) -> None:
        """Log nothing: addresses have tickets and signatures."""


class Server(pywsgi.WSGIServer):  # type: ignore[misc]  # gevent has no types for it
    """Serves streams and one WSGI application, that of Socket.IO."""

    def __init__(self, address: tuple[str, int], application: Any, streams: Streams) -> None:
        self.streams = streams
        super().__init__(
            address,
            application,
            backlog=BACKLOG,
            # Socket.IO keeps the requests of its WebSockets.
            spawn=Pool(MOST_REQUESTS + streams.settings.live.max_clients),
            log=None,
            error_log=None,  # of clients that send no HTTP
            handler_class=Handler,
        )

    def health(self) -> dict[str, Any]:
        """Report whether events arrive, and how many streams are open."""
        hub = self.streams.hub
        return {
            "status": "ok" if hub.alive else "failed",
            "streams": len(self.streams.open_ones),
            "subscriptions": hub.listeners,
            "most_clients": self.streams.settings.live.max_clients,
        }

    def main_address(self, path: str, query: str) -> str | None:
        """Return the address of a stream at the API, if it is known."""
        settings: Settings = self.streams.settings
        base = settings.public_url.rstrip("/")
        if not base and not settings.live.base.startswith("/"):
            return None
        return f"{base}{path}?{query}"


def allow_descriptors(clients: int) -> int:
    """Raise the limit of file descriptors to the most allowed; return how many clients fit."""
    wanted = clients + _SPARE_DESCRIPTORS
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    limit = wanted if most == resource.RLIM_INFINITY else min(wanted, most)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, most))
    return limit - _SPARE_DESCRIPTORS
