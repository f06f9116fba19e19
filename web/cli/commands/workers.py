"""`callsheet workers`: which machines are there, and what they do."""

from __future__ import annotations

from typing import Any

import click
from rich.table import Table

from web.cli.commands.exit_codes import handling_errors
from web.cli.commands.output import Output, json_option, plain_table
from web.cli.commands.servers import connected, find, server_option


@click.command()
@server_option
@json_option
def workers(server: str | None, as_json: bool) -> None:
    """List the workers that are alive, and what each of them does."""
    output = Output(as_json)
    with handling_errors(output), connected(find(server)) as client:
        found = client.workers()
        output.data(found)
        if not as_json:
            output.console.print(_table(found) if found else "No worker is alive.")
            for line in _troubles(found):
                output.console.print(line)


def _troubles(found: list[dict[str, Any]]) -> list[str]:
    """What took itself out of service, and why."""
    return [
        f"[red]{worker['name']}: {engine['stage']}/{engine['name']} is out of service.[/] "
        f"{engine['why']} {engine['remedy']}"
        for worker in found
        for engine in worker["engines"]
        if engine["out_of_service"]
    ]


def _warm_share(worker: dict[str, Any]) -> str:
    """How many of its stages found their model loaded."""
    share = worker["warm_share"]
    return "" if share is None else f"{share:.0%}"


def _now(worker: dict[str, Any]) -> str:
    drained = "drained" if worker["draining"] else ""
    return ", ".join(filter(None, (worker["doing"], drained))) or "[dim]idle[/]"


def _table(found: list[dict[str, Any]]) -> Table:
    table = plain_table()
    for name in ("worker", "device", "memory", "engines", "warm", "does now"):
        right = name in ("memory", "warm")
        table.add_column(name, justify="right" if right else "left", overflow="fold")
    for worker in found:
        able = [engine for engine in worker["engines"] if engine["ok"]]
        table.add_row(
            worker["name"],
            worker["device"],
            f"{worker['memory_mb']} MB",
            f"{len(able)} of {len(worker['engines'])}",
            _warm_share(worker),
            _now(worker),
        )
    return table
