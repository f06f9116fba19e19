"""`callsheet doctor`: what is missing on this machine, and the command that mends it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import asdict

import click
from rich.table import Table

from config.settings import ConfigurationError, read
from web.checkup import deployment, machine, parts, running
from web.checkup.engines import engines
from web.checkup.finding import Finding, Level, missing, ok
from web.commands.endings import Ending, ending_well
from web.commands.output import Output, json_option
from web.commands.servers import find, running_here, server_option
from web.state import ROOT, State

MARKS = {Level.OK: "[green]✓[/]", Level.WARNING: "[yellow]![/]", Level.MISSING: "[red]✗[/]"}


@click.command()
@server_option
@json_option
def doctor(server: str | None, as_json: bool) -> None:
    """Say what is missing here, and the command that mends it.

    A system that runs, here or at the named server, is asked how it is, too. Exits with 1 when
    something that is needed is missing; warnings do not count.
    """
    output = Output(as_json)
    with ending_well(output):
        found = list(_findings(server))
        output.data([asdict(finding) for finding in found])
        if not as_json:
            output.console.print(findings_table(found))
    if any(finding.level is Level.MISSING for finding in found):
        sys.exit(Ending.FAILED)


def _findings(server: str | None) -> Iterator[Finding]:
    state = State.find(os.environ)
    venvs = ROOT / ".venvs"
    yield machine.python()
    yield machine.disk(state)
    yield machine.memory(venvs)
    try:
        settings = read(os.environ)
    except ConfigurationError as mistakes:
        yield missing("settings", str(mistakes), "see docs/configuration.md")
        settings = read({})
    else:
        yield ok("settings", "can be used")
    yield parts.redis_server(os.environ, settings)
    yield parts.ffmpeg()
    yield parts.libmagic()
    yield parts.clamd(settings)
    yield from deployment.checks(os.environ, settings)
    here = running_here()
    yield from machine.listening(settings, here.url if here else None)
    yield from engines(venvs)
    if server or here:
        yield from running.checks(find(server).url)


def findings_table(found: list[Finding]) -> Table:
    """For people: a mark, what was found, and what mends it."""
    table = Table(box=None, padding=(0, 1), pad_edge=False, show_header=False)
    table.add_column()
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for finding in found:
        said = finding.said + (f"\n[cyan]{finding.remedy}[/]" if finding.remedy else "")
        table.add_row(MARKS[finding.level], finding.part, said)
    return table
