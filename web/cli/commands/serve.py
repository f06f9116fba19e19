"""`callsheet demo`, `serve` and `operate`: run the system on this machine and sign in."""

from __future__ import annotations

import os
import sys
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager

import click
from rich.console import Console

from web.cli.commands.exit_codes import ExitCode, handling_errors
from web.cli.commands.output import Output, json_option
from web.cli.commands.servers import OWN_MACHINE, connected, find, server_option, start_local
from web.cli.local.demo import make_video
from web.cli.local.serve_loop import announce, watch

DEMO_SIMULATION_SPEED = "0.1"


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
