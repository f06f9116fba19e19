"""`callsheet api-key`: a key for a caller that may come more often than others."""

from __future__ import annotations

import click

from config.api_keys import make
from web.cli.commands.output import Output, json_option


@click.command(name="api-key")
@click.argument("name")
@click.option("--rate", default=600, show_default=True, help="Requests a minute.")
@json_option
def api_key(name: str, rate: int, as_json: bool) -> None:
    """Make a key for NAME, and the entry of API_KEYS by which the server knows it."""
    key, known = make(name, rate)
    Output(as_json).data({"name": name, "key": key, "entry": str(known)})
    if not as_json:
        click.echo(f"The caller sends   X-API-Key: {key}")
        click.echo(f"The server knows   API_KEYS={known}")
        click.echo("The key is shown only now: the server keeps its digest alone.")
