"""`callsheet workers` and `callsheet drain`: list and drain workers."""

from __future__ import annotations

from typing import Any

import click
from rich.table import Table

from web.cli.commands.exit_codes import handling_errors
from web.cli.commands.output import Output, json_option
from web.cli.commands.servers import connected, find, server_option
from web.cli.formatting import plain_table


@click.command()
@server_option
@json_option
def workers(server: str | None, as_json: bool) -> None:
    """List live workers and their current tasks."""
    output = Output(as_json)
    with handling_errors(output), connected(find(server)) as client:
        found = client.workers()
        output.data(found)
        if not as_json:
            output.console.print(_table(found) if found else "No live workers.")
            for line in _troubles(found):
                output.console.print(line)


def _troubles(found: list[dict[str, Any]]) -> list[str]:
    """List engines that are out of service, and why."""
    return [
        f"[red]{worker['name']}: {engine['stage']}/{engine['name']} is out of service.[/] "
        f"{engine['why']} {engine['remedy']}"
        for worker in found
        for engine in worker["engines"]
        if engine["out_of_service"]
    ]


def _warm_share(worker: dict[str, Any]) -> str:
    """Format the share of steps whose model was already loaded."""
    share = worker["warm_share"]
    return "" if share is None else f"{share:.0%}"


def _now(worker: dict[str, Any]) -> str:
    drained = "drained" if worker["draining"] else ""
    return ", ".join(filter(None, (worker["doing"], drained))) or "[dim]idle[/]"


def _table(found: list[dict[str, Any]]) -> Table:
    names = ("worker", "device", "memory", "engines", "warm", "current task")
    table = plain_table(*names, right=("memory", "warm"), fold=names)
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


@click.command()
@click.argument("worker")
@click.option("--resume", is_flag=True, help="Let the worker accept tasks again.")
@server_option
@json_option
def drain(worker: str, resume: bool, server: str | None, as_json: bool) -> None:
    """Drain WORKER: it finishes its current task and accepts no new ones."""
    output = Output(as_json)
    with handling_errors(output), connected(find(server)) as client:
        output.data(client.drain(worker, resume=resume))
        if not as_json:
            verb = "accepts tasks again" if resume else "accepts no new tasks"
            output.console.print(f"{worker} {verb}.")
