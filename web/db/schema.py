"""The version of a database's tables: what it is, what it may be, and which versions it supports.

A migration names the tables' revision. The table `schema_support` names the oldest revision whose
code still works with them. An older version of Callsheet therefore starts on a newer database if it
knows that revision, which makes a roll-back possible without changing the tables back.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Column, Connection, String, Table, create_engine, inspect, select
from sqlalchemy.exc import SQLAlchemyError

from web.db.engine import MIGRATIONS, Base

SUPPORT = Table("schema_support", Base.metadata, Column("revision", String(32), primary_key=True))
"""One row: the oldest revision whose code works with the tables."""


class SchemaState(StrEnum):
    """What a database's tables are to this version."""

    EMPTY = "empty"
    """There are no tables yet."""
    BEHIND = "behind"
    """They must be upgraded before this version can use them."""
    CURRENT = "current"
    NEWER = "newer"
    """A newer version has upgraded them, and this one still works with them."""
    TOO_NEW = "too_new"
    """A newer version has upgraded them, and this one does not work with them."""


@dataclass(frozen=True, slots=True)
class Schema:
    """The revision of a database's tables beside the newest that this version knows."""

    present: str | None
    newest: str
    state: SchemaState


class SchemaNotUsable(Exception):
    """This version cannot use the tables of the database; the message says what to do."""


def read_schema(connection: Connection) -> Schema:
    """Read the revision of the tables and compare it with this version's migrations."""
    # Imported here: alembic is a fifth of the import time of processes that only know the tables.
    from alembic.migration import MigrationContext

    present = MigrationContext.configure(connection).get_current_revision()
    known = revisions()
    newest = known[0]
    if present is None:
        state = SchemaState.EMPTY
    elif present == newest:
        state = SchemaState.CURRENT
    elif present in known:
        state = SchemaState.BEHIND
    else:
        state = SchemaState.NEWER if _oldest(connection) in known else SchemaState.TOO_NEW
    return Schema(present, newest, state)


def revisions() -> list[str]:
    """Return the revisions that this version knows, the newest first."""
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory(str(MIGRATIONS))
    return [script.revision for script in scripts.walk_revisions()]


def check_usable(schema: Schema) -> None:
    """Raise `SchemaNotUsable` for tables that this version cannot work with."""
    if schema.state in (SchemaState.EMPTY, SchemaState.BEHIND):
        raise SchemaNotUsable(
            f"The database has version {schema.present or 'none'}, and {schema.newest} is needed. "
            "Run `callsheet migrate up`."
        )
    if schema.state is SchemaState.TOO_NEW:
        raise SchemaNotUsable(
            f"The database has version {schema.present}, which a newer Callsheet made; this one "
            f"knows {schema.newest}. Use the newer one, or run its `callsheet migrate down --to "
            f"{schema.newest}`."
        )


def read_schema_at(url: str) -> Schema | str:
    """Connect to a database and read its schema; return the name of the error if that fails."""
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            return read_schema(connection)
    except SQLAlchemyError as error:
        return type(error).__name__
    finally:
        engine.dispose()


def _oldest(connection: Connection) -> str | None:
    if not inspect(connection).has_table(SUPPORT.name):
        return None
    return connection.scalar(select(SUPPORT.c.revision))
