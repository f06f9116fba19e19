"""Which requests are dear: the rate that an answer names, for each kind of route."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace

import pytest
import redis
from flask import Flask
from werkzeug.test import TestResponse

from config.api_keys import ApiKey, digest
from config.settings import Settings
from tests.services.waiting import until
from tests.web.conftest import close
from tests.web.people import PASSWORD, sign_up
from web.accounts import plans
from web.app import create_app
from web.errors import ApiKeyUnknown
from web.http import rates as module
from web.http.rates import Caller, Rates, caller

RATE = 60
STRANGER = "203.0.113.9"
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


def test_a_caller_may_ask_once_a_minute_whatever_its_rate() -> None:
    one, sixty = Caller("from:a", 1), Caller("from:a", 60)
    assert [one.most(kind) for kind in ("start", "change", "read")] == [1, 1, 4]
    assert [sixty.most(kind) for kind in ("start", "change", "read")] == [20, 60, 240]


def test_only_cheap_requests_are_counted_by_session() -> None:
    alone, session = Caller("from:a", 60), Caller("from:a", 60, "digest")
    for kind, is_cheap in {"read": True, "piece": True, "download": True, "start": False}.items():
        assert session.splits(kind) is is_cheap
        assert session.bucket(kind) == ("session:digest" if is_cheap else "from:a")
        assert not alone.splits(kind)
        assert alone.bucket(kind) == "from:a"


def test_an_address_and_a_named_key_are_callers(settings: Settings) -> None:
    keys = (ApiKey("studio", digest("secret"), 7),)
    known = replace(settings, requests_a_minute=RATE, api_keys=keys)
    assert caller(known, None, STRANGER) == Caller(f"from:{STRANGER}", RATE)
    assert caller(known, None, STRANGER, "id") == Caller(f"from:{STRANGER}", RATE, digest("id"))
    assert caller(known, "secret", STRANGER, "id") == Caller("key:studio", 7)
    with pytest.raises(ApiKeyUnknown):
        caller(known, "guessed", STRANGER)


@pytest.mark.parametrize("redis_is_there", [True, False])
def test_what_flask_does_not_serve_is_counted_too(settings: Settings, redis_is_there: bool) -> None:
    url = settings.redis_url if redis_is_there else "redis://127.0.0.1:1/0"
    rates = Rates(replace(settings, requests_a_minute=6, redis_url=url))
    rates.register(Flask("rates"))
    environ = {"REMOTE_ADDR": STRANGER}
    assert [rates.refuse_for(environ, "start") for _ in range(2)] == [None, None]
    seconds = rates.refuse_for(environ, "start")
    assert seconds is not None
    assert 30 <= seconds <= 60
    guessed = {**environ, "HTTP_X_API_KEY": "guessed"}
    assert rates.refuse_for(guessed, "start") is not None, "a wrong key is no other caller"
    assert rates.refuse_for(environ, "live") is None, "each kind has its own count"
    assert rates.refuse_for({"REMOTE_ADDR": "198.51.100.1"}, "start") is None
    rates.close()


def test_sessions_behind_an_address_share_four_times_its_rate(settings: Settings) -> None:
    app = create_app(replace(settings, requests_a_minute=1))
    http = app.test_client()

    def ask(session: int) -> TestResponse:
        return http.get("/process/j", headers={"X-Session-ID": f"session-{session}"})

    answers = [ask(number // 4) for number in range(16)]
    assert all(answer.status_code != 429 for answer in answers)
    assert answers[0].headers["RateLimit-Limit"] == "4"
    assert [answer.headers["RateLimit-Remaining"] for answer in answers[:4]] == list("3210")
    refused = ask(99)
    assert refused.status_code == 429
    assert refused.headers["RateLimit-Limit"] == "16"
    assert (
        30 <= int(refused.headers["Retry-After"]) == int(refused.headers["RateLimit-Reset"]) <= 60
    )
    close(app)


@pytest.mark.parametrize("path", ["/livez", "/static/x", "/health", "/", "/videos/v"])
def test_what_is_free_is_not_counted(limited: Flask, path: str) -> None:
    assert "RateLimit-Limit" not in limited.test_client().get(path).headers
    assert "RateLimit-Limit" not in limited.test_client().options("/process/j").headers


def test_closed_rates_hold_no_connection(settings: Settings) -> None:
    with redis.Redis.from_url(settings.redis_url) as client:
        before = len(client.client_list())
        rates = Rates(settings)
        rates.register(Flask("rates"))
        rates.refuse_for({"REMOTE_ADDR": STRANGER}, "start")
        assert len(client.client_list()) > before
        rates.close()
        until(lambda: len(client.client_list()) == before, "the connections are closed")


def test_a_refused_caller_waits_for_a_second_at_least(
    limited: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    rates = Rates(replace(settings, requests_a_minute=1))
    rates.register(Flask("rates"))
    assert rates.refuse_for({"REMOTE_ADDR": STRANGER}, "start") is None
    monkeypatch.setattr(module, "time", SimpleNamespace(time=lambda: 9e9))
    assert rates.refuse_for({"REMOTE_ADDR": STRANGER}, "start") == 1
    assert limited.test_client().get("/process/j").headers["RateLimit-Reset"] == "1"
    rates.close()


def test_users_are_counted_by_their_plan_where_they_are_signed_in(limited: Flask) -> None:
    with limited.app_context():
        http = limited.test_client()
        person = sign_up(http)
        plan = plans.named(limited.extensions["callsheet"].settings, "free").requests_a_minute
        assert plan != RATE
        own = http.get("/api/jobs", headers=person.headers)
        assert own.headers["RateLimit-Limit"] == str(4 * plan)
        sent = {"email": person.email, "password": PASSWORD}
        again = http.post("/api/auth/login", json=sent, headers=person.headers)
        assert again.headers["RateLimit-Limit"] == str(RATE), "signing in counts for the address"
        ended = {"Authorization": person.headers["Authorization"] + "x"}
        assert http.get("/api/jobs", headers=ended).headers["RateLimit-Limit"] == str(4 * RATE)
