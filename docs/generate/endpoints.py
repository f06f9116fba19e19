"""List every endpoint of the API, as the application registers them."""

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

_SUMMARIES_OF_EXTENSIONS = {"/openapi.json": "The OpenAPI 3.1 document of the API"}


@dataclass(frozen=True, order=True, slots=True)
class Endpoint:
    """A method on a path, with the first line of its docstring and its blueprint."""

    path: str
    method: str
    summary: str
    tag: str = ""

    @property
    def row(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def page(self) -> str:
        """The page of `docs/endpoints/` that has its example."""
        return self.tag.replace(" ", "-").replace("_", "-").lower()

    @property
    def anchor(self) -> str:
        """The anchor of its heading there, as GitHub makes them."""
        return re.sub(r"[^\w\- ]", "", self.row.lower()).replace(" ", "-")


@contextmanager
def inspected_app() -> Iterator[Flask]:
    """Create an application in a temporary directory; it calls no service."""
    with tempfile.TemporaryDirectory() as state:
        app = create_app(read({"CALLSHEET_STATE": state, "REQUESTS_A_MINUTE": "0"}))
        try:
            yield app
        finally:
            with app.app_context():
                db.engine.dispose()
            app.extensions["callsheet"].redis.close()


def endpoints() -> list[Endpoint]:
    """Return the endpoints, sorted by path."""
    with inspected_app() as app:
        found = [
            Endpoint(
                re.sub(r"<(?:[^<>]*:)?(\w+)>", r"{\1}", rule.rule),
                method,
                _summary(rule.rule, app.view_functions[rule.endpoint].__doc__),
                rule.endpoint.rpartition(".")[0],
            )
            for rule in app.url_map.iter_rules()
            if not rule.websocket  # it has a plain rule beside it
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
        ]
    return sorted(found)


def _summary(path: str, doc: str | None) -> str:
    known = _SUMMARIES_OF_EXTENSIONS.get(path)
    return known or (doc or "").strip().partition("\n")[0]
