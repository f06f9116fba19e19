"""A database for events that are applied without a process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from config.settings import read
from web.app import create_app
from web.db.engine import db


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    app = create_app(read({"CALLSHEET_STATE": str(tmp_path_factory.mktemp("ledger"))}))
    with app.app_context():
        db.create_all()
        yield app
        db.engine.dispose()
    app.extensions["callsheet"].redis.close()
