"""The base class of all blueprints: flask-smorest's, with strict JSON parsing."""

from __future__ import annotations

import flask_smorest

from web.http.json_body import JsonBodies


class Blueprint(flask_smorest.Blueprint):  # type: ignore[misc]  # flask-smorest has no types
    """The routes of one resource."""

    ARGUMENTS_PARSER = JsonBodies()
