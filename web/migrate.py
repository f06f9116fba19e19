"""`python -m web.migrate`: bring the database to the tables that this version knows."""

from __future__ import annotations

import sys

import flask_migrate
from flask import Flask

from config.logs import configure
from config.settings import ConfigurationError, current
from web.app import create_app


def upgrade(app: Flask) -> None:
    """Safe to call from several processes at once, and again when there is nothing to do."""
    with app.app_context():
        flask_migrate.upgrade()


def main() -> int:
    try:
        settings = current()
    except ConfigurationError as mistakes:
        sys.stderr.write(f"{mistakes}\n")
        return 2
    configure(settings)
    upgrade(create_app(settings))
    return 0


if __name__ == "__main__":
    sys.exit(main())
