"""`callsheet env`: the model environments of this machine."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import click
from rich.markup import escape

from config.environments import ENVIRONMENTS
from config.installation import VENVS
from config.interpreters import Interpreter, chosen_interpreter, find_interpreter
from config.stages import ALL_STAGES
from web.cli.commands.doctor import show_findings
from web.cli.commands.exit_codes import ExitCode, handling_errors
from web.cli.commands.output import Output, json_option
from web.cli.doctor.check_result import Level
from web.cli.doctor.engines import of_environment, remedy
from web.state_directory import ROOT

_NAME = click.argument("name", type=click.Choice(list(ENVIRONMENTS)))


@click.group()
def env() -> None:
    """Build, list and check model environments."""


@env.command("list")
@json_option
def list_them(as_json: bool) -> None:
    """List the Python of each environment on this machine, including conda's."""
    output = Output(as_json)
    rows = [_row(name) for name in ENVIRONMENTS]
    output.data(rows)
    if not as_json:
        for line in _lines(rows):
            output.console.print(line, soft_wrap=True)  # commands to copy must not be wrapped


@env.command()
@_NAME
def create(name: str) -> None:
    """Build an environment from its lock file with uv, in a folder of its own."""
    command = [sys.executable, "-I", str(ROOT / "config" / "setup" / "bootstrap.py"), name]
    sys.exit(subprocess.run(command, cwd=ROOT, check=False).returncode)  # noqa: S603  our own


@env.command()
@_NAME
@json_option
def check(name: str, as_json: bool) -> None:
    """Check the engines of an environment in its own Python."""
    output = Output(as_json)
    with handling_errors(output):
        results = list(of_environment(name, VENVS))
        if not _set_up(name):
            results = [replace(finding, level=Level.MISSING) for finding in results]
        output.data([asdict(finding) for finding in results])
        if not as_json:
            show_findings(results, output.console)
    if any(finding.level is Level.MISSING for finding in results):
        sys.exit(ExitCode.FAILED)


def _set_up(name: str) -> bool:
    return name == "lite" or chosen_interpreter(name, os.environ, VENVS) is not None


def _row(name: str) -> dict[str, Any]:
    here = _here(name)
    return {
        "name": name,
        "stages": list(ENVIRONMENTS[name].stages),
        "source": here.source if here else "",
        "python": str(here.python) if here else "",
        "works": bool(here and os.access(here.python, os.X_OK)),
        "remedy": remedy(name, here) if here is None or here.source == "conda" else "",
    }


def _here(name: str) -> Interpreter | None:
    """Return the environment's Python; `lite` falls back to this command's own."""
    own = Interpreter(name, Path(sys.executable), "this one") if name == "lite" else None
    return find_interpreter(name, os.environ, VENVS) or own


def _lines(rows: list[dict[str, Any]]) -> Iterator[str]:
    """Build the table; the last column, a path or command, is never wrapped."""
    titles = ("environment", "stages", "here", "python, or how to set it up")
    cells = [
        (row["name"], _stages(row), _state(row), row["remedy"] or row["python"]) for row in rows
    ]
    widths = [max(map(len, column)) for column in zip(titles, *cells, strict=True)][:3]
    for number, (*short, way) in enumerate((titles, *cells)):
        padded = "  ".join(cell.ljust(w) for cell, w in zip(short, widths, strict=True))
        yield f"[dim]{padded}  {way}[/]" if number == 0 else f"{padded}  {escape(way)}"
    if any(row["source"] == "conda" for row in rows):
        yield "\nTo use a conda Python, set its variable as shown."


def _stages(row: dict[str, Any]) -> str:
    return "every stage" if len(row["stages"]) == len(ALL_STAGES) else ", ".join(row["stages"])


def _state(row: dict[str, Any]) -> str:
    if not row["source"]:
        return "no"
    return str(row["source"]) if row["works"] else f"{row['source']}(cannot be run)"
