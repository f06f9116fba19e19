"""The database of this machine's system, for commands that need no server."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import click

from config import private_files
from config.settings import Settings, read
from web import base_app
from web.accounts import emails
from web.accounts import registration as accounts
from web.accounts.errors import UserNotFound
from web.accounts.models import User
from web.db.engine import reading
from web.migrate import require_tables
from web.state_directory import StateDirectory


def address(_context: click.Context, _option: click.Parameter, text: str | None) -> str | None:
    """Read the mail address of an argument."""
    try:
        return None if text is None else emails.normalised(text)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


email_argument = click.argument("email", callback=address)


@contextmanager
def open_application() -> Iterator[Settings]:
    """Open the database of this machine's system; a new one gets its tables."""
    state = StateDirectory.find(os.environ)
    with private_files.owner_only():
        settings = read({**os.environ, "CALLSHEET_STATE": str(state.directory)})
        app = base_app.create_base_app(settings)
        require_tables(app)
        with app.app_context():
            yield settings


def find_user(email: str) -> User:
    """Find an account by its address; raises `UserNotFound`."""
    with reading() as db:
        user = accounts.find(db, email)
    if user is None:
        raise UserNotFound
    return user
