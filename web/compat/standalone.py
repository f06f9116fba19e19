"""For Python programs that have no application of ours: one is made on the first use.

It stands on the settings of the environment, as every process does, and its database is
brought up to date first.
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
    """This program's."""
    # Not above: alembic is a fifth of what the processes that never come here would import.
    from web.migrate import upgrade

    app = base_app.create_base_app(current())
    upgrade(app)
    return app


def ensure_app_context() -> AbstractContextManager[Any]:
    """An application to work in: the one that is at work here, else this program's."""
    return nullcontext() if has_app_context() else application().app_context()
