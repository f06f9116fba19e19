"""Insert rows that may exist already, which SQLite and PostgreSQL do alike.

A statement is built once for each database, because to build one costs more than to run it.
"""

from __future__ import annotations

from typing import cast

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from web.db.engine import Base

Insert = postgresql.Insert | sqlite.Insert


def dialect_of(db: Session) -> str:
    """Return the name by which the statements of a database are kept."""
    return db.get_bind().dialect.name


def insert_into(dialect: str, table: type[Base]) -> Insert:
    """Begin an INSERT that can say what follows where a row exists."""
    rows = cast(Table, table.__table__)
    return postgresql.insert(rows) if dialect == "postgresql" else sqlite.insert(rows)
