"""Compare the schema of a database with the migrations, without an application."""

from __future__ import annotations

from dataclasses import dataclass

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine
from sqlalchemy.exc import SQLAlchemyError

from web.db.engine import MIGRATIONS


@dataclass(frozen=True, slots=True)
class SchemaCheck:
    """The schema revision of a database and the newest one, or why it cannot be reached."""

    engine: str
    present: str | None
    newest: str | None
    error: str = ""


def check_schema(url: str) -> SchemaCheck:
    """Connect to a database and read the revision of its tables."""
    newest = ScriptDirectory(str(MIGRATIONS)).get_current_head()
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            present = MigrationContext.configure(connection).get_current_revision()
    except SQLAlchemyError as error:
        return SchemaCheck(engine.name, None, newest, type(error).__name__)
    finally:
        engine.dispose()
    return SchemaCheck(engine.name, present, newest)
