"""What accounts cost: a token or a key on each request, and `/health` while many people log in.

Machines of benchmarks are busy, so each figure stands beside one of the same moment: requests
without credentials, and `/health` while no one logs in.
"""

from __future__ import annotations

import http.client
import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import psutil
import pytest

from tests.bench.report import Row, at_least, at_most, percentile, write
from tests.bench.small import size
from tests.deployment import Deployment
from tests.services.redis_server import RedisServer

pytestmark = pytest.mark.bench

REQUESTS = size(600, 5)
ROUNDS = size(6, 1)
ROUND_SECONDS = size(2.0, 0.2)
CLIENTS = 2
LOGINS = size(50, 3)
IDLE_SECONDS = size(10.0, 0.2)
LEAST_LOOKS = size(100, 3)
PASSWORD = "correct horse battery"
PATH = "/capabilities"
"""A cheap answer, so that the credentials weigh as much as they can."""

Headers = dict[str, str]


class Site:
    """A web process that is asked directly, with as little as possible in between."""

    def __init__(self, url: str, process: psutil.Process) -> None:
        place = urlsplit(url)
        self.url, self._host, self._port = url, str(place.hostname), int(place.port or 80)
        self._process = process

    def ask(self, path: str, headers: Headers) -> float:
        """Ask once and return the milliseconds."""
        began = time.perf_counter()
        connection = http.client.HTTPConnection(self._host, self._port, timeout=120)
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        answer.read()
        connection.close()
        assert answer.status in (200, 503), answer.status  # unhealthy: no workers here
        return (time.perf_counter() - began) * 1000

    def cpu(self) -> float:
        """Return the CPU seconds that the process has used."""
        used = self._process.cpu_times()
        return float(used.user + used.system)

    def asked_in(self, seconds: float, headers: Headers) -> int:
        """Return how many requests are answered in so many seconds."""

        def ask_until(end: float) -> int:
            count = 0
            while time.perf_counter() < end:
                self.ask(PATH, headers)
                count += 1
            return count

        end = time.perf_counter() + seconds
        with ThreadPoolExecutor(CLIENTS) as pool:
            return sum(pool.map(ask_until, [end] * CLIENTS))


def address(number: int) -> Headers:
    return {"X-Forwarded-For": f"192.0.2.{number}"}


def sign_up(http: httpx.Client, number: int) -> dict[str, str]:
    sent = {"email": f"user{number}@example.com", "password": PASSWORD}
    http.post("/api/auth/register", json=sent, headers=address(number)).raise_for_status()
    return sent


@contextmanager
def standing(tmp_path: Path, redis_server: RedisServer) -> Iterator[tuple[Site, httpx.Client]]:
    extra = {"TRUSTED_PROXIES": "127.0.0.1/32", "REQUESTS_A_MINUTE": "1000000"}
    extra |= {"ACCOUNT_REQUESTS_A_MINUTE": "1000000", "CONNECTIONS_PER_ADDRESS": "0"}
    with Deployment(tmp_path, redis_server, **extra) as deployment:
        url = deployment.start_web()
        with httpx.Client(base_url=url, timeout=120, verify=False) as http:
            yield Site(url, deployment.process("web")), http


def test_a_key_or_token_costs_little(tmp_path: Path, redis_server: RedisServer) -> None:
    with standing(tmp_path, redis_server) as (site, http):
        found = http.post("/api/auth/login", json=sign_up(http, 1)).json()
        token = {"Authorization": f"Bearer {found['access_token']}"}
        wanted = {"name": "bench", "scopes": ["jobs:read"]}
        key = http.post("/api/keys", json=wanted, headers=token).json()["key"]
        callers: dict[str, Headers] = {"anonymous": {}, "token": token, "key": {"X-API-Key": key}}

        times: dict[str, list[float]] = {name: [] for name in callers}
        for _ in range(REQUESTS):
            for name, headers in callers.items():
                times[name].append(site.ask(PATH, headers))
        p50 = {name: statistics.median(taken) for name, taken in times.items()}

        counts = dict.fromkeys(callers, 0)
        cpu = dict.fromkeys(callers, 0.0)
        for _ in range(ROUNDS):
            for name, headers in callers.items():
                before = site.cpu()
                counts[name] += site.asked_in(ROUND_SECONDS, headers)
                cpu[name] += site.cpu() - before
    rows = []
    for name in callers:
        rate = counts[name] / ROUNDS / ROUND_SECONDS
        rows += [
            Row(f"{name}: p50", p50[name], "ms"),
            Row(f"{name}: requests a second", rate, ""),
            Row(f"{name}: CPU for each", cpu[name] / counts[name] * 1000, "ms"),
        ]
    for name in ("token", "key"):
        share = counts[name] / counts["anonymous"]
        rows += [
            at_most(f"{name}: p50 beyond anonymous", p50[name] - p50["anonymous"], "ms", 1.0),
            at_least(f"{name}: share of the anonymous rate", share, "", 0.9),
        ]
    write("accounts-credentials", rows)


def test_health_answers_while_many_people_log_in(tmp_path: Path, redis_server: RedisServer) -> None:
    with standing(tmp_path, redis_server) as (site, http):
        people = [sign_up(http, number) for number in range(LOGINS)]

        def health_while(going_on: Callable[[], bool]) -> list[float]:
            times: list[float] = []
            while going_on() or len(times) < LEAST_LOOKS:
                times.append(site.ask("/health", {}))
            return times

        until = time.perf_counter() + IDLE_SECONDS
        idle = health_while(lambda: time.perf_counter() < until)
        with ThreadPoolExecutor(LOGINS) as pool:
            began = time.perf_counter()
            logins = [
                pool.submit(http.post, "/api/auth/login", json=one, headers=address(number))
                for number, one in enumerate(people)
            ]
            busy = health_while(lambda: not all(login.done() for login in logins))
            took = time.perf_counter() - began
    statuses = [login.result().status_code for login in logins]
    assert set(statuses) <= {200, 503}  # 503: after 30 s of waiting for a turn to hash
    write(
        "accounts-logins",
        [
            Row(f"{LOGINS} logins", took, "s"),
            Row("of them refused as busy", statuses.count(503), ""),
            Row("/health idle, p50", statistics.median(idle), "ms"),
            Row("/health idle, p99", percentile(idle, 0.99), "ms"),
            Row("/health meanwhile, p50", statistics.median(busy), "ms"),
            at_most("/health meanwhile, p99", percentile(busy, 0.99), "ms", 200),
        ],
    )
