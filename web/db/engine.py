"""The database: one way to read, one way to write.

SQLite runs in WAL mode. A power cut may take its last commits, in order: what control wrote
it finds out again. What a caller was promised goes to the disk before the answer (`durable`),
and with it everything that was committed before.

Every writing transaction begins with BEGIN IMMEDIATE: a read that turns into a write fails
at once with "database is locked", whatever the busy timeout says. Limits are checked inside
that transaction, so two requests never both pass the last free place.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from threading import RLock
from typing import Any, Final

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.pool import ConnectionPoolEntry

BUSY_SECONDS = 30
MIGRATIONS: Final = Path(__file__).parent / "migrations"
_LIMITS: Final = 0x6C696D69  # "limi"
_WRITING = "callsheet_writing"
_DURABLE = "callsheet_durable"
_writers: Final = RLock()
WRITE_AT_ONCE: Final = {_WRITING: True}
"""Execution options of a connection whose transactions hold the right to write at once."""


class Base(DeclarativeBase):
    """All tables."""


db = SQLAlchemy(model_class=Base)


@contextmanager
def reading() -> Iterator[Session]:
    """A consistent look at the database; nothing is kept of what is changed."""
    with Session(db.engine, expire_on_commit=False) as session:
        yield session


@contextmanager
def writing(*, durable: bool = False) -> Iterator[Session]:
    """A transaction that holds the right to write from its first moment; commits at the end."""
    with _writer_lock(), Session(db.engine, expire_on_commit=False) as session:
        session.connection(execution_options={**WRITE_AT_ONCE, _DURABLE: durable})
        yield session
        session.commit()


def _writer_lock() -> AbstractContextManager[Any]:
    """Threads of a process take turns without SQLite, which makes them sleep up to 0.1 s."""
    return _writers if db.engine.dialect.name == "sqlite" else nullcontext()


def serialise_writers(db: Session) -> None:
    """From here to the commit, no other transaction that asks for this is at work.

    On SQLite `writing()` has said so already; PostgreSQL takes a lock that ends with the
    transaction. Limits and counts of references are only right behind it.
    """
    if db.get_bind().dialect.name == "postgresql":
        db.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _LIMITS})


def engine_options(url: str) -> dict[str, Any]:
    """What SQLAlchemy needs to know for this kind of database."""
    if url.startswith("sqlite"):
        return {"connect_args": {"timeout": BUSY_SECONDS}}
    return {"pool_pre_ping": True, "pool_size": 10, "max_overflow": 20}


def prepare(engine: Engine) -> None:
    """Teach an engine our transactions; PostgreSQL needs no teaching."""
    if engine.dialect.name != "sqlite":
        return
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)


def _on_connect(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
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
