"""Back up the database as JSON lines, and restore it into a database of either kind.

A directory holds `ledger.jsonl.gz` (the rows) and a copy of the store. The database is read first,
in one transaction: artifacts are only added, so a store that is copied later has everything that
the rows refer to.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Table, func, insert, select, text

from tasks.store import mirror
from web.db.columns import Moment
from web.db.engine import Base, db

ROWS_FILE: Final = "ledger.jsonl.gz"
STORE: Final = "store"
_BATCH: Final = 500


class BackupRefused(Exception):
    """The backup cannot be restored here; the message says why."""


@dataclass(frozen=True, slots=True)
class Summary:
    """How much was saved or restored."""

    rows: int
    objects: int
    bytes: int


def save(artifacts_url: str, directory: Path) -> Summary:
    """Write a backup, or update an older one in the same directory."""
    directory.mkdir(parents=True, exist_ok=True)
    part = directory / f".{ROWS_FILE}.part"
    rows = 0
    with db.engine.connect() as connection, gzip.open(part, "wt", encoding="utf-8") as file:
        if connection.dialect.name == "postgresql":
            connection.execution_options(isolation_level="REPEATABLE READ")
        file.write(json.dumps({"revision": _revision(connection)}) + "\n")
        for line in _rows(connection):
            file.write(line)
            rows += 1
    part.replace(directory / ROWS_FILE)
    copied = mirror.save(artifacts_url, directory / STORE)
    return Summary(rows, copied.objects, copied.bytes)


def restore(artifacts_url: str, directory: Path) -> Summary:
    """Restore a backup into a store and an empty, migrated database."""
    if not (directory / ROWS_FILE).exists():
        raise BackupRefused(f"There is no backup in {directory}.")
    # The store comes first: rows must never refer to missing bytes.
    copied = mirror.load(directory / STORE, artifacts_url)
    with db.engine.begin() as connection, gzip.open(directory / ROWS_FILE, "rt") as file:
        _check(connection, json.loads(next(file))["revision"])
        rows = _insert(connection, map(json.loads, file))
        _advance_sequences(connection)
    return Summary(rows, copied.objects, copied.bytes)


def _rows(connection: Connection) -> Iterator[str]:
    for table in Base.metadata.sorted_tables:
        for row in connection.execute(select(table)).mappings():
            values = {name: _to_json(value) for name, value in row.items()}
            yield json.dumps([table.name, values], separators=(",", ":")) + "\n"


def _to_json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _check(connection: Connection, revision: str) -> None:
    expected = _revision(connection)
    if revision != expected:
        raise BackupRefused(
            f"The backup has database revision {revision}, but this database has {expected}. "
            "Restore it with the version that made it, then upgrade."
        )
    for table in Base.metadata.sorted_tables:
        if connection.execute(select(table).limit(1)).first() is not None:
            raise BackupRefused("The database is not empty.")


def _insert(connection: Connection, lines: Iterator[list[Any]]) -> int:
    tables = Base.metadata.tables
    rows = 0
    batch: list[dict[str, Any]] = []
    current = ""
    for name, values in lines:
        if batch and (name != current or len(batch) >= _BATCH):
            connection.execute(insert(tables[current]), batch)
            batch = []
        current = name
        batch.append(_values(tables[name], values))
        rows += 1
    if batch:
        connection.execute(insert(tables[current]), batch)
    return rows


def _values(table: Table, row: dict[str, Any]) -> dict[str, Any]:
    moments = {column.name for column in table.columns if isinstance(column.type, Moment)}
    return {
        name: datetime.fromisoformat(value) if value and name in moments else value
        for name, value in row.items()
    }


def _advance_sequences(connection: Connection) -> None:
    """Set PostgreSQL's sequences past the restored rows; inserting rows does not move them."""
    if connection.dialect.name != "postgresql":
        return
    for table in Base.metadata.sorted_tables:
        for column in table.primary_key:
            if table.autoincrement_column is column:
                sequence = func.pg_get_serial_sequence(table.name, column.name)
                highest = select(func.coalesce(func.max(column), 1)).scalar_subquery()
                connection.execute(select(func.setval(sequence, highest)))


def _revision(connection: Connection) -> str:
    return str(connection.scalar(text("SELECT version_num FROM alembic_version")))
