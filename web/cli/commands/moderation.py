"""`callsheet moderation`: pictures that wait for an operator's decision."""

from __future__ import annotations

from typing import Any

import click
from rich.markup import escape
from rich.table import Table

from web.cli.commands.exit_codes import handling_errors
from web.cli.commands.output import Output, json_option
from web.cli.commands.servers import connected, find, server_option
from web.cli.formatting import plain_table


@click.group()
def moderation() -> None:
    """List flagged pictures and appeals, and decide on them."""


@moderation.command(name="list")
@click.option(
    "--limit", type=click.IntRange(1, 200), default=50, help="Maximum number to list (50)."
)
@click.option("--offset", type=click.IntRange(0), default=0, help="Skip so many.")
@server_option
@json_option
def listing(limit: int, offset: int, server: str | None, as_json: bool) -> None:
    """List the pictures that wait for an operator, the longest waiting first."""
    output = Output(as_json)
    with handling_errors(output), connected(find(server)) as client:
        found = client.moderation_queue(limit, offset)
        output.data(found)
        if not as_json:
            images = found["images"]
            output.console.print(_table(images) if images else "No picture waits.")


@moderation.command()
@click.argument("image_id", metavar="ID")
@server_option
@json_option
def approve(image_id: str, server: str | None, as_json: bool) -> None:
    """Approve a picture."""
    _decide(image_id, "approve", "", server, as_json)


@moderation.command()
@click.argument("image_id", metavar="ID")
@click.option("--reason", default="", metavar="TEXT", help="The reason that the owner gets.")
@server_option
@json_option
def reject(image_id: str, reason: str, server: str | None, as_json: bool) -> None:
    """Reject a picture: it starts no job, and its public address ends."""
    _decide(image_id, "reject", reason, server, as_json)


def _decide(image_id: str, decision: str, reason: str, server: str | None, as_json: bool) -> None:
    output = Output(as_json)
    with handling_errors(output), connected(find(server)) as client:
        decided = client.moderate(image_id, decision, reason)
        output.data(decided)
        if not as_json:
            output.console.print(f"{decided['id']} is {decided['moderation']}.")


def _table(found: list[dict[str, Any]]) -> Table:
    table = plain_table("id", "state", "score", "owner", "since", "appeal", fold=("id", "appeal"))
    for one in found:
        score = "" if one["score"] is None else f"{one['score']:.2f}"
        since = str(one["queued_at"])[:19].replace("T", " ")
        words = (one["moderation"], score, escape(one["owner"]), since)
        table.add_row(one["id"], *words, escape(one["appeal"] or ""))
    return table
