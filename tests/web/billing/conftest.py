"""Applications that charge for videos."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from config.settings import Settings
from tests.web.conftest import close
from web.app import create_app


@pytest.fixture
def billed(settings: Settings) -> Iterator[Flask]:
    """One with SQLite."""
    yield from _open(settings)


@pytest.fixture
def billed_either(either: Settings) -> Iterator[Flask]:
    """One with each kind of database."""
    yield from _open(either)


def paying(settings: Settings, **more: Any) -> Settings:
    """The same with credits."""
    return replace(settings, billing=replace(settings.billing, mode="on", **more))


def _open(settings: Settings) -> Iterator[Flask]:
    app = create_app(paying(settings))
    with app.app_context():
        yield app
    close(app)
