"""Rows of every table come back from a backup as they were, on both kinds of database."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import JSON, Column, Connection, insert, select, text, update

from config.settings import Settings
from tests.web.conftest import close
from web.app import create_app
from web.cli.commands.backup import restore_backup, save_backup
from web.db.columns import Moment
from web.db.engine import Base, db
from web.db.schema import SUPPORT, SchemaNotUsable, SchemaState
from web.migrate import downgrade, schema_of

TABLES = [table for table in Base.metadata.sorted_tables if table is not SUPPORT]


def invented(column: Column[Any], rows: dict[str, dict[str, Any]]) -> Any:
    """A value for a column: of the row that it refers to, or of its type."""
    for key in column.foreign_keys:
        other = rows.get(key.column.table.name)
        return other[key.column.name] if other is not None else None
    if isinstance(column.type, Moment):
        return datetime(2026, 2, 3, 4, 5, 6, 789, tzinfo=UTC)
    if isinstance(column.type, JSON):
        return {"text": "ü \u2028", "null": None, "number": 1.5}
    kind = column.type.python_type
    if kind is date:
        return date(2026, 2, 3)
    if kind is bytes:
        return b"\x00\xff not text"
    if kind is bool:
        return True
    if kind is str:
        return secrets.token_hex(16)[: getattr(column.type, "length", None)]
    return kind(7)


def fill() -> dict[str, dict[str, Any]]:
    rows: dict[str, dict[str, Any]] = {}
    with db.engine.begin() as connection:
        for table in TABLES:
            row = {column.name: invented(column, rows) for column in table.columns}
            connection.execute(insert(table), row)
            rows[table.name] = row
        refer_to_a_later_row(connection)
    return rows


def refer_to_a_later_row(connection: Connection) -> None:
    """An upload that shows another one, which comes after it in the table."""
    uploads = Base.metadata.tables["upload"]
    first = connection.execute(select(uploads)).mappings().one()
    second = {**first, "id": "later", "filename": "later"}
    connection.execute(insert(uploads), second)
    connection.execute(update(uploads).where(uploads.c.id == first["id"]).values(shows_id="later"))


def stored() -> dict[str, Any]:
    with db.engine.connect() as connection:
        return {
            table.name: connection.execute(select(table).order_by(*table.primary_key)).all()
            for table in TABLES
        }


@pytest.fixture
def copies(settings: Settings, tmp_path: Path, postgres_url: str) -> Iterator[list[Flask]]:
    """An application with tables, one on an empty PostgreSQL and one on an empty SQLite."""
    urls = (settings.database_url, postgres_url, f"sqlite:///{tmp_path}/third.db")
    apps = [create_app(replace(settings, database_url=url)) for url in urls]
    yield apps
    for app in apps:
        close(app)


def test_rows_of_every_table_come_back(
    copies: list[Flask], settings: Settings, tmp_path: Path
) -> None:
    """From SQLite to PostgreSQL, and from there to SQLite."""
    first, second, third = copies
    with first.app_context():
        fill()
        rows = stored()
    for number, (source, target) in enumerate([(first, second), (second, third)]):
        directory = tmp_path / f"backup-{number}"
        assert save_backup(source, settings.artifacts_url, directory).rows == sum(
            map(len, rows.values())
        )
        restore_backup(target, settings.artifacts_url, directory)
        with target.app_context():
            assert stored() == rows


def test_a_backup_of_older_tables_is_upgraded_when_it_is_restored(
    copies: list[Flask], settings: Settings, tmp_path: Path
) -> None:
    first, second, _ = copies
    with first.app_context():
        fill()
    downgrade(first, "0012")
    saved = save_backup(first, settings.artifacts_url, tmp_path / "backup")
    assert schema_of(first).present == "0012"
    assert restore_backup(second, settings.artifacts_url, tmp_path / "backup") == saved
    assert schema_of(second).state is SchemaState.CURRENT
    with second.app_context():
        assert {name for name, rows in stored().items() if rows} >= {"job", "session", "upload"}


def test_a_backup_of_a_newer_version_is_refused(
    copies: list[Flask], settings: Settings, tmp_path: Path
) -> None:
    first, _, third = copies
    with first.app_context(), db.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9001'"))
    save_backup(first, settings.artifacts_url, tmp_path / "backup")
    with pytest.raises(SchemaNotUsable, match="does not know the database version 9001"):
        restore_backup(third, settings.artifacts_url, tmp_path / "backup")
