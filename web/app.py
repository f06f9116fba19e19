"""The application factory."""

from __future__ import annotations

from flask import Flask

from config.settings import Settings
from web import base_app, blueprints
from web.access import guard
from web.accounts.attempts import Attempts
from web.http import compression, errors, headers, plain_text, tracing, versions
from web.monitoring.metrics.registry import open_web_metrics
from web.monitoring.probes import open_probes
from web.services import Services

JSON_BYTES = 512 * 1024
"""Largest body of a request without files: the longest script, with every character escaped."""


def create_app(settings: Settings) -> Flask:
    """Create the Flask application that serves requests."""
    app = base_app.create_base_app(settings)
    app.config["MAX_CONTENT_LENGTH"] = JSON_BYTES
    services: Services = app.extensions["callsheet"]
    app.extensions["probes"] = open_probes(app, services)
    app.extensions["figures"] = open_web_metrics(app, services)
    app.extensions["attempts"] = Attempts(services)
    blueprints.register(app)
    compression.register(app)
    headers.register(app, services)
    errors.register(app)  # last, so that no extension overrides the form of errors
    plain_text.register(app)
    tracing.register(app)
    guard.register(app)
    versions.register(app)
    return app
