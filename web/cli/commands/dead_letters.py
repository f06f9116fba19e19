"""`callsheet dead-letters`: messages and events that could not be processed."""

from __future__ import annotations

from typing import Any

import click
from rich.markup import escape
from rich.table import Table

from web.api.schemas.dead_letters import KINDS, STATES
from web.cli.commands.exit_codes import handling_errors
from web.cli.commands.output import Output, json_option
from web.cli.commands.servers import connected, find, server_option
from web.cli.formatting import plain_table


@click.group(name="dead-letters")
def dead_letters() -> None:
    """Show, retry and delete messages and events that could not be processed."""


@dead_letters.command(name="list")
@click.option("--kind", type=click.Choice(KINDS), help="Only this kind.")
@click.option("--state", type=click.Choice(STATES), help="Only this state.")
@click.option("--job", "job_id", metavar="ID", help="Only this job.")
@click.option("--cursor", type=click.IntRange(1), help="Continue after the previous page.")
@click.option(
    "--limit", type=click.IntRange(1, 100), default=50, help="Maximum number to list (50)."
)
@server_option
@json_option
def listing(server: str | None, as_json: bool, **search: Any) -> None:
    """List dead letters, newest first."""
    output = Output(as_json)
    with handling_errors(output), connected(find(server)) as client:
        page = client.dead_letters(**{k: v for k, v in search.items() if v is not None})
        output.data(page)
        if as_json:
            return
        found = page["dead_letters"]
        output.console.print(_table(found) if found else "There are no dead letters.")
        if page["dropped"]:
            output.console.print(f"{page['dropped']} older ones were dropped for newer ones.")
        if page["next_cursor"]:
            output.console.print(f"More: --cursor {page['next_cursor']}")


@dead_letters.command()
@click.argument("letter_id", type=click.IntRange(1), metavar="ID")
@server_option
@json_option
def show(letter_id: int, server: str | None, as_json: bool) -> None:
    """Show a dead letter and its payload."""
    output = Output(as_json)
    with handling_errors(output), connected(find(server)) as client:
        letter = client.dead_letter(letter_id)
        output.data(letter)
        if not as_json:
            for name, value in letter.items():
                output.console.print(f"[dim]{name:<17}[/] {escape(str(value))}", soft_wrap=True)


@dead_letters.command()
@click.argument("letter_id", type=click.IntRange(1), metavar="ID")
@server_option
@json_option
def retry(letter_id: int, server: str | None, as_json: bool) -> None:
    """Retry a dead letter; a job that failed because of it is retried too."""
    output = Output(as_json)
    with handling_errors(output), connected(find(server)) as client:
        output.data(client.retry_dead_letter(letter_id))
        if not as_json:
            output.console.print(f"Dead letter {letter_id} is being retried.")


@dead_letters.command()
@click.argument("letter_id", type=click.IntRange(1), metavar="ID")
@server_option
@json_option
def drop(letter_id: int, server: str | None, as_json: bool) -> None:
    """Delete a dead letter permanently."""
    output = Output(as_json)
    with handling_errors(output), connected(find(server)) as client:
        client.drop_dead_letter(letter_id)
        output.data({"dropped": letter_id})
        if not as_json:
            output.console.print(f"Dead letter {letter_id} was deleted.")


def _table(found: list[dict[str, Any]]) -> Table:
    names = ("id", "kind", "state", "count", "last tried", "job", "reason")
    table = plain_table(*names, right=("id", "count"), fold=("reason",))
    for letter in found:
        table.add_row(
            str(letter["id"]),
            letter["kind"],
            letter["state"],
            str(letter["count"]),
            str(letter["last_tried_at"])[:19].replace("T", " "),
            escape(letter["job_id"] or ""),
            escape(f"{letter['error']}: {letter['reason']}"),
        )
    return table
