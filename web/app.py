"""The application factory."""

from __future__ import annotations

from flask import Flask

from config.settings import Settings
from web import base_app, blueprints
from web.access import guard
from web.http import compression, errors, headers, plain_text, tracing
from web.monitoring.metrics.registry import open_web_metrics
from web.monitoring.probes import open_probes
from web.services import Services

JSON_BYTES = 512 * 1024
"""Of a request that is not an upload: a script of full length, every character escaped."""


def create_app(settings: Settings) -> Flask:
    """A Flask application on these settings."""
    app = base_app.create_base_app(settings)
    app.config["MAX_CONTENT_LENGTH"] = JSON_BYTES
    services: Services = app.extensions["callsheet"]
    app.extensions["probes"] = open_probes(app, services)
    app.extensions["figures"] = open_web_metrics(app, services)
    blueprints.register(app)
    compression.register(app)
    headers.register(app, services)
    errors.register(app)  # last, so that no extension answers in a shape of its own
    plain_text.register(app)
    tracing.register(app)
    guard.register(app)
    return app
