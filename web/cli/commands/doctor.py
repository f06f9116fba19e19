"""`callsheet doctor`: check this machine and show the commands that fix problems."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import asdict
from textwrap import wrap

import click
from rich.console import Console
from rich.markup import escape

from config.installation import VENVS
from config.settings import ConfigurationError, read
from web.cli.commands.exit_codes import ExitCode, handling_errors
from web.cli.commands.output import Output, json_option
from web.cli.commands.servers import find, find_running, server_option
from web.cli.doctor import container, dependencies, deployment, machine, running_system
from web.cli.doctor.check_result import CheckResult, Level, missing, ok
from web.cli.doctor.engines import engines
from web.state_directory import StateDirectory

MARKS = {Level.OK: "[green]✓[/]", Level.WARNING: "[yellow]![/]", Level.MISSING: "[red]✗[/]"}


@click.command()
@server_option
@click.option(
    "--production",
    is_flag=True,
    help="Also check what a publicly reachable server, or its container, requires.",
)
@json_option
def doctor(server: str | None, production: bool, as_json: bool) -> None:
    """Check this machine and show the commands that fix problems.

    Also checks a running system, here or at the given server. Exits with 1 if something
    required is missing; warnings do not count. With --production it also exits with 1 if the
    server would refuse to listen for other machines (EXPOSURE_CHECK).
    """
    output = Output(as_json)
    with handling_errors(output):
        found = list(_findings(server, production))
        output.data([asdict(finding) for finding in found])
        if not as_json:
            show_findings(found, output.console)
    if any(finding.level is Level.MISSING for finding in found):
        sys.exit(ExitCode.FAILED)


def _findings(server: str | None, production: bool) -> Iterator[CheckResult]:
    state = StateDirectory.find(os.environ)
    yield machine.python()
    yield machine.disk(state)
    yield machine.memory(VENVS)
    environ = {**os.environ, "CALLSHEET_STATE": str(state.directory)}
    try:
        settings = read(environ)
    except ConfigurationError as error:
        yield missing("settings", str(error), "see docs/configuration.md")
        settings = read({})
    else:
        yield ok("settings", "can be used")
    yield dependencies.redis_server(os.environ, settings)
    yield dependencies.ffmpeg()
    yield dependencies.libmagic()
    yield dependencies.clamd(settings)
    yield from deployment.checks(os.environ, settings)
    if production:
        yield from deployment.exposed(settings)
        yield from container.checks(os.environ, settings)
    here = find_running()
    yield from machine.listening(settings, here.url if here else None)
    yield from engines(VENVS)
    if server or here:
        yield from running_system.checks(find(server).url)


def show_findings(found: list[CheckResult], console: Console) -> None:
    """Build the table: a mark, the result, and the unwrapped command that fixes it."""
    part = max((len(finding.part) for finding in found), default=0)
    indent = " " * (part + 5)
    for finding in found:
        text_lines = wrap(finding.said, max(30, console.width - len(indent)))
        lines = [escape(line) for line in text_lines] + [f"[cyan]{escape(finding.remedy)}[/]"]
        head = f"{MARKS[finding.level]}  [bold]{finding.part:{part}}[/]  "
        text = f"\n{indent}".join(lines if finding.remedy else lines[:-1])
        console.print(head + text, soft_wrap=True)
