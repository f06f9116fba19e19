"""`callsheet drain` and `callsheet report`: for operators."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from web.commands.endings import ending_well
from web.commands.output import Output, json_option
from web.commands.servers import connected, find, server_option


@click.command()
@click.argument("worker")
@click.option("--resume", is_flag=True, help="Let it take work again.")
@server_option
@json_option
def drain(worker: str, resume: bool, server: str | None, as_json: bool) -> None:
    """Let WORKER end what it does and take nothing new."""
    output = Output(as_json)
    with ending_well(output), connected(find(server)) as client:
        output.data(client.drain(worker, resume=resume))
        if not as_json:
            verb = "takes work again" if resume else "takes nothing new"
            output.console.print(f"{worker} {verb}.")


@click.command()
@click.option("--since", "hours", type=float, default=24, help="Hours back (24).")
@server_option
@json_option
def report(hours: float, server: str | None, as_json: bool) -> None:
    """Print how the last hours went, as Markdown."""
    output = Output(as_json)
    with ending_well(output), connected(find(server)) as client:
        told = client.operations(hours)
        output.data(told)
        if not as_json:
            click.echo("\n".join(_markdown(told, hours)))


def _markdown(told: dict[str, Any], hours: float) -> Iterator[str]:
    ends = {
        state: sum(bucket[state] for bucket in told["jobs"])
        for state in ("succeeded", "failed", "cancelled")
    }
    yield f"# The last {hours:g} hours\n"
    yield f"{_sentence(ends)} {_peak(told)}"
    yield "\n## Engines\n"
    yield "| stage | engine | computed | found | p50 s | p90 s |"
    yield "| --- | --- | ---: | ---: | ---: | ---: |"
    for row in told["engines"]:
        times = (_number(row["p50_seconds"]), _number(row["p90_seconds"]))
        yield (
            f"| {row['stage']} | {row['engine']} | {row['computed']} | {row['found']} "
            f"| {times[0]} | {times[1]} |"
        )
    yield "\n## Failures\n"
    yield from [f"- `{row['code']}`: {row['jobs']}" for row in told["failures"]] or ["None."]


def _sentence(ends: dict[str, int]) -> str:
    finished = ends["succeeded"] + ends["failed"]
    rate = f" ({ends['succeeded'] / finished:.1%} of those not cancelled)" if finished else ""
    return f"{ends['succeeded']} jobs succeeded{rate}, {ends['failed']} failed, " + (
        f"{ends['cancelled']} were cancelled."
    )


def _peak(told: dict[str, Any]) -> str:
    """When most was done."""
    ended = ("succeeded", "failed", "cancelled")
    most = max(told["jobs"], key=lambda bucket: sum(bucket[state] for state in ended))
    number = sum(most[state] for state in ended)
    minutes = told["bucket_seconds"] / 60
    return f"At most {number} ended within {minutes:g} minutes, from {most['begins']} on."


def _number(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds:.2f}"
