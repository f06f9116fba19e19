"""`callsheet autoscale`: scale workers with the load, on this host or by a command."""

from __future__ import annotations

import os
import shlex
import sys
import time
from collections.abc import Callable

import click
import httpx

from config import interpreters
from config.environments import ENVIRONMENTS
from config.installation import VENVS
from config.values import is_set
from web.cli.autoscale.scaling_loop import CommandScaling, PoolScaling, ScalingLoop
from web.cli.autoscale.worker_pool import PLACEHOLDER, CommandFailed, WorkerPool
from web.cli.commands.exit_codes import handling_errors
from web.cli.commands.output import Output
from web.cli.commands.servers import connected, find, server_option
from web.cli.local.client import RequestRefused
from web.jobs.scaling_policy import ScalingPolicy
from web.state_directory import StateDirectory

TURN_SECONDS = 2.0


@click.command()
@click.argument("environment", type=click.Choice(sorted(ENVIRONMENTS)), default="lite")
@click.option(
    "--min", "least", type=click.IntRange(0), default=1, help="Minimum number of workers (1)."
)
@click.option(
    "--max", "most", type=click.IntRange(1), default=4, help="Maximum number of workers (4)."
)
@click.option(
    "--command",
    help="Starts one worker and runs as long as the worker (default: on this host). With "
    "{count} in it, it is run with the number of workers whenever that changes.",
)
@click.option(
    "--cooldown",
    type=click.FloatRange(0),
    default=60.0,
    help="Seconds of lower load before scaling down (60).",
)
@server_option
def autoscale(
    *,
    environment: str,
    least: int,
    most: int,
    command: str | None,
    cooldown: float,
    server: str | None,
) -> None:
    """Scale the workers of ENVIRONMENT with its waiting and running work."""
    if least > most:
        raise click.UsageError("--min is greater than --max.")
    started_by = command or _one_on_this_host(environment)
    _refuse_unreadable(started_by)
    policy = ScalingPolicy(least, most, cooldown)
    output = Output(as_json=False)
    report = _reporter(environment)
    with handling_errors(output), connected(find(server)) as client:
        scaling: ScalingLoop
        if PLACEHOLDER in started_by:
            scaling = CommandScaling(client, environment, policy, started_by, report)
        else:
            scaling = PoolScaling(
                client, environment, policy, WorkerPool(started_by, client, report), report
            )
        try:
            _scale(scaling, environment)
        finally:
            scaling.close()


def _refuse_unreadable(command: str) -> None:
    try:
        shlex.split(command)
    except ValueError as error:
        raise click.UsageError(f"--command: {error}.") from None


def _one_on_this_host(environment: str) -> str:
    """Return the command that `make serve` would start, with its Redis if none is set."""
    if not is_set("REDIS_URL", os.environ):
        os.environ["REDIS_URL"] = StateDirectory.find(os.environ).redis_url
    own = interpreters.chosen_interpreter(environment, os.environ, VENVS)
    return f"{own.python if own else sys.executable} -m gpu_worker {environment}"


def _scale(scaling: ScalingLoop, environment: str) -> None:
    """Scale until interrupted; make no change while the server is unavailable."""
    report = _reporter(environment)
    working = True
    while True:
        try:
            scaling.step()
            working = True
        except (httpx.TransportError, RequestRefused, CommandFailed) as error:
            if working:
                report(f"no change: {error}")
            working = False
        time.sleep(TURN_SECONDS)


def _reporter(environment: str) -> Callable[[str], None]:
    """Return a function that prints a line with the time."""
    return lambda sentence: click.echo(f"{time.strftime('%H:%M:%S')} {environment}: {sentence}")
