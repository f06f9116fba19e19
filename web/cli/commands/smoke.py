"""`callsheet smoke`: check a running system by one job from start to end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from tasks.domain.job import MODES
from web.cli.commands.exit_codes import handling_errors
from web.cli.commands.output import Output, json_option
from web.cli.local.smoke import Wishes, check

FILE = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)


@click.command()
@click.argument("url")
@click.option(
    "--api-key",
    envvar="CALLSHEET_API_KEY",
    default="",
    help="Key of a user, for servers with AUTH=required. Also CALLSHEET_API_KEY.",
)
@click.option("--mode", type=click.Choice(MODES), default="auto", show_default=True)
@click.option("--face", type=FILE, help="Picture of a face instead of the demo's.")
@click.option("--voice", type=FILE, help="Recording instead of a generated one.")
@click.option("--seconds", default=600.0, show_default=True, help="Longest time for the job.")
@json_option
def smoke(url: str, as_json: bool, **wishes: Any) -> None:
    """Check the server at URL: session, upload, job, events on three doors, download, cleanup.

    Prints the seconds of each step and stage. Exits with 1 if a step fails and with 3 if no server
    answers; run it after a rollout, and roll back if it fails.
    """
    output = Output(as_json)
    with handling_errors(output):
        console = output.console
        result = check(Wishes(url.rstrip("/"), **wishes), console.print)
        output.data(result.as_dict())
        if not as_json:
            for title, measured in (("steps", result.steps), ("stages", result.stages)):
                listed = ", ".join(f"{name} {seconds:.1f}" for name, seconds in measured.items())
                console.print(f"Seconds of the {title}: {listed}")
