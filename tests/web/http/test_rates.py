"""Which requests are dear: the rate that an answer names, for each kind of route."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask

from config.settings import Settings
from tests.web.conftest import close
from web.app import create_app

RATE = 60
USUAL = {"GET": 240, "POST": 60, "PUT": 60, "PATCH": 60, "DELETE": 60}
"""How many a minute may be sent with a rate of 60."""
UNUSUAL = {
    20: (
        "POST /session/create",
        "POST /upload/face",
        "POST /upload/audio",
        "POST /uploads",
        "POST /process/start",
        "POST /process/<job_id>/retry",
        "POST /api/start-processing",
        "POST /api/images",
        "POST /api/voices",
        "POST /api/previews",
        "POST /api/verify",
        "POST /api/reports",
        "POST /api/projects",
        "POST /api/projects/<project_id>/analyze",
        "POST /api/projects/<project_id>/generate",
        "POST /api/projects/<project_id>/regenerate",
        "POST /api/projects/<project_id>/upload-sample",
        "POST /api/projects/<project_id>/upload-character",
        "POST /api/projects/<project_id>/upload-audio",
    ),
    60: ("GET /process/<job_id>/events", "GET /progress/<session_id>"),
    240: ("PATCH /uploads/<session_id>/<upload_id>", "POST /uploads/<session_id>/<upload_id>"),
    1200: ("GET /api/previews/<preview_id>", "POST /api/billing/stripe/webhook"),
}
FREE = ("/static/", "/livez", "/readyz", "/health", "/metrics")


@pytest.fixture
def limited(settings: Settings) -> Iterator[Flask]:
    app = create_app(replace(settings, requests_a_minute=RATE))
    yield app
    close(app)


def test_each_route_has_its_share_of_the_rate(limited: Flask) -> None:
    """The limit does not depend on what is asked, nor on whether the request is refused."""
    named: dict[str, int] = {}
    unusual = {route: limit for limit, routes in UNUSUAL.items() for route in routes}
    http = limited.test_client()
    for rule in limited.url_map.iter_rules():
        if rule.endpoint.startswith("studio.") or rule.rule.startswith(FREE):
            continue
        for method in rule.methods & USUAL.keys():
            route = f"{method} {rule.rule}"
            path = re.sub(r"<[^>]+>", "1", rule.rule)
            answer = http.open(path, method=method, buffered=True)
            named[route] = int(answer.headers["RateLimit-Limit"])
    assert unusual.keys() <= named.keys(), "no route is gone"
    assert named == {route: USUAL[route.split()[0]] for route in named} | unusual


def test_looking_at_a_head_is_reading(limited: Flask) -> None:
    assert limited.test_client().head("/process/j").headers["RateLimit-Limit"] == "240"
