"""Alembic's entry: one transaction, which holds the right to write from its first moment.

Several processes may start at once and all ask for an upgrade; the lock lets one of them
work, and the others then find the work done.
"""

from __future__ import annotations

from typing import Literal

from alembic import context
from sqlalchemy import text

from web.database import WRITE_AT_ONCE, Base, db
from web.models.columns import Moment

_LOCK_NUMBER = 0x6D696772  # "migr"


def _render(_kind: str, item: object, _context: object) -> str | Literal[False]:
    """A migration outlives the code: it names what the database has, not our classes."""
    return "sa.DateTime(timezone=True)" if isinstance(item, Moment) else False


def run() -> None:
    engine = db.engine
    with engine.connect().execution_options(**WRITE_AT_ONCE) as connection:
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
