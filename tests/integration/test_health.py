"""Health, with parts that are away or hang."""

from __future__ import annotations

import os
import signal
import threading
import time
from dataclasses import replace

import httpx

from config.settings import Settings
from tasks import keys
from tests.integration import nodes
from tests.integration.caller import Caller, problem
from tests.integration.conftest import serving
from tests.services.redis_server import RedisServer


def test_alive_needs_nothing(caller: Caller, redis_server: RedisServer) -> None:
    redis_server.kill()
    assert caller.http.get("/livez").json() == {"status": "alive"}


def test_ready_when_all_parts_answer(caller: Caller, redis_server: RedisServer) -> None:
    redis_server.client().set(keys.CONTROL, "leading")
    nodes.beat(redis_server.client(), *nodes.real())
    for path, word in (("/readyz", "ready"), ("/health", "healthy")):
        answer = caller.http.get(path)
        assert answer.status_code == 200, answer.text
        assert answer.json()["status"] == word
        assert set(answer.json()["checks"]) == {"database", "redis", "store", "control"}


def test_not_ready_without_a_leader(caller: Caller) -> None:
    answer = caller.http.get("/readyz")
    assert answer.status_code == 503
    bad = [name for name, check in answer.json()["checks"].items() if not check["ok"]]
    assert bad == ["control"]


def test_not_ready_while_redis_hangs(caller: Caller, redis_server: RedisServer) -> None:
    redis_server.client().set(keys.CONTROL, "leading")
    os.kill(redis_server.pid, signal.SIGSTOP)
    try:
        threads = threading.active_count()
        began = time.monotonic()
        answers = [caller.http.get("/readyz") for _ in range(3)]
        assert time.monotonic() - began < 8
        # However often it is asked, one question is open for each part that hangs.
        probes = [t for t in threading.enumerate() if t.name.startswith("probe-")]
        assert len(probes) <= 2
        assert threading.active_count() <= threads + 3
    finally:
        os.kill(redis_server.pid, signal.SIGCONT)
    for answer in answers:
        assert answer.status_code == 503
        checks = answer.json()["checks"]
        assert checks["database"]["ok"]
        assert not checks["redis"]["ok"]
        assert checks["redis"]["why"] == "no answer in time"


def test_the_whole_says_what_front_ends_read(caller: Caller, redis_server: RedisServer) -> None:
    caller.session()
    without = caller.http.get("/health")
    assert without.status_code == 503  # nobody can make a real video
    assert without.json()["overall_healthy"] is without.json()["production_ready"] is False
    nodes.beat(redis_server.client(), *nodes.real())
    answer = caller.http.get("/health")
    assert answer.status_code == 200, answer.text
    said = answer.json()
    assert said["production_ready"] is said["overall_healthy"] is True
    assert said["available_environments"] == ["lite"]
    assert (said["active_sessions"], said["max_sessions"]) == (1, 1000)
    assert said["overall_health"] in ("healthy", "warning")
    assert 0 < said["memory_usage_percent"] < 100
    assert said["memory_health"]["storage_usage_percent"] == said["storage_usage_percent"]
    assert said["session_health"]["system_healthy"] is True
    assert said["production_capabilities"]["production_ready"] is True
    each = caller.http.get("/health/services").json()
    assert each["environments"]["lite"] == ["lite@here"]
    assert each["services"]["redis"]["ok"] is True


def test_in_simulation_nobody_needs_real_engines(settings: Settings) -> None:
    pretending = replace(settings, default_mode="simulation")
    with serving(pretending) as address:
        assert httpx.get(f"{address}/health").status_code == 200


def test_a_full_disk_takes_nothing_new(settings: Settings) -> None:
    full_disk = replace(settings, disk_full_percent=0.01)
    with serving(full_disk) as address, httpx.Client(base_url=address, timeout=30) as http:
        caller = Caller(http)
        session_id = caller.session()
        answer = caller.face(session_id)
        problem(answer, 507, "STORAGE_FULL")
        assert answer.headers["retry-after"]
        problem(caller.start(session_id), 503, "SERVER_FULL")
