"""`callsheet drain`: a worker that shall go."""

from __future__ import annotations

import click

from web.cli.commands.exit_codes import handling_errors
from web.cli.commands.output import Output, json_option
from web.cli.commands.servers import connected, find, server_option


@click.command()
@click.argument("worker")
@click.option("--resume", is_flag=True, help="Let it take work again.")
@server_option
@json_option
def drain(worker: str, resume: bool, server: str | None, as_json: bool) -> None:
    """Let WORKER end what it does and take nothing new."""
    output = Output(as_json)
    with handling_errors(output), connected(find(server)) as client:
        output.data(client.drain(worker, resume=resume))
        if not as_json:
            verb = "takes work again" if resume else "takes nothing new"
            output.console.print(f"{worker} {verb}.")
