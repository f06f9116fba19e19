"""Which server a command speaks to: the named one, the one that runs here, or one started for it.

`--server` or `CALLSHEET_SERVER` names one. Without, a system that runs on our own state
directory (`make serve`) is found by the address it left there.
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
    """Where it is, and the name under which its sessions are remembered."""

    url: str
    name: str


def server_option(command: F) -> F:
    """`--server`, the same for every command that has it."""
    return click.option(
        "--server",
        metavar="URL",
        envvar="CALLSHEET_SERVER",
        help="The server to speak to; by default the one that runs on this machine.",
    )(command)


def find(given: str | None) -> Server:
    """The server of a command that cannot start one."""
    return _known(given) or _usual()


@contextmanager
def find_or_start(given: str | None, console: Console) -> Iterator[Server]:
    """The same, but where there is none, one on embedded parts for as long as the block lasts."""
    known = _known(given)
    if known is not None:
        yield known
        return
    with start_local(console, {**OWN_MACHINE, **os.environ}) as system:
        yield Server(system.url, LOCAL)


OWN_MACHINE = {"EMPTY_SESSIONS_PER_ADDRESS": "0", "REQUESTS_A_MINUTE": "600"}
"""One person at their own machine: each run is a session, and no stranger is to be held off."""


@contextmanager
def start_local(console: Console, environ: Mapping[str, str] = os.environ) -> Iterator[System]:
    """Every process of the Procfile, for as long as the block lasts."""
    began = time.monotonic()
    console.print("Starting Callsheet ...")
    with running_system(environ, console.print) as system:
        console.print(f"Ready in {time.monotonic() - began:.1f} s at [bold]{system.url}[/]\n")
        yield system
        console.print("Ending every process ...")


@contextmanager
def connected(server: Server, sessions: Sequence[str] = ()) -> Iterator[Client]:
    """A client of a server that answers; `sessions` are the keys that it may try."""
    with Client(server.url, sessions=sessions) as client:
        try:
            client.alive()
        except (httpx.TransportError, httpx.InvalidURL, httpx.UnsupportedProtocol):
            raise Unreachable(
                f"No server answers at {server.url}; start one with `callsheet serve`, "
                "or name one with --server."
            ) from None
        yield client


def _known(given: str | None) -> Server | None:
    if given:
        url = given.rstrip("/")
        return Server(url if "://" in url else f"http://{url}", url)
    return find_running()


def find_running() -> Server | None:
    """The one on our own state directory. One that was killed left its address, and no answer."""
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
