"""`callsheet operate`: a link that signs a browser in to the Operate page."""

from __future__ import annotations

import webbrowser

import click

from web.cli.commands.exit_codes import handling_errors
from web.cli.commands.output import Output, json_option
from web.cli.commands.servers import connected, find, server_option


@click.command()
@click.option("--open", "opens", is_flag=True, help="Open it in this machine's browser.")
@server_option
@json_option
def operate(opens: bool, server: str | None, as_json: bool) -> None:
    """Print a link to the Operate page that signs one browser in, once."""
    output = Output(as_json)
    with handling_errors(output), connected(find(server)) as client:
        link = client.operate_link()
        output.data(link)
        if not as_json:
            click.echo(link["url"])
            minutes = link["seconds"] // 60
            click.echo(f"It works once, within {minutes} minutes.", err=True)
        if opens:
            webbrowser.open(link["url"])
