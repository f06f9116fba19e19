"""`python -m web.migrate`: bring the database to the tables that this version knows.

Only here is alembic loaded: it is a fifth of what the other processes would import.
"""

from __future__ import annotations

import logging
import sys

import flask_migrate
from flask import Flask

from config import private_files
from config.logs import configure
from config.settings import ConfigurationError, current
from web import base_app
from web.db.engine import MIGRATIONS, db
from web.db.schema import Schema, SchemaNotUsable, SchemaState, check_usable, read_schema, revisions

log = logging.getLogger(__name__)


def schema_of(app: Flask) -> Schema:
    """Read the version of the tables."""
    with app.app_context(), db.engine.connect() as connection:
        return read_schema(connection)


def upgrade(app: Flask, to: str = "head") -> None:
    """Upgrade the tables; nothing happens if a newer version that supports this one has done so.

    Safe to call from several processes at once, and again when there is nothing to do.
    """
    schema = schema_of(app)
    if schema.state in (SchemaState.NEWER, SchemaState.TOO_NEW):
        check_usable(schema)
        extra = {"present": schema.present, "newest": schema.newest}
        log.warning("database of a newer version, which supports this one", extra=extra)
        return
    if to != "head":
        _check_known(to)
    flask_migrate.Migrate(app, db, directory=str(MIGRATIONS))
    with app.app_context():
        flask_migrate.upgrade(revision=to)


def downgrade(app: Flask, to: str) -> None:
    """Change the tables back to a revision; what only newer tables hold is deleted."""
    schema = schema_of(app)
    _check_known(to)
    if schema.state in (SchemaState.NEWER, SchemaState.TOO_NEW):
        raise SchemaNotUsable(
            f"The database has version {schema.present}, and only the version of Callsheet that "
            "made it can change it back."
        )
    flask_migrate.Migrate(app, db, directory=str(MIGRATIONS))
    with app.app_context():
        flask_migrate.downgrade(revision=to)


def require_tables(app: Flask) -> None:
    """Make the tables of a new database; raise `SchemaNotUsable` for any but this version's.

    Commands that people run beside a system must not upgrade it under the processes that run.
    """
    schema = schema_of(app)
    if schema.state is SchemaState.EMPTY:
        upgrade(app)
    else:
        check_usable(schema)


def _check_known(revision: str) -> None:
    known = revisions()
    if revision not in known:
        raise SchemaNotUsable(
            f"This Callsheet does not know the database version {revision}; it knows those from "
            f"{known[-1]} to {known[0]}."
        )


def main() -> int:
    try:
        settings = current()
    except ConfigurationError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    configure(settings)
    private_files.protect(settings.state)
    try:
        upgrade(base_app.create_base_app(settings))
    except SchemaNotUsable as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
