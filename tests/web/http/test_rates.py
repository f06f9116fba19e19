"""Which requests are dear: the rate that an answer names, for each kind of route."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from config.settings import Settings
from tests.web.conftest import close
from web.app import create_app

RATE = 60
ROUTES = {
    # How many a minute may be sent with a rate of 60.
    "POST /session/create": 20,
    "POST /upload/face": 20,
    "POST /upload/audio": 20,
    "POST /uploads": 20,
    "PATCH /uploads/s/u": 240,
    "POST /uploads/s/u": 240,
    "POST /process/start": 20,
    "POST /api/start-processing": 20,
    "POST /process/j/retry": 20,
    "POST /process/estimate": 60,
    "POST /process/j/cancel": 60,
    "GET /process/j/events": 60,
    "GET /progress/s": 60,
    "GET /download/s/f": 240,
    "GET /process/j": 240,
    "HEAD /process/j": 240,
}


@pytest.fixture
def limited(settings: Settings) -> Iterator[FlaskClient]:
    app: Flask = create_app(replace(settings, requests_a_minute=RATE))
    yield app.test_client()
    close(app)


def test_each_kind_of_request_has_its_share_of_the_rate(limited: FlaskClient) -> None:
    named = {}
    for route in ROUTES:
        method, path = route.split()
        named[route] = int(limited.open(path, method=method).headers["RateLimit-Limit"])
    assert named == ROUTES
