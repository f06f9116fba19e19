"""`callsheet demo`, `serve` and `operate`: run the system on this machine and sign in."""

from __future__ import annotations

import os
import sys
import time
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager

import click
import httpx
from rich.console import Console
from rich.markup import escape

from web.cli.commands.exit_codes import ExitCode, handling_errors
from web.cli.commands.output import Output, json_option
from web.cli.commands.servers import OWN_MACHINE, connected, find, server_option, start_local
from web.cli.local.client import Client, RequestRefused
from web.cli.local.demo import make_video
from web.cli.local.local_system import System
from web.cli.local.logs import Follower, tail
from web.cli.local.process_manager import Process
from web.http.operators import operator_token

DEMO_SIMULATION_SPEED = "0.1"
CHECK_SECONDS = 0.5
_COLOURS = ("cyan", "green", "magenta", "yellow", "blue")


@click.command()
@click.option("--once", is_flag=True, help="Exit after the video.")
def demo(once: bool) -> None:
    """Make one video, then keep serving."""
    console = Console()
    # Shorten simulated stages, which take 90 s by default.
    environ = {"SIMULATION_SPEED": DEMO_SIMULATION_SPEED, **OWN_MACHINE, **os.environ}
    with handling_errors(Output(as_json=False)), start_local(console, environ) as system:
        make_video(system, console)
        if once:
            return
        console.print()
        announce(system, console)
        with _ignoring_interrupt():
            watch(system, console, logs=False)


@click.command()
def serve() -> None:
    """Run every process of the Procfile until Ctrl-C."""
    console = Console()
    with handling_errors(Output(as_json=False)), start_local(console) as system:
        announce(system, console)
        with _ignoring_interrupt():
            watch(system, console, logs=True)


@contextmanager
def _ignoring_interrupt() -> Iterator[None]:
    """Treat Ctrl-C as a normal exit."""
    try:
        yield
    except KeyboardInterrupt:
        return
    sys.exit(ExitCode.FAILED)


@click.command()
@click.option("--open", "opens", is_flag=True, help="Open the link in this machine's browser.")
@server_option
@json_option
def operate(opens: bool, server: str | None, as_json: bool) -> None:
    """Print a one-time link that signs a browser in to the operators' page."""
    output = Output(as_json)
    with handling_errors(output), connected(find(server)) as client:
        link = client.operate_link()
        output.data(link)
        if not as_json:
            click.echo(link["url"])
            minutes = link["seconds"] // 60
            click.echo(f"The link works once, for {minutes} minutes.", err=True)
        if opens:
            webbrowser.open(link["url"])


def announce(system: System, console: Console) -> None:
    """Print the URLs and credentials."""
    console.print(f"Server  [bold]{system.url}[/]", highlight=False)
    password = system.state.directory / "flower-password"
    signed_in = f"  (user callsheet, password in {password})" if password.exists() else ""
    console.print(f"Flower  {system.flower_url}{signed_in}", highlight=False, soft_wrap=True)
    console.print(f"Operate {_operate_link(system)}", highlight=False, soft_wrap=True)
    console.print(f"Logs    {system.state.logs}", highlight=False, soft_wrap=True)
    console.print("Press Ctrl-C to stop.")


def _operate_link(system: System) -> str:
    """Return a one-time sign-in link."""
    with Client(system.url, operator_token(system.settings)) as client:
        try:
            return (
                f"{client.operate_link()['url']}  (works once; run callsheet operate for another)"
            )
        except (RequestRefused, httpx.TransportError):
            return f"{system.url}/operate"


def watch(system: System, console: Console, *, logs: bool) -> None:
    """Print logs and restarts until the process manager ends."""
    follower = Follower(system.state.logs)
    known = {process.name: process for process in system.manager.processes()}
    while system.manager.alive():
        if logs:
            for name, line in follower.new():
                colour = _COLOURS[sum(map(ord, name)) % len(_COLOURS)]
                console.print(f"[{colour}]{name:<10}[/] {escape(line)}", highlight=False)
        for process in system.manager.processes():
            _compare(known.get(process.name), process, console, logs=logs)
            known[process.name] = process
        time.sleep(CHECK_SECONDS)
    console.print("The process manager and all processes have ended.")


def _compare(before: Process | None, now: Process, console: Console, *, logs: bool) -> None:
    """Print each restart of a process once."""
    if before is None or before.pid in {0, now.pid}:
        return
    console.print(f"[yellow]{now.name} ended and is being restarted[/]", highlight=False)
    if not logs:
        for line in tail(now.log, 5):
            console.print(f"  {escape(line)}", highlight=False, style="dim")
