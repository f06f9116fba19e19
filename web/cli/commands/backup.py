"""`callsheet backup` and `callsheet restore`: database and store in a directory."""

from __future__ import annotations

import gzip
import os
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path

import click
from flask import Flask

from config import private_files
from config.settings import Settings, read
from web import base_app
from web.cli.commands.exit_codes import handling_errors
from web.cli.commands.output import Output, json_option
from web.cli.formatting import counted, size
from web.db.engine import db
from web.migrate import downgrade, upgrade
from web.state_directory import StateDirectory
from web.storage import backup as backups
from web.storage.backup import BackupRefused, Summary

_directory = click.argument(
    "directory", type=click.Path(file_okay=False, path_type=Path), metavar="DIRECTORY"
)


@click.command()
@_directory
@click.option(
    "--keep", type=click.IntRange(1), default=1, show_default=True, help="Backups to keep."
)
@click.option("--drill", is_flag=True, help="Then restore it into a temporary database.")
@json_option
def backup(directory: Path, keep: int, drill: bool, as_json: bool) -> None:
    """Back up the database and the store to DIRECTORY while the system runs.

    An earlier backup in the directory is updated: only new files are copied. With `--keep`, the
    rows of earlier backups stay beside the new ones. The database is only read, also if it still
    has the tables of an older version.
    """
    output = Output(as_json)

    def what(app: Flask, settings: Settings) -> Summary:
        summary = save_backup(app, settings.artifacts_url, directory, keep)
        if drill:
            rehearse(settings, directory)
        return summary

    _carry_out(what, output, "Saved and restored for a test" if drill else "Saved")


@click.command()
@_directory
@click.option("--at", default="", metavar="TIME", help="An earlier backup, as its file is named.")
@json_option
def restore(directory: Path, at: str, as_json: bool) -> None:
    """Restore a backup into an empty database (SQLite or PostgreSQL) and the store.

    A backup of an older version is upgraded. Start the system afterwards: open jobs continue.
    """
    _carry_out(
        lambda app, settings: restore_backup(app, settings.artifacts_url, directory, at),
        Output(as_json),
        "Restored",
    )


def save_backup(app: Flask, artifacts_url: str, directory: Path, keep: int = 1) -> Summary:
    """Write a backup, or update an older one in the same directory."""
    with app.app_context():
        return backups.save(artifacts_url, directory, keep)


def restore_backup(app: Flask, artifacts_url: str, directory: Path, at: str = "") -> Summary:
    """Restore the rows into the tables that they were saved from, and upgrade these."""
    rows = backups.rows_file(directory, at)
    with app.app_context():
        with _tables_of(app, rows):
            summary = backups.restore(artifacts_url, directory, rows)
        backups.advance_sequences()
        return summary


def rehearse(settings: Settings, directory: Path) -> Summary:
    """Restore the rows of a backup into a temporary database, and read every file of its store.

    Raises `BackupRefused` if the rows do not all come back or a file is damaged.
    """
    rows = backups.rows_file(directory)
    with tempfile.TemporaryDirectory(prefix="callsheet-drill-") as scratch:
        url = f"sqlite:///{Path(scratch) / 'drill.db'}"
        app = base_app.create_base_app(replace(settings, database_url=url))
        with app.app_context():
            try:
                with _tables_of(app, rows):
                    restored = backups.restore_rows(rows)
            except (EOFError, gzip.BadGzipFile, zlib.error) as error:
                raise BackupRefused(f"{rows} is damaged: {error}") from None
            finally:
                db.engine.dispose()
    expected = backups.count_rows(rows)
    if restored != expected:
        raise BackupRefused(f"{restored} of {expected} rows could be restored.")
    files = backups.check_files(directory)
    return Summary(restored, files.objects, files.bytes)


@contextmanager
def _tables_of(app: Flask, rows: Path) -> Iterator[None]:
    """Make the tables that rows were saved from, and upgrade them after the block."""
    revision = backups.revision(rows)
    backups.check_empty()
    upgrade(app)
    downgrade(app, revision)
    yield
    upgrade(app)


@private_files.owner_only()
def _carry_out(what: Callable[[Flask, Settings], Summary], output: Output, done: str) -> None:
    with handling_errors(output):
        state = StateDirectory.find(os.environ)
        settings = read({**os.environ, "CALLSHEET_STATE": str(state.directory)})
        summary = what(base_app.create_base_app(settings), settings)
        output.data(asdict(summary))
        if not output.as_json:
            output.console.print(
                f"{done}: {counted(summary.rows, 'row')} of the database and "
                f"{counted(summary.objects, 'new file')} ({size(summary.bytes)}) of the store."
                + (
                    f" {size(summary.pruned_bytes)} of old files deleted."
                    * bool(summary.pruned_bytes)
                )
            )
