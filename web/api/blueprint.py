"""The blueprint of every address: flask-smorest's, reading JSON as strictly as we do."""

from __future__ import annotations

import flask_smorest

from web.http.json_body import JsonBodies


class Blueprint(flask_smorest.Blueprint):  # type: ignore[misc]  # flask-smorest has no types
    """Addresses of one noun."""

    ARGUMENTS_PARSER = JsonBodies()
