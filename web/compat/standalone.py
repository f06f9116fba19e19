"""An application for Python programs that have none, created on first use.

It takes its settings from the environment, as every process does, and migrates its database
first. Without `REDIS_URL` it uses the embedded Redis of the system that runs in the same state
directory, if one does.
"""

from __future__ import annotations

import os
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from typing import Any

from flask import Flask, has_app_context

from config.settings import Settings, current, read
from config.values import is_set
from web import base_app
from web.state_directory import StateDirectory


@cache
def application() -> Flask:
    """Return this program's application."""
    # Imported here: alembic is a fifth of the import time of processes that do not need it.
    from web.migrate import upgrade

    app = base_app.create_base_app(_settings())
    upgrade(app)
    return app


def _settings() -> Settings:
    state = StateDirectory.find(os.environ)
    if is_set("REDIS_URL", os.environ) or not state.redis_socket.exists():
        return current()
    running = {"CALLSHEET_STATE": str(state.directory), "REDIS_URL": state.redis_url}
    return read(os.environ | running)


def ensure_app_context() -> AbstractContextManager[Any]:
    """Return a context with the current application, or else this program's own."""
    return nullcontext() if has_app_context() else application().app_context()
