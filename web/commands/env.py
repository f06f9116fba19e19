"""`callsheet env`: the model environments of this machine."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import asdict
from typing import Any

import click
from rich.table import Table

from config.environments import ENVIRONMENTS
from config.interpreters import found, variable
from web.checkup.engines import of_environment
from web.checkup.finding import Level
from web.commands.doctor import findings_table
from web.commands.endings import Ending, ending_well
from web.commands.output import Output, json_option
from web.state import ROOT

VENVS = ROOT / ".venvs"
_NAME = click.argument("name", type=click.Choice(list(ENVIRONMENTS)))


@click.group()
def env() -> None:
    """Build, find and check model environments."""


@env.command("list")
@json_option
def list_them(as_json: bool) -> None:
    """Which Python each environment runs in here, conda's included."""
    output = Output(as_json)
    rows = [_row(name) for name in ENVIRONMENTS]
    output.data(rows)
    if not as_json:
        output.console.print(_table(rows))


@env.command()
@_NAME
def create(name: str) -> None:
    """Build an environment from its lock, by uv, into .venvs/NAME."""
    command = [sys.executable, "-I", str(ROOT / "config" / "bootstrap.py"), name]
    sys.exit(subprocess.run(command, cwd=ROOT, check=False).returncode)  # noqa: S603  our own


@env.command()
@_NAME
@json_option
def check(name: str, as_json: bool) -> None:
    """Ask the engines of an environment, in its own Python, what they lack."""
    output = Output(as_json)
    with ending_well(output):
        told = list(of_environment(name, VENVS))
        output.data([asdict(finding) for finding in told])
        if not as_json:
            output.console.print(findings_table(told))
    here = found(name, os.environ, VENVS)
    set_up = name == "lite" or (here is not None and here.source != "conda")
    if not set_up or any(finding.level is Level.MISSING for finding in told):
        sys.exit(Ending.FAILED)


def _row(name: str) -> dict[str, Any]:
    here = found(name, os.environ, VENVS)
    environment = ENVIRONMENTS[name]
    return {
        "name": name,
        "stages": list(environment.stages),
        "source": here.source if here else "",
        "python": str(here.python) if here else "",
        "works": bool(here and os.access(here.python, os.X_OK)),
        "remedy": _remedy(name, here.source if here else "", str(here.python) if here else ""),
    }


def _remedy(name: str, source: str, python: str) -> str:
    if source == "conda":
        return f"{variable(name)}={python}"
    return "" if source else f"callsheet env create {name}"


def _table(rows: list[dict[str, Any]]) -> Table:
    table = Table(box=None, padding=(0, 2), header_style="dim", pad_edge=False)
    for title in ("environment", "stages", "here", "python, or the way to it"):
        table.add_column(title, overflow="fold")
    for row in rows:
        here = row["source"] or "[dim]no[/]"
        if row["source"] and not row["works"]:
            here += " [red](cannot be run)[/]"
        way = f"[cyan]{row['remedy']}[/]" if row["remedy"] else row["python"]
        table.add_row(row["name"], ", ".join(row["stages"]), here, way)
    return table
