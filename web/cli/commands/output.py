"""Output of commands: tables, or JSON on stdout and everything else on stderr."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import click
from rich.console import Console

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Output:
    """Where a command's output goes."""

    as_json: bool

    @property
    def console(self) -> Console:
        """The console for readers; with `--json` it is stderr, so that stdout is pure JSON."""
        return Console(stderr=self.as_json, highlight=False)

    def data(self, value: Any) -> None:
        """Print a line of JSON, with `--json` only."""
        if self.as_json:
            click.echo(json.dumps(value, ensure_ascii=False))

    def problem(self, code: str, sentence: str, details: tuple[str, ...] = ()) -> None:
        """Print an error."""
        self.data({"error_code": code, "user_message": sentence, "details": list(details)})
        if not self.as_json:
            click.echo("\n".join([sentence, *(f"  {detail}" for detail in details)]), err=True)


def json_option(command: F) -> F:
    """Add the shared option `--json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON to stdout.")(command)
