"""Run Alembic in one transaction that locks for writing from the start.

Several processes may start an upgrade at once; the lock lets one of them work, and the others find
nothing left to do.
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
    """Render column types of the database instead of our classes, which may change later."""
    return "sa.DateTime(timezone=True)" if isinstance(item, Moment) else False


@contextmanager
def _foreign_keys_suspended(connection: Connection) -> Iterator[None]:
    """Suspend foreign keys on SQLite, which alters a table by copying and dropping it.

    The pragma has no effect inside a transaction, so it runs outside SQLAlchemy's.
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
            raise RuntimeError(f"the migration left dangling references: {broken[:5]}")
    finally:
        raw.execute("PRAGMA foreign_keys=ON")


def run() -> None:
    """Apply the migrations."""
    engine = db.engine
    with (
        engine.connect().execution_options(**WRITE_AT_ONCE) as connection,
        _foreign_keys_suspended(connection),
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
