"""Back up the database as JSON lines, and restore it into a database of either kind.

A directory holds `ledger.jsonl.gz` (the rows) and a copy of the store. The database is read first,
in one transaction: artifacts are only added, so a store that is copied later has everything that
the rows refer to.

Tables are read as the database has them, not as this version knows them: a backup is taken before
an upgrade, of tables that the older processes still use, and never changes them.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import warnings
from base64 import b64decode, b64encode
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import groupby, islice
from operator import itemgetter
from pathlib import Path
from typing import Any, Final

from sqlalchemy import (
    Connection,
    Date,
    DateTime,
    LargeBinary,
    MetaData,
    Table,
    delete,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.exc import SAWarning

from tasks.store import mirror
from web.db.engine import Base, db
from web.db.schema import SUPPORT

ROWS_FILE: Final = "ledger.jsonl.gz"
STORE: Final = "store"
_OLDER: Final = "ledger-{}.jsonl.gz"
_OBJECTS: Final = "objects.txt.gz"
_OLDER_OBJECTS: Final = "objects-{}.txt.gz"
"""What the store had when the rows of the same time were saved."""
_STAMP: Final = "%Y%m%dT%H%M%SZ"
_BATCH: Final = 500
_OF_MIGRATIONS: Final = {"alembic_version", SUPPORT.name}
"""Tables that migrations fill."""
_SEEDED: Final = {"providers", "provider_models"}
"""Tables that migrations fill and operators add to: a restore replaces their rows."""


class BackupRefused(Exception):
    """The backup cannot be restored here; the message says why."""


@dataclass(frozen=True, slots=True)
class Summary:
    """How much was saved or restored."""

    rows: int
    objects: int
    bytes: int
    pruned_bytes: int = 0
    """Bytes of objects that no kept backup needed, deleted from the copy of the store."""


def save(artifacts_url: str, directory: Path, keep: int = 1) -> Summary:
    """Write a backup, or update an older one in the same directory.

    Older rows are kept beside the new ones, `keep` in all; they share the copy of the store. What
    none of them needs is deleted from it.
    """
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
    _keep_older(directory, keep)
    part.replace(directory / ROWS_FILE)
    copied = mirror.save(artifacts_url, directory / STORE)
    _write_objects(directory, copied.names)
    pruned = _prune(directory)
    return Summary(rows, copied.objects, copied.bytes, pruned)


def _write_objects(directory: Path, names: Collection[str]) -> None:
    part = directory / f".{_OBJECTS}.part"
    with gzip.open(part, "wt", encoding="utf-8") as file:
        file.writelines(f"{name}\n" for name in sorted(names))
    part.replace(directory / _OBJECTS)


def _prune(directory: Path) -> int:
    """Delete copied objects that no kept backup had; return their bytes.

    Nothing is deleted while there is a backup of a version that wrote no list of objects.
    """
    stamps = [_stamp(path) for path in directory.glob(_OLDER.format("*"))]
    lists = [_OBJECTS, *(_OLDER_OBJECTS.format(stamp) for stamp in stamps)]
    paths = [directory / name for name in lists]
    if not all(path.exists() for path in paths):
        return 0
    needed: set[str] = set()
    for path in paths:
        with gzip.open(path, "rt", encoding="utf-8") as file:
            needed.update(line.rstrip("\n") for line in file)
    return mirror.prune(directory / STORE, needed).bytes


def _stamp(rows: Path) -> str:
    return rows.name.split(".")[0].partition("-")[2]


def _keep_older(directory: Path, keep: int) -> None:
    """Name the rows that are about to be replaced by their time, and delete the oldest."""
    current = directory / ROWS_FILE
    if keep > 1 and current.exists():
        made = datetime.fromtimestamp(current.stat().st_mtime, UTC).strftime(_STAMP)
        objects = directory / _OBJECTS
        if objects.exists():
            objects.replace(directory / _OLDER_OBJECTS.format(made))
        current.replace(directory / _OLDER.format(made))
    older = sorted(directory.glob(_OLDER.format("*")))
    for path in older[: max(len(older) - keep + 1, 0)]:
        path.unlink()
        (directory / _OLDER_OBJECTS.format(_stamp(path))).unlink(missing_ok=True)


def rows_file(directory: Path, at: str = "") -> Path:
    """Return the rows of a backup: the newest, or those of a time as their file is named."""
    path = directory / (_OLDER.format(at) if at else ROWS_FILE)
    if path.exists():
        return path
    times = [_stamp(one) for one in directory.glob(_OLDER.format("*"))]
    known = f" It has older ones of {', '.join(sorted(times))}." if times else ""
    raise BackupRefused(f"There is no backup {at + ' ' if at else ''}in {directory}.{known}")


def revision(rows: Path) -> str:
    """Return the revision of the tables from which a backup was made."""
    with gzip.open(rows, "rt", encoding="utf-8") as file:
        return str(json.loads(next(file))["revision"])


def count_rows(rows: Path) -> int:
    """Count the rows of a backup."""
    with gzip.open(rows, "rt", encoding="utf-8") as file:
        return sum(1 for _ in file) - 1


def check_files(directory: Path) -> Summary:
    """Read every stored file of a backup; raise `BackupRefused` for one that has changed."""
    objects = size = 0
    for path in (directory / STORE / "blobs").rglob("*"):
        if not path.is_file():
            continue
        with path.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != path.name:
                raise BackupRefused(f"{path} is damaged: its content does not match its name.")
        objects += 1
        size += path.stat().st_size
    return Summary(0, objects, size)


def check_empty() -> None:
    """Raise `BackupRefused` if the database has rows."""
    with db.engine.connect() as connection:
        for table in _tables(connection):
            if table.name in _SEEDED:
                continue
            if connection.execute(select(table).limit(1)).first() is not None:
                raise BackupRefused("The database is not empty.")


def restore(artifacts_url: str, directory: Path, rows: Path) -> Summary:
    """Restore a backup into a store and an empty database with the tables of the backup."""
    # The store comes first: rows must never refer to missing bytes.
    copied = mirror.load(directory / STORE, artifacts_url)
    return Summary(restore_rows(rows), copied.objects, copied.bytes)


def restore_rows(rows: Path) -> int:
    """Restore rows into an empty database with the tables of the backup; return how many."""
    with db.engine.begin() as connection, gzip.open(rows, "rt", encoding="utf-8") as file:
        next(file)
        for table in reversed(_tables(connection)):
            if table.name in _SEEDED:  # the backup has its own
                connection.execute(delete(table))
        return _insert(connection, map(json.loads, file))


def advance_sequences() -> None:
    """Set PostgreSQL's sequences past the restored rows; inserting rows does not move them."""
    with db.engine.begin() as connection:
        if connection.dialect.name != "postgresql":
            return
        for table in Base.metadata.sorted_tables:
            for column in table.primary_key:
                if table.autoincrement_column is column:
                    sequence = func.pg_get_serial_sequence(table.name, column.name)
                    highest = select(func.coalesce(func.max(column), 1)).scalar_subquery()
                    connection.execute(select(func.setval(sequence, highest)))


def _tables(connection: Connection) -> list[Table]:
    """Return the tables of the database, those that others refer to first."""
    metadata = MetaData()
    with warnings.catch_warnings():
        # About indexes on expressions, and circles of references, of which there are none.
        warnings.simplefilter("ignore", SAWarning)
        metadata.reflect(connection)
        return [table for table in metadata.sorted_tables if table.name not in _OF_MIGRATIONS]


def _rows(connection: Connection) -> Iterator[str]:
    for table in _tables(connection):
        for row in connection.execute(select(table)).mappings():
            values = {name: _to_json(value) for name, value in row.items()}
            yield json.dumps([table.name, values], separators=(",", ":")) + "\n"


def _to_json(value: Any) -> Any:
    if isinstance(value, datetime):
        # SQLite drops the time zone, which is always UTC; PostgreSQL answers in its own.
        return (value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return b64encode(value).decode() if isinstance(value, bytes | memoryview) else value


def _insert(connection: Connection, lines: Iterator[list[Any]]) -> int:
    rows = 0
    tables = {table.name: table for table in _tables(connection)}
    for name, group in groupby(lines, key=itemgetter(0)):
        table = tables[name]
        values = (_values(table, row) for _, row in group)
        own = {key.parent.name for key in table.foreign_keys if key.references(table)}
        referring: list[dict[str, Any]] = []
        while batch := list(islice(values, _BATCH)):
            connection.execute(insert(table), [row | dict.fromkeys(own) for row in batch])
            rows += len(batch)
            referring += [row for row in batch if any(row[column] is not None for column in own)]
        for row in referring:  # to rows of their own table, which may come after them
            key = (column == row[column.name] for column in table.primary_key)
            changes = {column: row[column] for column in own}
            connection.execute(update(table).where(*key).values(changes))
    return rows


def _values(table: Table, row: dict[str, Any]) -> dict[str, Any]:
    return {name: _from_json(table, name, value) for name, value in row.items()}


def _from_json(table: Table, name: str, value: Any) -> Any:
    kind = table.columns[name].type
    if value is None:
        return None
    if isinstance(kind, DateTime):
        return datetime.fromisoformat(value)
    if isinstance(kind, Date):
        return date.fromisoformat(value)
    return b64decode(value) if isinstance(kind, LargeBinary) else value


def _revision(connection: Connection) -> str:
    return str(connection.scalar(text("SELECT version_num FROM alembic_version")))
