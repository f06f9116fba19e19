"""`callsheet batch`: make many videos from one template."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import click
from rich.markup import escape

from web.cli.commands.exit_codes import ExitCode, handling_errors
from web.cli.commands.output import Output, json_option
from web.cli.commands.servers import connected, find, server_option
from web.cli.formatting import plain_table
from web.cli.local.client import Client, RequestRefused

FILE: Final = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)
_SOONEST, _LATEST, _SLOWER = 2.0, 30.0, 1.5
"""Seconds between two questions about a batch, and how they grow while nothing changes."""
_WORKING: Final = ("quoted", "running")

key_option = click.option(
    "--api-key",
    metavar="KEY",
    envvar="CALLSHEET_API_KEY",
    show_envvar=True,
    help="Your API key; without it, the operator's token of this machine.",
)


@click.group()
def batch() -> None:
    """Make many videos from one template."""


@batch.command()
@click.argument("file", type=FILE)
@click.option("--template", metavar="PROJECT", help="The project whose plan is the template.")
@click.option("--name", help="What the batch is called.")
@click.option("--max-credits", type=float, help="The most that it may cost; the quote by default.")
@click.option("--yes", is_flag=True, help="Confirm the quote without asking.")
@click.option("--wait/--no-wait", default=True, help="Follow the batch to its end.")
@key_option
@server_option
@json_option
def run(
    *,
    file: Path,
    template: str | None,
    name: str | None,
    max_credits: float | None,
    yes: bool,
    wait: bool,
    api_key: str | None,
    server: str | None,
    as_json: bool,
) -> None:
    """Quote and make the videos of FILE, a CSV with a column `name`, or JSON.

    Run the same FILE again to resume: the batch that exists goes on, and failed videos are tried
    again. Nothing is made twice.
    """
    output = Output(as_json)
    with handling_errors(output), connected(find(server)) as client:
        wanted = _manifest(file, template, name)
        found = client.create_batch(wanted, _key(wanted), api_key)
        if found["state"] == "quoted" and not (yes or as_json):
            asked = f"{_videos(found)} for {found['credits']:g} credits. Make them?"
            if not click.confirm(asked, err=True):
                return
        if found["state"] != "done" or found["counts"]["failed"]:
            sent = {"quote_id": found["quote_id"]}
            sent |= {} if max_credits is None else {"max_credits": max_credits}
            found = client.start_batch(found["id"], sent, api_key)
        for changed in followed(client, found, api_key) if wait else ():
            found = changed
            _show_progress(output, found, as_json)
        _show(output, found, as_json)
        if wait and (found["state"] != "done" or found["counts"]["failed"]):
            raise SystemExit(ExitCode.FAILED)


@batch.command(name="list")
@key_option
@server_option
@json_option
def listing(api_key: str | None, server: str | None, as_json: bool) -> None:
    """List your batches."""
    output = Output(as_json)
    with handling_errors(output), connected(find(server)) as client:
        found = client.batches(api_key)
        output.data({"batches": found})
        if as_json:
            return
        table = plain_table("ID", "NAME", "STATE", "DONE", "CREDITS", fold=("ID", "NAME"))
        for one in found:
            done = f"{one['counts']['done']}/{sum(one['counts'].values())}"
            table.add_row(one["id"], escape(one["name"]), one["state"], done, f"{one['credits']:g}")
        output.console.print(table)


@batch.command()
@click.argument("batch_id", metavar="ID")
@key_option
@server_option
@json_option
def show(batch_id: str, api_key: str | None, server: str | None, as_json: bool) -> None:
    """Show a batch and its videos."""
    output = Output(as_json)
    with handling_errors(output), connected(find(server)) as client:
        _show(output, client.batch(batch_id, api_key)[0], as_json)


@batch.command()
@click.argument("batch_id", metavar="ID")
@key_option
@server_option
@json_option
def cancel(batch_id: str, api_key: str | None, server: str | None, as_json: bool) -> None:
    """Start no more videos of a batch, and cancel those in progress."""
    output = Output(as_json)
    with handling_errors(output), connected(find(server)) as client:
        _show(output, client.cancel_batch(batch_id, api_key), as_json)


def followed(
    client: Client, begun: dict[str, Any], api_key: str | None
) -> Iterator[dict[str, Any]]:
    """Yield a batch whenever it has changed, until nothing of it is in progress.

    The server says when to ask again; while nothing changes, it is asked less and less often.
    """
    known, pause = begun, _SOONEST
    while known["state"] in _WORKING:
        time.sleep(pause)
        try:
            found, later = client.batch(begun["id"], api_key)
        except RequestRefused as refused:
            if refused.retry_after is None:
                raise
            found, later = known, refused.retry_after
        has_changed = found["counts"] != known["counts"] or found["state"] != known["state"]
        slower = _SOONEST if has_changed else min(_LATEST, pause * _SLOWER)
        pause, known = max(slower, later or 0.0), found
        if has_changed:
            yield found


def _manifest(file: Path, template: str | None, name: str | None) -> dict[str, Any]:
    """Read a manifest; what the options say is used before what the file says."""
    try:
        text = file.read_text(encoding="utf-8-sig")
        wanted: Any = {"csv": text} if file.suffix.lower() == ".csv" else json.loads(text)
    except (OSError, ValueError, RecursionError) as error:
        raise click.BadParameter(f"{file} cannot be read: {error}") from None
    if isinstance(wanted, list):
        wanted = {"videos": wanted}
    if not isinstance(wanted, dict):
        raise click.BadParameter(f"{file} is not a manifest.")
    wanted |= {"template": template} if template else {}
    wanted |= {"name": name} if name else {}
    wanted.setdefault("name", file.stem)
    if not wanted.get("template"):
        raise click.UsageError("Name the project of the template with --template.")
    return wanted


def _key(wanted: dict[str, Any]) -> str:
    """Return the idempotency key of a manifest: the same file is the same batch."""
    text = json.dumps(wanted, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _videos(found: dict[str, Any]) -> str:
    number = sum(found["counts"].values())
    return "1 video" if number == 1 else f"{number} videos"


def _show_progress(output: Output, found: dict[str, Any], as_json: bool) -> None:
    if not as_json:
        done = found["counts"]["done"] + found["counts"]["failed"]
        output.console.print(f"{done} of {_videos(found)}", highlight=False)


def _show(output: Output, found: dict[str, Any], as_json: bool) -> None:
    output.data(found)
    if as_json:
        return
    table = plain_table("ROW", "NAME", "STATE", "RESULT", fold=("NAME", "RESULT"))
    for video in found["videos"]:
        result = (video["error"] or {}).get("message") or video["project_id"] or ""
        table.add_row(str(video["row"] + 1), escape(video["name"]), video["state"], escape(result))
    output.console.print(table)
    problem = f": {found['problem']['message']}" if found["problem"] else ""
    output.console.print(f"{found['id']} is {found['state']}{escape(problem)}")
