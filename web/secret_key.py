"""The secret of an installation, which signs links and calls."""

from __future__ import annotations

from config.settings import Settings
from web.state_directory import StateDirectory


def secret_key(settings: Settings) -> bytes:
    """Return the installation's secret; the first process that needs it creates it."""
    return (settings.secret_key or StateDirectory(settings.state).secret("secret-key")).encode()
