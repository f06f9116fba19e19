"""An application for Python programs that have none, created on first use.

It takes its settings from the environment, as every process does, and migrates its database
first.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from functools import cache
from typing import Any

from flask import Flask, has_app_context

from config.settings import current
from web import base_app


@cache
def application() -> Flask:
    """Return this program's application."""
    # Imported here: alembic is a fifth of the import time of processes that do not need it.
    from web.migrate import upgrade

    app = base_app.create_base_app(current())
    upgrade(app)
    return app


def ensure_app_context() -> AbstractContextManager[Any]:
    """Return a context with the current application, or else this program's own."""
    return nullcontext() if has_app_context() else application().app_context()
