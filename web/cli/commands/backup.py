"""`callsheet backup` and `callsheet restore`: database and store in a directory."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import click
from flask import Flask

from config import private_files
from config.settings import read
from web import base_app
from web.cli.commands.exit_codes import handling_errors
from web.cli.commands.output import Output, json_option
from web.cli.formatting import counted, size
from web.migrate import downgrade, upgrade
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

    An earlier backup in the directory is updated: only new files are copied. The database is only
    read, also if it still has the tables of an older version.
    """
    _carry_out(save_backup, directory, Output(as_json), "Saved")


@click.command()
@_directory
@json_option
def restore(directory: Path, as_json: bool) -> None:
    """Restore a backup into an empty database (SQLite or PostgreSQL) and the store.

    A backup of an older version is upgraded. Start the system afterwards: open jobs continue.
    """
    _carry_out(restore_backup, directory, Output(as_json), "Restored")


def save_backup(app: Flask, artifacts_url: str, directory: Path) -> Summary:
    """Write a backup, or update an older one in the same directory."""
    with app.app_context():
        return backups.save(artifacts_url, directory)


def restore_backup(app: Flask, artifacts_url: str, directory: Path) -> Summary:
    """Restore the rows into the tables that they were saved from, and upgrade these."""
    with app.app_context():
        revision = backups.revision(directory)
        backups.check_empty()
        upgrade(app)
        downgrade(app, revision)
        summary = backups.restore(artifacts_url, directory)
        upgrade(app)
        backups.advance_sequences()
        return summary


@private_files.owner_only()
def _carry_out(
    what: Callable[[Flask, str, Path], Summary], directory: Path, output: Output, done: str
) -> None:
    with handling_errors(output):
        state = StateDirectory.find(os.environ)
        settings = read({**os.environ, "CALLSHEET_STATE": str(state.directory)})
        summary = what(base_app.create_base_app(settings), settings.artifacts_url, directory)
        output.data(asdict(summary))
        if not output.as_json:
            output.console.print(
                f"{done}: {counted(summary.rows, 'row')} of the database and "
                f"{counted(summary.objects, 'new file')} ({size(summary.bytes)}) of the store."
            )
