"""Serve Prometheus metrics in a process without a web server, guarded by the metrics token."""

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

from prometheus_client import CollectorRegistry, Gauge, make_wsgi_app
from prometheus_client.gc_collector import GCCollector
from prometheus_client.process_collector import ProcessCollector

from config.secret_files import METRICS_TOKEN, ensure_secret
from config.settings import Settings
from config.version import VERSION

log = logging.getLogger(__name__)

LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")
PORTS: Final = 100
"""Ports to try: how many processes of one machine can serve metrics."""
REQUEST_SECONDS: Final = 10.0

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def metrics_token(settings: Settings) -> str:
    """Return the token of the settings, or else of the state directory."""
    return settings.monitoring.metrics_token or ensure_secret(settings.state, METRICS_TOKEN)


def process_registry() -> CollectorRegistry:
    """Create the registry of a process with what each reports of itself."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    GCCollector(registry=registry)
    add_build_info(registry)
    return registry


def add_build_info(registry: CollectorRegistry) -> None:
    """Report the version of this process, so that a rollout can be followed."""
    info = Gauge(
        "callsheet_build_info", "The version, as a label.", ("version",), registry=registry
    )
    info.labels(VERSION).set(1)


def has_token(header: str, token: str) -> bool:
    """Return whether an `Authorization` header has this bearer token."""
    scheme, _, given = header.partition(" ")
    right = hmac.compare_digest(given.strip().encode(errors="replace"), token.encode())
    return scheme.lower() == "bearer" and right


def serve(registry: CollectorRegistry, settings: Settings) -> str:
    """Serve metrics on the first free port; return the address, or "" if metrics are off."""
    first, host = settings.monitoring.metrics_port, settings.monitoring.metrics_host
    if not first:
        return ""
    application = _guarded(make_wsgi_app(registry), metrics_token(settings))
    for port in range(first, first + PORTS):
        try:
            _start(application, host, port)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                place = {"host": host, "port": port}
                log.warning("metrics not served", extra={**place, "error": error.strerror})
                return ""
        else:
            return f"{host if host in LOOPBACK else _reached_at()}:{port}"
    log.warning("metrics not served: all ports are in use", extra={"port": first, "ports": PORTS})
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
        """Do not log each request."""


def _start(application: Application, host: str, port: int) -> None:
    kind = _Server6 if ":" in host else _Server
    server = make_server(host, port, application, server_class=kind, handler_class=_Handler)
    threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()


def _reached_at() -> str:
    """Return the address of this machine for others: they cannot resolve a container's name.

    If the host name resolves to loopback (Debian's /etc/hosts), return the host name.
    """
    name = socket.gethostname()
    try:
        address = socket.gethostbyname(name)
    except OSError:
        return name
    return name if address.startswith("127.") else address
