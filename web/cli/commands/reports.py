"""`callsheet reports`: reports of people who say that a video shows them."""

from __future__ import annotations

from typing import Any

import click
from rich.markup import escape
from rich.table import Table

from web.cli.commands.exit_codes import handling_errors
from web.cli.commands.output import Output, json_option
from web.cli.commands.servers import connected, find, server_option
from web.cli.formatting import plain_table
from web.trust.reports import STATES


@click.group(name="reports")
def reports() -> None:
    """List and decide reports of people who say that a video shows them."""


@reports.command(name="list")
@click.option("--state", type=click.Choice(STATES), help="Only this state.")
@click.option("--cursor", help="Continue after the previous page.")
@click.option(
    "--limit", type=click.IntRange(1, 200), default=50, help="Maximum number to list (50)."
)
@server_option
@json_option
def listing(server: str | None, as_json: bool, **search: Any) -> None:
    """List reports, newest first."""
    output = Output(as_json)
    with handling_errors(output), connected(find(server)) as client:
        page = client.reports(**{k: v for k, v in search.items() if v is not None})
        output.data(page)
        if as_json:
            return
        found = page["reports"]
        output.console.print(_table(found) if found else "There are no reports.")
        if page["next_cursor"]:
            output.console.print(f"More: --cursor {page['next_cursor']}")


@reports.command()
@click.argument("report_id", metavar="ID")
@server_option
@json_option
def show(report_id: str, server: str | None, as_json: bool) -> None:
    """Show a report."""
    output = Output(as_json)
    with handling_errors(output), connected(find(server)) as client:
        found = client.report(report_id)
        output.data(found)
        if not as_json:
            for name, value in found.items():
                output.console.print(f"[dim]{name:<12}[/] {escape(str(value))}", soft_wrap=True)


@reports.command()
@click.argument("report_id", metavar="ID")
@click.option("--note", default="", help="The note that the reporter gets.")
@click.option("--job", "jobs", metavar="ID", multiple=True, help="Withdraw this job instead.")
@server_option
@json_option
def withdraw(
    report_id: str, note: str, jobs: tuple[str, ...], server: str | None, as_json: bool
) -> None:
    """Withdraw the reported videos and refuse what they were made from."""
    sent = {"note": note, **({"jobs": list(jobs)} if jobs else {})}
    _decide(Output(as_json), server, report_id, "withdraw", sent)


@reports.command()
@click.argument("report_id", metavar="ID")
@click.option("--note", default="", help="The note that the reporter gets.")
@server_option
@json_option
def reject(report_id: str, note: str, server: str | None, as_json: bool) -> None:
    """Close a report without a withdrawal."""
    _decide(Output(as_json), server, report_id, "reject", {"note": note})


def _decide(
    output: Output, server: str | None, report_id: str, decision: str, sent: dict[str, Any]
) -> None:
    with handling_errors(output), connected(find(server)) as client:
        found = client.decide_report(report_id, decision, **sent)
        output.data(found)
        output.console.print(f"Report {report_id} is {found['state']}.")


@reports.command()
@server_option
@json_option
def statistics(server: str | None, as_json: bool) -> None:
    """Show the figures of a transparency report."""
    output = Output(as_json)
    with handling_errors(output), connected(find(server)) as client:
        found = client.report_statistics()
        output.data(found)
        if not as_json:
            for name, value in found.items():
                output.console.print(f"{name.replace('_', ' '):<18} {value}")


def _table(found: list[dict[str, Any]]) -> Table:
    table = plain_table("id", "state", "kind", "due", "jobs", "statement", fold=("statement",))
    for one in found:
        due = str(one["due_at"])[:16].replace("T", " ")
        table.add_row(
            one["id"],
            one["state"],
            one["kind"],
            f"{due} overdue" if one["overdue"] else due,
            (" " if one["certain"] else "perhaps ") + " ".join(one["jobs"]),
            escape(one["statement"][:200]),
        )
    return table
