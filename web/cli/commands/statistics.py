"""`callsheet cache` and `callsheet estimates`: statistics for operators."""

from __future__ import annotations

from typing import Any

import click
from rich.table import Table

from web.cli.commands.exit_codes import handling_errors
from web.cli.commands.output import Output, json_option
from web.cli.commands.servers import connected, find, server_option
from web.cli.formatting import plain_table

MEGABYTE = 1024**2


@click.command()
@server_option
@json_option
def cache(server: str | None, as_json: bool) -> None:
    """Show the stage cache's size, hits and evictions."""
    output = Output(as_json)
    with handling_errors(output), connected(find(server)) as client:
        found = client.cache()
        output.data(found)
        if not as_json:
            output.console.print(_cache(found))
            output.console.print(_policy(found))


@click.command()
@server_option
@json_option
def estimates(server: str | None, as_json: bool) -> None:
    """Show how often actual durations fell within their estimates."""
    output = Output(as_json)
    with handling_errors(output), connected(find(server)) as client:
        found = client.estimates()
        output.data(found)
        if not as_json:
            output.console.print(_estimates(found))


def _cache(found: dict[str, Any]) -> Table:
    table = _table(
        "stage", "results", "MB", "evictable MB", "found", "computed", "s saved", "evicted"
    )
    for row in [*found["stages"], found["total"] | {"stage": "all"}]:
        table.add_row(
            row["stage"],
            str(row["entries"]),
            f"{row['bytes'] / MEGABYTE:.1f}",
            f"{row['evictable_bytes'] / MEGABYTE:.1f}",
            str(row["hits"]),
            str(row["misses"]),
            f"{row['seconds_saved']:.0f}",
            str(row["evictions"]),
        )
    return table


def _policy(found: dict[str, Any]) -> str:
    limit = f"{found['limit_bytes'] // MEGABYTE} MB or {found['limit_hours']:g} h"
    return (
        f"Evictable results belong to no job any more. They are kept up to {limit};\n"
        f"CACHE_POLICY ({found['policy']}) decides which are evicted first."
    )


def _estimates(found: list[dict[str, Any]]) -> Table | str:
    if not any(row["runs"] for row in found):
        return "No estimates to compare yet."
    table = _table("what", "engine", "runs", "within likely", "within high")
    for row in found:
        shares = (row["within_likely"], row["within_high"])
        data = ("-" if share is None else f"{share:.0%}" for share in shares)
        table.add_row(row["what"], row["engine"], str(row["runs"]), *data)
    return table


def _table(*names: str) -> Table:
    return plain_table(*names, right={*names} - {"stage", "what", "engine"})
