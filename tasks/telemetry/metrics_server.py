"""A door for Prometheus in a process that has no other, for whoever has the metrics token."""

from __future__ import annotations

import errno
import hmac
import logging
import socket
import threading
from collections.abc import Callable, Iterable
from socketserver import ThreadingMixIn
from typing import Any, Final
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import CollectorRegistry, make_wsgi_app

from config.secret_files import METRICS_TOKEN, kept
from config.settings import Settings

log = logging.getLogger(__name__)

LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")
PORTS: Final = 100
"""So many processes on one machine find a port each."""
REQUEST_SECONDS: Final = 10.0

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def metrics_token(settings: Settings) -> str:
    """The setting, or the token that is kept in the state directory."""
    return settings.metrics_token or kept(settings.state, METRICS_TOKEN)


def has_token(header: str, token: str) -> bool:
    """Whether an `Authorization` header shows this bearer token."""
    scheme, _, given = header.partition(" ")
    right = hmac.compare_digest(given.strip().encode(errors="replace"), token.encode())
    return scheme.lower() == "bearer" and right


def serve(registry: CollectorRegistry, settings: Settings) -> str:
    """Answer scrapes on the first free port; where that is, or "" if nobody wants to know."""
    first, host = settings.metrics_port, settings.metrics_host
    if not first:
        return ""
    application = _guarded(make_wsgi_app(registry), metrics_token(settings))
    for port in range(first, first + PORTS):
        try:
            _start(application, host, port)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                log.warning("no figures are served on %s:%s: %s", host, port, error.strerror)
                return ""
        else:
            return f"{host if host in LOOPBACK else _reached_at()}:{port}"
    log.warning("no figures are served: ports %s and the next %s are in use", first, PORTS)
    return ""


def _guarded(application: Application, token: str) -> Application:
    def answer(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        if has_token(environ.get("HTTP_AUTHORIZATION", ""), token):
            return application(environ, start)
        start("401 Unauthorized", [("WWW-Authenticate", "Bearer"), ("Content-Length", "0")])
        return [b""]

    return answer


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    address_family = socket.AF_INET


class _Server6(_Server):
    address_family = socket.AF_INET6


class _Handler(WSGIRequestHandler):
    timeout = REQUEST_SECONDS

    def log_message(self, *_: Any) -> None:
        """Say nothing of each scrape."""


def _start(application: Application, host: str, port: int) -> None:
    kind = _Server6 if ":" in host else _Server
    server = make_server(host, port, application, server_class=kind, handler_class=_Handler)
    threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()


def _reached_at() -> str:
    """Where others find this machine: a container's own name is known to nobody but itself.

    On a machine whose name means loopback to itself (Debian's /etc/hosts), its name, which
    others know.
    """
    name = socket.gethostname()
    try:
        address = socket.gethostbyname(name)
    except OSError:
        return name
    return name if address.startswith("127.") else address
