"""`callsheet backup` and `callsheet restore`: database and store in a directory."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import click

from config import private_files
from config.settings import read
from web import base_app
from web.cli.commands.exit_codes import handling_errors
from web.cli.commands.output import Output, json_option
from web.cli.formatting import counted, size
from web.migrate import upgrade
from web.state_directory import StateDirectory
from web.storage import backup as backups
from web.storage.backup import Summary

_directory = click.argument(
    "directory", type=click.Path(file_okay=False, path_type=Path), metavar="DIRECTORY"
)


@click.command()
@_directory
@json_option
def backup(directory: Path, as_json: bool) -> None:
    """Back up the database and the store to DIRECTORY while the system runs.

    An earlier backup in the directory is updated: only new files are copied.
    """
    _carry_out(backups.save, directory, Output(as_json), "saved")


@click.command()
@_directory
@json_option
def restore(directory: Path, as_json: bool) -> None:
    """Restore a backup into an empty database (SQLite or PostgreSQL) and the store.

    Start the system afterwards: open jobs continue.
    """
    _carry_out(backups.restore, directory, Output(as_json), "restored")


@private_files.owner_only()
def _carry_out(
    what: Callable[[str, Path], Summary], directory: Path, output: Output, done: str
) -> None:
    with handling_errors(output):
        state = StateDirectory.find(os.environ)
        app = base_app.create_base_app(
            read({**os.environ, "CALLSHEET_STATE": str(state.directory)})
        )
        upgrade(app)
        with app.app_context():
            summary = what(app.extensions["callsheet"].settings.artifacts_url, directory)
        output.data(asdict(summary))
        if not output.as_json:
            output.console.print(
                f"{done.capitalize()}: {counted(summary.rows, 'row')} of the database and "
                f"{counted(summary.objects, 'new file')} ({size(summary.bytes)}) of the store."
            )
