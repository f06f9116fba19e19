"""`callsheet models`: model weights that no package contains."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import click
from rich.table import Table

from web.cli.commands.exit_codes import ExitCode
from web.cli.commands.output import Output, json_option
from web.cli.formatting import plain_table
from web.state_directory import ROOT


@click.group()
def models() -> None:
    """List, fetch and verify the models that engines need."""


@models.command("list")
@json_option
def list_them(as_json: bool) -> None:
    """List models, their licences and whether they are installed."""
    _shown("list", (), Output(as_json))


@models.command()
@click.argument("names", nargs=-1)
@json_option
def verify(names: tuple[str, ...], as_json: bool) -> None:
    """Verify the sha256 of every file."""
    _shown("verify", names, Output(as_json))


@models.command()
@click.argument("name")
@click.option("--accept", is_flag=True, help="Accept the model's licence.")
@json_option
def fetch(name: str, accept: bool, as_json: bool) -> None:
    """Download a model; an interrupted download is resumed."""
    _shown("fetch", (name, *(("--accept",) if accept else ())), Output(as_json))


def _shown(what: str, arguments: tuple[str, ...], output: Output) -> None:
    """Run the data plane's command, which the control plane must not import."""
    command = [sys.executable, "-m", "gpu_worker.models", what, *arguments]
    done = subprocess.run(  # noqa: S603  our own command
        command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False
    )
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    output.data(rows)
    if rows and not output.as_json:
        output.console.print(_table(rows))
        for row in rows:
            if row["state"] != "here":
                output.console.print(f"[cyan]{_way(row)}[/]", soft_wrap=True)
    sys.exit(ExitCode(done.returncode) if done.returncode in (0, 1, 2) else ExitCode.FAILED)


def _table(rows: list[dict[str, Any]]) -> Table:
    names = ("model", "engine", "MB", "here", "licence")
    table = plain_table(*names, fold=names)
    for row in rows:
        state = row["state"] if row["state"] == "here" else f"[yellow]{row['state']}[/]"
        lacks = "" if row["state"] != "incomplete" else f"\n[dim]{', '.join(row['missing'])}[/]"
        terms = f"{row['licence']}\n[dim]{row['terms']}[/]"
        terms += "" if row["accepted"] else "\n[yellow]not accepted[/]"
        table.add_row(row["name"], row["engine"], str(row["megabytes"]), state + lacks, terms)
    return table


def _way(row: dict[str, Any]) -> str:
    return f"callsheet models fetch {row['name']}" + ("" if row["accepted"] else " --accept")
