"""Database transactions: `reading()` to read, `writing()` to write.

SQLite runs in WAL mode, so a power cut may lose the last commits. The controller computes its lost
decisions again. What was promised to a caller is synced to disk before the response (`durable`),
together with all earlier commits.

Every writing transaction starts with BEGIN IMMEDIATE: a transaction that reads first and then
writes fails at once with "database is locked", despite the busy timeout. Limits are checked inside
the transaction, so that two requests cannot both take the last free place.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from threading import Lock, RLock
from typing import Any, Final

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection, Engine, Executable, Row, event, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.pool import ConnectionPoolEntry

from web.db import nul

BUSY_SECONDS = 30
MIGRATIONS: Final = Path(__file__).parent / "migrations"
_LIMITS: Final = 0x6C696D69  # "limi"
_WRITING = "callsheet_writing"
_DURABLE = "callsheet_durable"
_writers: Final = RLock()
_counting: Final = Lock()
_committed = 0
WRITE_AT_ONCE: Final = {_WRITING: True}
"""Execution options of a connection whose transactions lock for writing from the start."""


class Base(DeclarativeBase):
    """The base class of all tables."""


db = SQLAlchemy(model_class=Base)


@contextmanager
def reading() -> Iterator[Session]:
    """Open a consistent, read-only view of the database; changes are discarded."""
    with Session(db.engine, expire_on_commit=False) as session:
        yield session


def read_one(query: Executable, **values: object) -> Row[Any] | None:
    """Read one row by a query that was built once, for what every request asks.

    Without a session of the ORM, and without building the query again, it costs a quarter.
    """
    with db.engine.connect() as connection:
        return connection.execute(query, values).one_or_none()


@contextmanager
def writing(*, durable: bool = False) -> Iterator[Session]:
    """Open a transaction that locks for writing from the start and commits at the end."""
    with _writer_lock(), Session(db.engine, expire_on_commit=False) as session:
        session.connection(execution_options={**WRITE_AT_ONCE, _DURABLE: durable})
        yield session
        session.commit()
    _count_commit()


def commits() -> int:
    """Return how many writing transactions this process has committed."""
    return _committed


def _count_commit() -> None:
    global _committed  # noqa: PLW0603  of the process, like its databases
    with _counting:
        _committed += 1


def _writer_lock() -> AbstractContextManager[Any]:
    """Serialise this process's writers: waiting for SQLite's own lock sleeps for up to 0.1 s."""
    return _writers if db.engine.dialect.name == "sqlite" else nullcontext()


def serialise_writers(db: Session) -> None:
    """Exclude other transactions that call this, from here to the commit.

    On SQLite, `writing()` already does; PostgreSQL takes a lock that ends with the transaction.
    Limits and reference counts are only reliable behind this lock.
    """
    if db.get_bind().dialect.name == "postgresql":
        db.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _LIMITS})


def engine_options(url: str) -> dict[str, Any]:
    """Return SQLAlchemy's engine options for a database URL."""
    options: dict[str, Any] = {"json_serializer": nul.dumps}
    if url.startswith("sqlite"):
        return options | {"connect_args": {"timeout": BUSY_SECONDS}}
    return options | {"pool_pre_ping": True, "pool_size": 10, "max_overflow": 20}


def prepare(engine: Engine) -> None:
    """Guard an engine, and set up transactions on SQLite; PostgreSQL needs no set-up."""
    nul.guard(engine)
    if engine.dialect.name != "sqlite":
        return
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)


def _on_connect(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # `_on_begin` issues BEGIN
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _on_begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    writing_now, durable = options.get(_WRITING, False), options.get(_DURABLE, False)
    if connection.info.get(_DURABLE, False) != durable:
        connection.exec_driver_sql(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
        connection.info[_DURABLE] = durable
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing_now else "BEGIN")
