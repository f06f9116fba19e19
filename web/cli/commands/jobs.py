"""`callsheet jobs`, `watch` and `cancel`."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any, TypeVar

import click
from rich.table import Table

from tasks.domain.job import JobState
from web.cli.commands import all_jobs, own_sessions
from web.cli.commands.exit_codes import handling_errors
from web.cli.commands.output import Output, json_option
from web.cli.commands.report import Since
from web.cli.commands.servers import Server, connected, find, server_option
from web.cli.commands.watch import end_as, watch
from web.cli.formatting import plain_table
from web.cli.local.client import Client, RequestRefused, live

F = TypeVar("F", bound=Callable[..., Any])

STATES = tuple(state.value for state in JobState)
COLOURS = {"succeeded": "green", "failed": "red", "running": "cyan", "cancelled": "yellow"}


def session_option(command: F) -> F:
    """Add the shared option `--session`."""
    return click.option(
        "--session",
        metavar="ID",
        envvar="CALLSHEET_SESSION",
        help="The id of the job's session, if the job was not started from this machine.",
    )(command)


def _connected(place: Server, session: str | None) -> AbstractContextManager[Client]:
    """Return a client that knows this machine's sessions and the given one."""
    return connected(place, [*own_sessions.known_sessions(place), *([session] if session else [])])


@click.group(invoke_without_command=True)
@click.option(
    "--session", "sessions", multiple=True, metavar="ID", help="Only jobs of this session."
)
@click.option("--all", "all_owners", is_flag=True, help="The jobs of all owners (operators).")
@click.option("--state", type=click.Choice(STATES), help="With --all: only jobs in this state.")
@click.option("--code", metavar="CODE", help="With --all: only jobs that failed with this code.")
@click.option("--owner", metavar="OWNER", help="With --all: only jobs of this owner.")
@click.option("--engine", metavar="NAME", help="With --all: only jobs that use this engine.")
@click.option("--since", "newer", type=Since(), help="With --all: accepted since (24h, 7d, date).")
@click.option("--before", "older", type=Since(), help="With --all: accepted before (24h, date).")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
@server_option
@json_option
@click.pass_context
def jobs(
    context: click.Context,
    /,
    sessions: tuple[str, ...],
    all_owners: bool,
    server: str | None,
    as_json: bool,
    **search: Any,
) -> None:
    """List the jobs started from this machine, or with --all those of all owners, newest first."""
    if context.invoked_subcommand is not None:
        return
    output = Output(as_json)
    if all_owners:
        with handling_errors(output):
            all_jobs.show(find(server), output, **search)
        return
    given = [name for name in search if name != "limit" and search[name] is not None]
    if given:
        raise click.UsageError("Filters need --all.")
    with handling_errors(output):
        place = find(server)
        with connected(place) as client:
            found = [
                job
                for session_id in sessions or own_sessions.known_sessions(place)
                for job in _jobs(client, session_id, asked_for=bool(sessions))
            ]
        found.sort(key=lambda job: str(job["created_at"]), reverse=True)
        output.data(found)
        if not as_json:
            output.console.print(_table(found) if found else "There are no jobs.")


@jobs.command()
@click.argument("job_ids", nargs=-1, metavar="[JOB...]")
@click.option("--code", metavar="CODE", help="All jobs that failed with this error code.")
@click.option("--since", type=click.DateTime(), help="All jobs that failed since this time (UTC).")
@server_option
@json_option
def redrive(
    job_ids: tuple[str, ...],
    code: str | None,
    since: datetime | None,
    server: str | None,
    as_json: bool,
) -> None:
    """Retry failed jobs from the step that failed (operators)."""
    if not (job_ids or code or since):
        raise click.UsageError("Give job ids, --code or --since.")
    which: dict[str, Any] = {"jobs": list(job_ids)} if job_ids else {}
    which |= {"code": code} if code else {}
    which |= {"since": since.replace(tzinfo=UTC).isoformat()} if since else {}
    output = Output(as_json)
    with handling_errors(output), connected(find(server)) as client:
        opened = client.redrive(**which)
        output.data({"jobs": opened})
        if not as_json:
            output.console.print("\n".join(opened) or "No matching failed jobs.")


def _jobs(client: Client, session_id: str, *, asked_for: bool) -> list[dict[str, Any]]:
    try:
        return list(client.session(session_id)["jobs"])
    except RequestRefused as error:
        if asked_for or error.code != "SESSION_NOT_FOUND":
            raise
        return []  # remembered here, but unknown to the server


def _table(found: list[dict[str, Any]]) -> Table:
    names = ("job", "state", "percent", "created", "error")
    table = plain_table(*names, right=("percent",), fold=("error",), wrap=False)
    for job in found:
        colour = COLOURS.get(job["state"], "")
        state = f"[{colour}]{job['state']}[/]" if colour else job["state"]
        failed = (job["error"] or {}).get("message", "")
        created = str(job["created_at"])[:19].replace("T", " ")
        table.add_row(job["job_id"], state, f"{job['percent']:.0f} %", created, failed)
    return table


@click.command(name="watch")
@click.argument("job_id", metavar="JOB")
@session_option
@server_option
@json_option
def watch_job(job_id: str, session: str | None, server: str | None, as_json: bool) -> None:
    """Watch a JOB until it ends; Ctrl-C leaves it running.

    The exit code is the job's. With --json, each event is printed on a line.
    """
    output = Output(as_json)
    with handling_errors(output):
        place = find(server)
        with _connected(place, session) as client:
            session_id = client.job(job_id)["session_id"]
            with live(place.url, session_id) as events:
                report = watch(client, events, job_id, output, print_events=True)
        end_as(report, output)
        if not as_json:
            video = _address_of_video(place.url, report)
            output.console.print(f"Video: {video}", soft_wrap=True)


def _address_of_video(server: str, report: dict[str, Any]) -> str:
    """Return the URL of the finished video."""
    return server + str(report["result"]["final_output"]["url"])


@click.command()
@click.argument("job_id", metavar="JOB")
@session_option
@server_option
@json_option
def retry(job_id: str, session: str | None, server: str | None, as_json: bool) -> None:
    """Retry a failed or cancelled JOB from the step that failed."""
    output = Output(as_json)
    with handling_errors(output), _connected(find(server), session) as client:
        output.data(client.retry(job_id))
        if not as_json:
            output.console.print(f"{job_id} is being retried.")


@click.command()
@click.argument("job_id", metavar="JOB")
@session_option
@server_option
@json_option
def cancel(job_id: str, session: str | None, server: str | None, as_json: bool) -> None:
    """Cancel a JOB. Its finished steps are reused by later jobs."""
    output = Output(as_json)
    with handling_errors(output), _connected(find(server), session) as client:
        report = client.cancel(job_id)
        output.data(report)
        if not as_json:
            ended = JobState(report["state"]).terminal
            outcome = f"had already ended: {report['state']}" if ended else "is being cancelled"
            output.console.print(f"{job_id} {outcome}.")
