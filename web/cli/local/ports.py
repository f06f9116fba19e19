"""Choose the server's port: the configured one if free, else another."""

from __future__ import annotations

import socket
from dataclasses import dataclass


class PortTaken(Exception):
    """The explicitly configured port is in use."""


@dataclass(frozen=True, slots=True)
class Port:
    """A port to listen on, and a note about the choice for the user."""

    number: int
    note: str = ""


def choose(host: str, preferred: int, variable: str, *, explicit: bool) -> Port:
    """Return the configured port, or a free one if it was not set explicitly."""
    if is_free(host, preferred):
        return Port(preferred)
    if explicit:
        raise PortTaken(
            f"Port {preferred} on {host} is in use. Set {variable} to a free port, or unset it."
        )
    other = find_free_port(host)
    return Port(
        other, f"Port {preferred} is in use, so {other} is taken; {variable} chooses another."
    )


def is_free(host: str, port: int) -> bool:
    """Return whether a server can listen on the port."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # As servers do, so that a port with recently closed connections counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def find_free_port(host: str = "127.0.0.1") -> int:
    """Return a free port."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.bind((host, 0))
        number: int = probe.getsockname()[1]
        return number
