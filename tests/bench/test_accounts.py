"""What accounts cost: a token on each request, and `/health` while many people log in."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.deployment import Deployment
from tests.services.redis_server import RedisServer

pytestmark = pytest.mark.bench

REQUESTS = 400
LOGINS = 50
PASSWORD = "correct horse battery"


def timed(call: Callable[[], httpx.Response]) -> float:
    began = time.perf_counter()
    assert call().status_code in (200, 503)  # unhealthy: this system has no workers
    return (time.perf_counter() - began) * 1000


def sign_up(http: httpx.Client, number: int) -> dict[str, str]:
    sent = {"email": f"user{number}@example.com", "password": PASSWORD}
    http.post("/api/auth/register", json=sent, headers=address(number)).raise_for_status()
    return sent


def address(number: int) -> dict[str, str]:
    return {"X-Forwarded-For": f"192.0.2.{number}"}


def test_accounts(tmp_path: Path, redis_server: RedisServer) -> None:
    extra = {"TRUSTED_PROXIES": "127.0.0.1/32", "REQUESTS_A_MINUTE": "0"}
    with (
        Deployment(tmp_path, redis_server, **extra) as deployment,
        httpx.Client(base_url=deployment.start_web(), timeout=120, verify=False) as http,
    ):
        people = [sign_up(http, number) for number in range(LOGINS)]
        found = http.post("/api/auth/login", json=people[0]).json()
        token = {"Authorization": f"Bearer {found['access_token']}"}
        plain, signed = [], []
        for _ in range(REQUESTS):
            plain.append(timed(lambda: http.get("/livez")))
            signed.append(timed(lambda: http.get("/livez", headers=token)))
        overhead = statistics.median(signed) - statistics.median(plain)
        print(f"\ntoken: p50 {statistics.median(signed):.2f} ms, {overhead:+.2f} ms")

        with ThreadPoolExecutor(LOGINS) as pool:
            began = time.perf_counter()
            logins = [
                pool.submit(http.post, "/api/auth/login", json=one, headers=address(number))
                for number, one in enumerate(people)
            ]
            health = []
            while not all(login.done() for login in logins):
                health.append(timed(lambda: http.get("/health")))
            took = time.perf_counter() - began
        statuses = [login.result().status_code for login in logins]
        busy = statuses.count(503)  # after 30 s of waiting for a turn to hash
        assert set(statuses) <= {200, 503}
        p99 = sorted(health)[int(len(health) * 0.99)]
        print(f"{LOGINS} logins in {took:.1f} s, {busy} busy")
        print(f"/health: p99 {p99:.0f} ms of {len(health)}")
        assert overhead <= 1.0
        assert p99 < 200
