"""`callsheet`: the command line."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import FrameType

import click
from rich.console import Console

from config.settings import ConfigurationError
from web.system.demo import DemoFailed, make_video
from web.system.embedded_redis import NoRedis
from web.system.leash import end_with_parent
from web.system.manager import AlreadyRunning, ManagerFailed
from web.system.ports import PortTaken
from web.system.running import NotStarted, System, running
from web.system.watching import announce, watch

INTERRUPTED = 130
DEMO_SIMULATION_SPEED = "0.1"

_SAID = (
    AlreadyRunning,
    ConfigurationError,
    DemoFailed,
    ManagerFailed,
    NoRedis,
    NotStarted,
    PortTaken,
)
"""What a person can act on: its text is printed, without a traceback."""


@click.group()
def main() -> None:
    """Callsheet: a face, a voice and a script become a talking video."""


@main.command()
@click.option("--once", is_flag=True, help="End after the video.")
def demo(once: bool) -> None:
    """Make one video from start to end, then serve."""
    console = Console()
    # Where a stage has no engine but the simulated one, nobody wants to watch it for 90 s.
    environ = {"SIMULATION_SPEED": DEMO_SIMULATION_SPEED, **os.environ}
    with _ending_well(), _system(console, environ) as system:
        make_video(system, console)
        if once:
            return
        console.print()
        announce(system, console)
        with _interrupted_is_fine():
            watch(system, console, logs=False)


@main.command()
def serve() -> None:
    """Run every process of the Procfile until Ctrl-C."""
    console = Console()
    with _ending_well(), _system(console, os.environ) as system:
        announce(system, console)
        with _interrupted_is_fine():
            watch(system, console, logs=True)


@contextmanager
def _system(console: Console, environ: Mapping[str, str]) -> Iterator[System]:
    began = time.monotonic()
    console.print("Starting Callsheet ...")
    with running(environ, console.print) as system:
        console.print(f"Ready in {time.monotonic() - began:.1f} s at [bold]{system.url}[/]\n")
        yield system
        console.print("Ending every process ...")


@contextmanager
def _interrupted_is_fine() -> Iterator[None]:
    """Serving has no other end than Ctrl-C."""
    try:
        yield
    except KeyboardInterrupt:
        return
    sys.exit(1)


@contextmanager
def _ending_well() -> Iterator[None]:
    """However it ends, nobody sees a traceback for what is not a fault of ours."""
    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGHUP, _interrupt)
    if "MAKELEVEL" in os.environ:
        end_with_parent()  # a `make` that is killed takes us along
    try:
        yield
    except _SAID as known:
        click.echo(str(known), err=True)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
