"""The application without its doors: a database, and the services.

All that control, the migrations and Python programs of others need; what answers requests
is put onto it in `web.app`.
"""

from __future__ import annotations

from flask import Flask

from config.settings import Settings
from web import tables  # noqa: F401  every table is known before the first query
from web.db.engine import db, engine_options, prepare
from web.services import open_services


def create_base_app(settings: Settings) -> Flask:
    """A Flask application that nobody can call yet."""
    settings.state.mkdir(mode=0o700, parents=True, exist_ok=True)
    app = Flask("web", static_folder=None)
    app.config.update(
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=engine_options(settings.database_url),
    )
    app.extensions["callsheet"] = open_services(settings)
    db.init_app(app)
    with app.app_context():
        prepare(db.engine)
    return app
