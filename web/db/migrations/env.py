"""Alembic's entry: one transaction, which holds the right to write from its first moment.

Several processes may start at once and all ask for an upgrade; the lock lets one of them
work, and the others then find the work done.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from alembic import context
from sqlalchemy import Connection, text

from web.db.columns import Moment
from web.db.engine import WRITE_AT_ONCE, Base, db

_LOCK_NUMBER = 0x6D696772  # "migr"


def _render(_kind: str, item: object, _context: object) -> str | Literal[False]:
    """A migration outlives the code: it names what the database has, not our classes."""
    return "sa.DateTime(timezone=True)" if isinstance(item, Moment) else False


@contextmanager
def _tables_may_be_made_anew(connection: Connection) -> Iterator[None]:
    """SQLite changes a table by copying it and dropping the old one, to which others refer.

    The pragma says nothing inside a transaction, so it is said beside SQLAlchemy's.
    """
    raw = connection.connection.dbapi_connection
    if connection.dialect.name != "sqlite" or raw is None:
        yield
        return
    raw.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
        broken = raw.execute("PRAGMA foreign_key_check").fetchall()
        if broken:
            raise RuntimeError(f"the migration left references to nothing: {broken[:5]}")
    finally:
        raw.execute("PRAGMA foreign_keys=ON")


def run() -> None:
    engine = db.engine
    with (
        engine.connect().execution_options(**WRITE_AT_ONCE) as connection,
        _tables_may_be_made_anew(connection),
    ):
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            transactional_ddl=True,
            render_item=_render,
        )
        with context.begin_transaction():
            if engine.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": _LOCK_NUMBER})
            context.run_migrations()


run()
