"""`callsheet demo` and `callsheet serve`: the whole system on this machine."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click
from rich.console import Console

from web.cli.commands.exit_codes import ExitCode, handling_errors
from web.cli.commands.output import Output
from web.cli.commands.servers import OWN_MACHINE, start_local
from web.cli.local.demo import make_video
from web.cli.local.serve_loop import announce, watch

DEMO_SIMULATION_SPEED = "0.1"


@click.command()
@click.option("--once", is_flag=True, help="End after the video.")
def demo(once: bool) -> None:
    """Make one video from start to end, then serve."""
    console = Console()
    # Where a stage has no engine but the simulated one, nobody wants to watch it for 90 s.
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
    """Serving has no other end than Ctrl-C."""
    try:
        yield
    except KeyboardInterrupt:
        return
    sys.exit(ExitCode.FAILED)
