"""What a command says: tables for people, or JSON on stdout and everything else on stderr."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import click
from rich.console import Console
from rich.table import Table

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Output:
    """Where a command's words go."""

    as_json: bool

    @property
    def console(self) -> Console:
        """For people. With `--json` it is stderr, so that stdout holds nothing but JSON."""
        return Console(stderr=self.as_json, highlight=False)

    def data(self, value: Any) -> None:
        """One line of JSON, for scripts alone."""
        if self.as_json:
            click.echo(json.dumps(value, ensure_ascii=False))

    def problem(self, code: str, sentence: str, details: tuple[str, ...] = ()) -> None:
        """Why it did not go as asked."""
        self.data({"error_code": code, "user_message": sentence, "details": list(details)})
        if not self.as_json:
            click.echo("\n".join([sentence, *(f"  {detail}" for detail in details)]), err=True)


def plain_table() -> Table:
    """Columns two spaces apart, and no lines: eight of them fit into eighty characters."""
    return Table(box=None, padding=(0, 1), header_style="dim", pad_edge=False)


def json_option(command: F) -> F:
    """`--json`, the same for every command that has it."""
    return click.option("--json", "as_json", is_flag=True, help="JSON on stdout, for scripts.")(
        command
    )
