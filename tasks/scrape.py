"""A door for Prometheus in a process that has no other."""

from __future__ import annotations

import errno
import logging
import socket
from typing import Final

from prometheus_client import CollectorRegistry, start_http_server

log = logging.getLogger(__name__)

LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")
PORTS: Final = 100
"""So many processes on one machine find a port each."""


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


def serve(registry: CollectorRegistry, host: str, first: int) -> str:
    """Answer scrapes on the first free port; where that is, or "" if nobody wants to know."""
    if not first:
        return ""
    for port in range(first, first + PORTS):
        try:
            start_http_server(port, host, registry)
        except OSError as refused:
            if refused.errno != errno.EADDRINUSE:
                log.warning("no figures are served on %s:%s: %s", host, port, refused.strerror)
                return ""
        else:
            return f"{host if host in LOOPBACK else _reached_at()}:{port}"
    log.warning("no figures are served: ports %s and the next %s are in use", first, PORTS)
    return ""
