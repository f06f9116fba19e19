"""The base application: a database and the services, without routes.

The controller, migrations and Python programs need no more. `web.app` adds what serves requests.
"""

from __future__ import annotations

from flask import Flask

from config.settings import Settings
from web import tables  # noqa: F401  registers every table before the first query
from web.db.engine import db, engine_options, prepare
from web.services import open_services


def create_base_app(settings: Settings) -> Flask:
    """Create a Flask application that serves no requests yet."""
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
