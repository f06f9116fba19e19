"""`python -m web.migrate`: bring the database to the tables that this version knows.

Only here is alembic loaded: it is a fifth of what the other processes would import.
"""

from __future__ import annotations

import sys

import flask_migrate
from flask import Flask

from config import private_files
from config.logs import configure
from config.settings import ConfigurationError, current
from web import base_app
from web.db.engine import MIGRATIONS, db


def upgrade(app: Flask) -> None:
    """Safe to call from several processes at once, and again when there is nothing to do."""
    flask_migrate.Migrate(app, db, directory=str(MIGRATIONS))
    with app.app_context():
        flask_migrate.upgrade()


def main() -> int:
    try:
        settings = current()
    except ConfigurationError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    configure(settings)
    private_files.protect(settings.state)
    upgrade(base_app.create_base_app(settings))
    return 0


if __name__ == "__main__":
    sys.exit(main())
