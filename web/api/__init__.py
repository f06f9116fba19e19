"""The REST API: a blueprint per noun, and the OpenAPI document that they make."""

from __future__ import annotations

from flask import Flask
from flask_smorest import Api

from web.api.cleanup import cleanup
from web.api.events import events, open_socket
from web.api.health import health
from web.api.jobs import jobs
from web.api.outputs import outputs
from web.api.quarantine import quarantine
from web.api.sessions import sessions
from web.api.uploads import uploads
from web.api.workers import workers
from web.schemas.problem import Problem

_BLUEPRINTS = (
    health,
    sessions,
    uploads,
    outputs,
    jobs,
    events,
    workers,
    quarantine,
    cleanup,
)


class _Api(Api):  # type: ignore[misc]  # flask-smorest has no types
    """flask-smorest's, with our error shape in the document."""

    ERROR_SCHEMA = Problem


def register(app: Flask) -> None:
    """Put every address of ours into an application."""
    app.config.update(
        API_TITLE="Callsheet",
        API_VERSION="1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/",
        OPENAPI_JSON_PATH="openapi.json",
    )
    api = _Api(app)
    for blueprint in _BLUEPRINTS:
        api.register_blueprint(blueprint)
    app.add_url_rule("/progress/<session_id>", view_func=open_socket, websocket=True)
