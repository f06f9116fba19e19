"""`callsheet analytics`: what operators want to know of the last days."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click
from rich.table import Table

from web.cli.commands.exit_codes import handling_errors
from web.cli.commands.output import Output, json_option
from web.cli.commands.servers import connected, find, server_option
from web.cli.formatting import counted, duration, plain_table


@click.command()
@click.option(
    "--days",
    type=click.IntRange(1, 366),
    default=30,
    show_default=True,
    help="How many days, today included.",
)
@click.option("--csv", "as_csv", is_flag=True, help="Print a line of CSV for each day.")
@server_option
@json_option
def analytics(days: int, as_csv: bool, server: str | None, as_json: bool) -> None:
    """Show success, durations, people, cost and feedback of the last days (operators)."""
    if as_csv and as_json:
        raise click.UsageError("Give --csv or --json, not both.")
    output = Output(as_json)
    with handling_errors(output), connected(find(server)) as client:
        if as_csv:
            click.echo(client.analytics_csv(days), nl=False)
            return
        found = client.analytics(days)
        output.data(found)
        if not as_json:
            output.console.print("\n".join(_sentences(found)))
            output.console.print(_days(found["days"]))


def _sentences(found: dict[str, Any]) -> Iterator[str]:
    jobs, people, estimates = found["jobs"], found["people"], found["estimates"]
    yield f"{found['since']} to {found['until']} (UTC)"
    yield (
        f"Success rate: {_share(jobs['success_rate'])} "
        f"({jobs['succeeded']} succeeded, {jobs['failed']} failed, {jobs['cancelled']} cancelled)"
    )
    yield f"From request to video: {_times(found['video_seconds'])}"
    yield f"Waiting: {_times(found['wait_seconds'])}"
    yield f"People: {people['day']} a day, {people['week']} a week, {people['month']} a month"
    yield (
        f"Estimates: {estimates['started']} of {counted(estimates['people'], 'visitor')} "
        "started a job the same day"
    )
    yield from _costs(found["cost"], found["credits"])
    feedback = found["feedback"]
    if feedback["ratings"]:
        yield f"Feedback: {feedback['score']:.1f} of 5 ({counted(feedback['ratings'], 'rating')})"
    for row in found["failures"]:
        yield f"Failed with {row['code']}: {counted(row['jobs'], 'job')}"


def _costs(cost: dict[str, Any], spent: dict[str, Any]) -> Iterator[str]:
    hours = f"{cost['gpu_hours']:.2f} h of GPU, {cost['cpu_hours']:.2f} h of CPU"
    if cost["amount"] is None:
        yield f"Computing: {hours} (no prices: set PRICES)"
    else:
        each = _amount(cost["per_video"])
        yield f"Cost: {cost['amount']:.2f} {cost['currency']}, {each} a video; {hours}"
    if spent["videos"]:
        yield f"Credits: {spent['charged']:g} charged, {_amount(spent['per_video'])} a video"


def _days(days: list[dict[str, Any]]) -> Table:
    names = ("day", "done", "failed", "rate", "video p50", "wait p90", "people", "cost", "score")
    table = plain_table(*names, right={*names} - {"day"})
    for day in days:
        if not (day["jobs"]["started"] or day["requests"]["count"]):
            continue  # such days say nothing
        table.add_row(
            day["day"],
            str(day["jobs"]["succeeded"]),
            str(day["jobs"]["failed"]),
            _share(day["jobs"]["success_rate"]),
            _seconds(day["video_seconds"]["p50"]),
            _seconds(day["wait_seconds"]["p90"]),
            str(day["people"]),
            _amount(day["cost"]["amount"]),
            _amount(day["score"]),
        )
    return table


def _times(times: dict[str, Any]) -> str:
    if times["p50"] is None:
        return "no jobs"
    return f"p50 {duration(times['p50'])}, p90 {duration(times['p90'])}"


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.1%}"


def _seconds(value: float | None) -> str:
    return "-" if value is None else duration(value)


def _amount(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"
