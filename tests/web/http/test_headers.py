"""Rates of requests, headers of every answer, origins of front ends."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from config.api_keys import make
from config.networks import parse
from config.settings import Settings
from tests.services.redis_server import RedisServer
from tests.web.caller import Caller, problem
from tests.web.conftest import as_operator, serving
from web.http.authentication import API_KEY_HEADER as HEADER

FORWARDED = "X-Forwarded-For"
FRIEND = "https://studio.example"


NOWHERE = "/sessions"
"""An address that answers strangers with a refusal, and counts them."""


def until_refused(http: httpx.Client, most: int, path: str = NOWHERE, **headers: str) -> int:
    """How many requests were answered before one was refused."""
    for number in range(2 * most + 2):
        answer = http.get(path, headers=headers)
        assert answer.headers["ratelimit-limit"] == str(most)
        assert 0 < int(answer.headers["ratelimit-reset"]) <= 60
        if answer.status_code == 429:
            problem(answer, 429, "TOO_MANY_REQUESTS")
            assert answer.headers["ratelimit-remaining"] == "0"
            assert 0 < int(answer.headers["retry-after"]) <= 60
            return number
        assert answer.status_code == 403
        assert "retry-after" not in answer.headers
    raise AssertionError("none was refused")


def test_too_many_requests_are_refused_except_health_checks(settings: Settings) -> None:
    limited = replace(settings, requests_a_minute=3)
    with serving(limited) as address, httpx.Client(base_url=address) as http:
        # The minute begins with the first request. Reading has four times the rate.
        assert until_refused(http, 12) == 12
        assert http.get("/livez").status_code == 200


def test_uploads_and_starts_have_a_count_of_their_own(settings: Settings) -> None:
    limited = replace(settings, requests_a_minute=6)
    with serving(limited) as address, httpx.Client(base_url=address) as http:
        caller = Caller(http)
        session_id = caller.ready_session()
        until_refused(http, 24)
        started = caller.start(session_id)
        assert started.status_code == 202
        assert started.headers["ratelimit-limit"] == "2"
        again = [caller.face(session_id) for _ in range(4)]
        assert {answer.status_code for answer in again} == {201, 429}


def test_a_key_has_its_own_rate_and_an_unknown_one_none(settings: Settings) -> None:
    (key, known), (other_key, other) = make("studio", 3), make("phone", 3)
    limited = replace(settings, requests_a_minute=1, api_keys=(known, other))
    with serving(limited) as address, httpx.Client(base_url=address) as http:
        until_refused(http, 4)
        assert until_refused(http, 12, **{HEADER: key}) == 12
        # Another key has a count of its own.
        assert until_refused(http, 12, **{HEADER: other_key}) == 12
        unknown = http.get("/sessions", headers={HEADER: known.sha256})
        problem(unknown, 401, "API_KEY_UNKNOWN")
    assert key not in repr(limited)


def test_callers_behind_a_trusted_proxy_are_counted_apart(settings: Settings) -> None:
    limited = replace(settings, requests_a_minute=1, trusted_proxies=parse("127.0.0.0/8"))
    with serving(limited) as address, httpx.Client(base_url=address) as http:
        until_refused(http, 4, **{FORWARDED: "203.0.113.1"})
        # What a caller makes up stands before what the proxy adds, and changes nothing.
        for forged in ("203.0.113.2", "127.0.0.1", "unknown", "x" * 9000):
            said = {FORWARDED: f"{forged}, 203.0.113.1"}
            assert http.get("/sessions", headers=said).status_code == 429
        twice = [(FORWARDED, "203.0.113.2"), (FORWARDED, "203.0.113.1")]
        assert http.get("/sessions", headers=twice).status_code == 429
        assert until_refused(http, 4, **{FORWARDED: "203.0.113.2"}) == 4


def test_without_trusted_proxies_a_forged_address_is_ignored(settings: Settings) -> None:
    limited = replace(settings, requests_a_minute=1)
    with serving(limited) as address, httpx.Client(base_url=address) as http:
        until_refused(http, 4)
        for number in range(3):
            said = {FORWARDED: f"203.0.113.{number}"}
            assert http.get("/sessions", headers=said).status_code == 429


@pytest.mark.parametrize("proxies", ["", "127.0.0.0/8"])
def test_address_never_makes_a_caller_an_operator(settings: Settings, proxies: str) -> None:
    behind = replace(settings, trusted_proxies=parse(proxies))
    claims = [
        {},
        *({FORWARDED: said} for said in ("203.0.113.9", "127.0.0.1", "::1", "", "127.0.0.1, ::1")),
        *({name: "127.0.0.1"} for name in ("X-Real-IP", "Forwarded", "Via")),
        {"Host": "localhost"},
        {"Authorization": "Bearer"},
    ]
    with serving(behind) as address, httpx.Client(base_url=address) as http:
        for headers in claims:
            problem(http.get("/quarantine", headers=headers), 403, "OPERATORS_ONLY")


def test_operator_token_works_behind_a_proxy(settings: Settings) -> None:
    behind = replace(settings, trusted_proxies=parse("127.0.0.1"), operator_token="open")
    with serving(behind) as address:
        told = {FORWARDED: "203.0.113.9", "Authorization": "Bearer open"}
        answer = httpx.get(f"{address}/quarantine", headers=told)
        assert answer.status_code == 200
        assert "no-store" in answer.headers["cache-control"]
        for scheme in ("Basic", "Token", "Digest", ""):
            other = told | {"Authorization": f"{scheme} open".strip()}
            problem(httpx.get(f"{address}/quarantine", headers=other), 403, "OPERATORS_ONLY")


def test_redis_may_be_behind_a_socket(settings: Settings, tmp_path: Path) -> None:
    """As the embedded one is."""
    place = tmp_path / "socket"
    place.mkdir()
    with RedisServer(place, "--unixsocket", str(place / "redis.sock")):
        limited = replace(settings, requests_a_minute=2, redis_url=f"unix://{place / 'redis.sock'}")
        with serving(limited) as address, httpx.Client(base_url=address) as http:
            assert until_refused(http, 8) == 8


def test_two_processes_count_together_and_alone_without_redis(
    settings: Settings, redis_server: RedisServer
) -> None:
    limited = replace(settings, requests_a_minute=6)
    with (
        serving(limited) as one,
        serving(limited) as other,
        httpx.Client(base_url=one) as first,
        httpx.Client(base_url=other) as second,
    ):
        session_id = Caller(first).ready_session()

        def left(http: httpx.Client) -> int:
            return int(http.get(NOWHERE).headers["ratelimit-remaining"])

        def counted_together() -> bool:
            before = left(first)
            return left(second) == before - 1 and left(first) == before - 2

        assert counted_together()
        until_refused(second, 24)
        assert first.get(NOWHERE).status_code == 429
        redis_server.kill()
        # It fails open, to a limit of its own: jobs are still accepted.
        assert first.get(NOWHERE).status_code == 403
        assert Caller(first).start(session_id).status_code == 202
        assert until_refused(first, 24) <= 24


def test_a_page_that_polls_with_operate_beside_it_is_not_refused(settings: Settings) -> None:
    """Once a second, and 48 requests of an operator's page, within the default rate."""
    limited = replace(settings, requests_a_minute=60)
    with serving(limited) as address, httpx.Client(base_url=address) as http:
        session_id = Caller(http).session()
        page = [http.get(f"/session/{session_id}/status") for _ in range(60)]
        operate = [http.get("/workers") for _ in range(48)]
    assert {answer.status_code for answer in page + operate} == {200}


def test_sessions_of_one_address_read_apart_under_a_ceiling(settings: Settings) -> None:
    limited = replace(settings, requests_a_minute=2)
    with serving(limited) as address, httpx.Client(base_url=address) as http:

        def read(number: int) -> int:
            return http.get(f"/outputs/{number:032x}").status_code

        def of_one(number: int) -> int:
            return sum(read(number) != 429 for _ in range(10))

        assert [of_one(number) for number in (1, 2)] == [8, 8]
        # Ids can be made up: all of them together have four times as much.
        answered = sum(read(number) != 429 for number in range(3, 80))
        assert 0 < answered <= 32 - 16
        # The dear kinds are the address's, whichever session is presented.
        refused = [
            http.post("/session/create", json={"user_id": "a"}, headers={"X-Session-ID": name})
            for name in ("a", "b", "c")
        ]
        assert 429 in {answer.status_code for answer in refused}


def test_each_kind_of_request_is_counted_apart(settings: Settings) -> None:
    limited = replace(settings, requests_a_minute=3)
    with serving(limited) as address, httpx.Client(base_url=address) as http:
        until_refused(http, 12)
        caller = Caller(http)
        session_id = caller.session()
        assert http.post("/session/create", json={"user_id": "a"}).status_code == 429
        assert caller.face(session_id).status_code == 201
        assert caller.face(session_id).status_code == 429
        assert caller.start(session_id).status_code == 202
        assert caller.start(session_id).status_code == 429
        estimate = {"script": "Hello."}
        assert http.post("/process/estimate", json=estimate).status_code == 200


def test_preflight_requests_are_not_counted(settings: Settings) -> None:
    with serving(replace(settings, requests_a_minute=1, cors_origins=(FRIEND,))) as address:
        asked = {"Origin": FRIEND, "Access-Control-Request-Method": "GET"}
        with httpx.Client(base_url=address) as http:
            answers = [http.options(NOWHERE, headers=asked) for _ in range(9)]
            answers += [http.options("/session/create") for _ in range(9)]
            assert 429 not in {answer.status_code for answer in answers}
            assert not any("ratelimit-limit" in answer.headers for answer in answers)
            assert http.get(NOWHERE).headers["ratelimit-remaining"] == "3"


@pytest.mark.parametrize("scheme", ["Basic", "Token", "Digest", "", "BearerX"])
def test_only_the_bearer_scheme_carries_an_operators_token(settings: Settings, scheme: str) -> None:
    with serving(replace(settings, operator_token="open")) as address:
        said = {"Authorization": f"{scheme} open".strip()}
        assert httpx.get(f"{address}/quarantine", headers=said).status_code in (401, 403)
        said = {"Authorization": "bearer open"}
        assert httpx.get(f"{address}/quarantine", headers=said).status_code == 200


def test_concurrent_requests_pass_while_redis_is_down(
    settings: Settings, redis_server: RedisServer
) -> None:
    limited = replace(settings, requests_a_minute=1000)
    known = as_operator(settings)
    with (
        serving(limited) as address,
        httpx.Client(base_url=address, timeout=30, headers=known) as http,
    ):
        redis_server.kill()
        with ThreadPoolExecutor(16) as pool:
            codes = set(pool.map(lambda _: http.get("/sessions").status_code, range(64)))
    assert codes == {200}


def test_every_answer_has_its_headers(caller: Caller) -> None:
    session_id = caller.ready_session()
    listed = caller.http.get(f"/outputs/{session_id}").json()["outputs"]
    pages = ("/", "/create", "/videos/job", "/account", "/operate", "/docs", "/docs/docs.js")
    file = listed[0]["url"]
    for path in ("/livez", "/nowhere", f"/session/{session_id}/status", file, *pages):
        headers = caller.http.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "no-referrer"
        policy = headers["content-security-policy"].split("; ")
        for rule in ("default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"):
            assert rule in policy, path
        assert headers["cross-origin-opener-policy"] == "same-origin"
        shown_by_others = headers["cross-origin-resource-policy"] == "cross-origin"
        assert shown_by_others is (path == file), path
        for sense in ("camera", "microphone"):
            assert f"{sense}=()" in headers["permissions-policy"] or path in pages[:5]
        assert "*" not in headers["permissions-policy"]
        assert "strict-transport-security" not in headers
        assert "access-control-allow-origin" not in headers
    for private in (f"/session/{session_id}/status", "/quarantine", "/operations", "/cache"):
        assert caller.http.get(private).headers["cache-control"] == "no-store"


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


def test_answers_from_outside_flask_have_the_same_headers(settings: Settings) -> None:
    """Engine.IO answers polling requests, and refuses handshakes, before Flask sees them."""
    names = (
        *("content-security-policy", "x-frame-options", "referrer-policy"),
        *("x-content-type-options", "cross-origin-opener-policy", "permissions-policy"),
    )
    limited = replace(settings, clients_per_address=1, max_clients=1, https_only="1")
    with serving(limited) as address, httpx.Client(base_url=address) as http:
        wanted = {name: http.get("/livez").headers[name] for name in names}
        answers = [http.get("/socket.io/?EIO=4&transport=polling") for _ in range(8)]
        assert {answer.status_code for answer in answers} == {200, 503}
        for answer in [*answers, http.get("/socket.io/?EIO=4&transport=polling&sid=unknown")]:
            assert {name: answer.headers[name] for name in names} == wanted
            assert answer.headers["strict-transport-security"]
            assert answer.headers["cache-control"] == "no-store"
            assert len(answer.headers.get_list("x-content-type-options")) == 1
