"""Every address of the API, from the application itself."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from flask import Flask

from config.settings import read
from web.app import create_app
from web.db.engine import db

_MADE_BY_EXTENSIONS = {"/openapi.json": "The OpenAPI 3.1 document of all of this"}


@dataclass(frozen=True, order=True, slots=True)
class Endpoint:
    """A method on a path, and the first line of what it says of itself."""

    path: str
    method: str
    summary: str


@contextmanager
def undisturbed() -> Iterator[Flask]:
    """An application in a directory of its own, to be looked at; no service is asked."""
    with tempfile.TemporaryDirectory() as state:
        app = create_app(read({"CALLSHEET_STATE": state, "REQUESTS_A_MINUTE": "0"}))
        try:
            yield app
        finally:
            with app.app_context():
                db.engine.dispose()
            app.extensions["callsheet"].redis.close()


def endpoints() -> list[Endpoint]:
    """By path."""
    with undisturbed() as app:
        found = [
            Endpoint(
                re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule),
                method,
                _summary(rule.rule, app.view_functions[rule.endpoint].__doc__),
            )
            for rule in app.url_map.iter_rules()
            if not rule.websocket  # it has a plain rule beside it
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
        ]
    return sorted(found)


def _summary(path: str, doc: str | None) -> str:
    known = _MADE_BY_EXTENSIONS.get(path)
    return known or (doc or "").strip().partition("\n")[0]
