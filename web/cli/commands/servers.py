"""Find the server for a command: a given one, the one running here, or a temporary one.

`--server` or `CALLSHEET_SERVER` gives its address. Without them, a system that runs on this state
directory (`make serve`) is found by the address it has written there.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import click
import httpx
from rich.console import Console

from config.settings import read
from web.cli.commands.exit_codes import Unreachable
from web.cli.local.client import Client
from web.cli.local.local_system import System, running_system
from web.state_directory import StateDirectory

F = TypeVar("F", bound=Callable[..., Any])

LOCAL = "local"


@dataclass(frozen=True, slots=True)
class Server:
    """A server's address, and the name under which its sessions are remembered."""

    url: str
    name: str


def server_option(command: F) -> F:
    """Add the shared option `--server`."""
    return click.option(
        "--server",
        metavar="URL",
        envvar="CALLSHEET_SERVER",
        help="URL of the server; default: the one running on this machine.",
    )(command)


def find(given: str | None) -> Server:
    """Find a running server."""
    return _known(given) or _usual()


@contextmanager
def find_or_start(given: str | None, console: Console) -> Iterator[Server]:
    """Find a running server, or start a temporary one for the duration of the block."""
    known = _known(given)
    if known is not None:
        yield known
        return
    with start_local(console, {**OWN_MACHINE, **os.environ}) as system:
        yield Server(system.url, LOCAL)


OWN_MACHINE = {"EMPTY_SESSIONS_PER_ADDRESS": "0", "REQUESTS_A_MINUTE": "600"}
"""Relax the limits for a temporary server with one local user."""


@contextmanager
def start_local(console: Console, environ: Mapping[str, str] = os.environ) -> Iterator[System]:
    """Run every process of the Procfile for the duration of the block."""
    began = time.monotonic()
    console.print("Starting Callsheet ...")
    with running_system(environ, console.print) as system:
        console.print(f"Ready in {time.monotonic() - began:.1f} s at [bold]{system.url}[/]\n")
        yield system
        console.print("Stopping ...")


@contextmanager
def connected(server: Server, sessions: Sequence[str] = ()) -> Iterator[Client]:
    """Connect to a server; `sessions` are the session ids that the client may try."""
    with Client(server.url, sessions=sessions) as client:
        try:
            client.alive()
        except (httpx.TransportError, httpx.InvalidURL, httpx.UnsupportedProtocol):
            raise Unreachable(
                f"No server answers at {server.url}. Start one with `callsheet serve`, "
                "or name one with --server."
            ) from None
        yield client


def _known(given: str | None) -> Server | None:
    if given:
        url = given.rstrip("/")
        return Server(url if "://" in url else f"http://{url}", url)
    return find_running()


def find_running() -> Server | None:
    """Find the server on this state directory; a killed one leaves an address but no answer."""
    address = StateDirectory.find(os.environ).address
    if not address.exists():
        return None
    here = Server(address.read_text().strip(), LOCAL)
    try:
        answers = httpx.get(f"{here.url}/livez", timeout=5.0).is_success
    except httpx.TransportError:
        return None
    return here if answers else None


def _usual() -> Server:
    settings = read(os.environ)
    return Server(f"http://127.0.0.1:{settings.port}", LOCAL)
