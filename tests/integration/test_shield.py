"""Rates of requests, headers of every answer, origins of front ends."""

from __future__ import annotations

from dataclasses import replace

import httpx

from config.settings import Settings
from tests.integration.caller import Caller, problem
from tests.integration.conftest import serving
from tests.services.redis_server import RedisServer

FRIEND = "https://studio.example"


def until_refused(http: httpx.Client, most: int) -> int:
    """How many requests were answered before one was refused."""
    for number in range(2 * most + 1):
        answer = http.get(f"/outputs/{'0' * 32}")
        if answer.status_code == 429:
            problem(answer, 429, "TOO_MANY_REQUESTS")
            assert answer.headers.get_list("retry-after") != []
            return number
    raise AssertionError("none was refused")


def test_too_many_are_refused_and_health_is_not(settings: Settings) -> None:
    limited = replace(settings, requests_a_minute=12)
    with serving(limited) as address, httpx.Client(base_url=address) as http:
        # The minute may turn while we count.
        assert 12 <= until_refused(http, 12) <= 24
        assert http.get("/livez").status_code == 200


def test_two_processes_count_together_and_alone_without_redis(
    settings: Settings, redis_server: RedisServer
) -> None:
    limited = replace(settings, requests_a_minute=10)
    with (
        serving(limited) as one,
        serving(limited) as other,
        httpx.Client(base_url=one) as first,
        httpx.Client(base_url=other) as second,
    ):
        for _ in range(5):
            first.get("/sessions")
        assert until_refused(second, 10) <= 15
        redis_server.kill()
        assert first.get(f"/outputs/{'0' * 32}").status_code == 404  # it fails open ...
        assert until_refused(first, 10) <= 20  # ... to a limit of its own


def test_every_answer_has_its_headers(caller: Caller) -> None:
    session_id = caller.ready_session()
    listed = caller.http.get(f"/outputs/{session_id}").json()["outputs"]
    for path in ("/livez", "/nowhere", f"/session/{session_id}/status", listed[0]["url"]):
        headers = caller.http.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "no-referrer"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "access-control-allow-origin" not in headers
    status = caller.http.get(f"/session/{session_id}/status")
    assert status.headers["cache-control"] == "no-store"


def test_only_listed_origins_may_read(settings: Settings) -> None:
    with serving(replace(settings, cors_origins=(FRIEND,))) as address:
        asked = {"Origin": FRIEND, "Access-Control-Request-Method": "POST"}
        preflight = httpx.options(f"{address}/session/create", headers=asked)
        assert preflight.status_code == 204
        assert preflight.headers["access-control-allow-origin"] == FRIEND
        assert "POST" in preflight.headers["access-control-allow-methods"]
        for origin in ("https://evil.example", f"{FRIEND}.evil.example", "null", ""):
            stranger = httpx.get(f"{address}/livez", headers={"Origin": origin})
            assert "access-control-allow-origin" not in stranger.headers
            assert stranger.headers["vary"] == "Origin"
