"""The application factory."""

from __future__ import annotations

from flask import Flask

from config.settings import Settings
from web import models  # noqa: F401  the tables must be known before the first query
from web.database import db, engine_options, migrate, prepare
from web.services import open_services


def create_app(settings: Settings) -> Flask:
    """A Flask application on these settings."""
    settings.state.mkdir(parents=True, exist_ok=True)
    app = Flask("web", static_folder=None)
    app.config.update(
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=engine_options(settings.database_url),
    )
    app.extensions["callsheet"] = open_services(settings)
    db.init_app(app)
    with app.app_context():
        prepare(db.engine)
    migrate.init_app(app, db, directory="web/migrations")
    return app
