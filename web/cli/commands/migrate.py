"""`callsheet migrate`: show, upgrade and change back the tables of the database."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict

import click
from flask import Flask

from config import private_files
from config.settings import read
from web import base_app
from web.cli.commands.exit_codes import ExitCode, handling_errors
from web.cli.commands.output import Output, json_option
from web.db.schema import SchemaState
from web.migrate import downgrade, schema_of, upgrade
from web.state_directory import StateDirectory

_MEANINGS = {
    SchemaState.EMPTY: "The database has no tables yet; `callsheet migrate up` makes them.",
    SchemaState.BEHIND: "`callsheet migrate up` upgrades it.",
    SchemaState.CURRENT: "It is up to date.",
    SchemaState.NEWER: "A newer Callsheet upgraded it; this one works with it.",
    SchemaState.TOO_NEW: "A newer Callsheet upgraded it; this one does not work with it.",
}


@click.group()
def migrate() -> None:
    """Show or change the version of the database's tables."""


@migrate.command()
@json_option
def status(as_json: bool) -> None:
    """Show the version of the tables and the newest one; changes nothing.

    Exits with 1 if this version of Callsheet cannot work with the database as it is.
    """
    with _application(as_json) as (output, app):
        schema = schema_of(app)
        output.data(asdict(schema))
        if not as_json:
            output.console.print(
                f"The database has version {schema.present or 'none'}; this Callsheet brings "
                f"{schema.newest}. {_MEANINGS[schema.state]}"
            )
    if schema.state not in (SchemaState.CURRENT, SchemaState.NEWER):
        sys.exit(ExitCode.FAILED)


@migrate.command()
@click.option("--to", default="head", show_default=True, help="The version to upgrade to.")
@json_option
def up(to: str, as_json: bool) -> None:
    """Upgrade the tables while the system runs; several may run at once."""
    with _application(as_json) as (output, app):
        upgrade(app, to)
        _print_version(output, app)


@migrate.command()
@click.option("--to", required=True, help="The version to go back to.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
def down(to: str, yes: bool, as_json: bool) -> None:
    """Change the tables back. What only the newer tables hold is deleted: back up first.

    A version of Callsheet that is supported by the newer tables (`callsheet migrate status`) needs
    no change back.
    """
    if not yes:
        click.confirm(f"Delete everything that version {to} has no place for?", abort=True)
    with _application(as_json) as (output, app):
        downgrade(app, to)
        _print_version(output, app)


@contextmanager
def _application(as_json: bool) -> Iterator[tuple[Output, Flask]]:
    output = Output(as_json)
    with private_files.owner_only(), handling_errors(output):
        state = StateDirectory.find(os.environ)
        settings = read({**os.environ, "CALLSHEET_STATE": str(state.directory)})
        yield output, base_app.create_base_app(settings)


def _print_version(output: Output, app: Flask) -> None:
    schema = schema_of(app)
    output.data(asdict(schema))
    if not output.as_json:
        output.console.print(f"The database has version {schema.present or 'none'}.")
