"""Health, with parts that are away or hang."""

from __future__ import annotations

import os
import signal
import threading
import time

from tasks import keys
from tests.integration.caller import Caller
from tests.services.redis_server import RedisServer


def test_alive_needs_nothing(caller: Caller, redis_server: RedisServer) -> None:
    redis_server.kill()
    assert caller.http.get("/livez").json() == {"status": "alive"}


def test_ready_when_all_parts_answer(caller: Caller, redis_server: RedisServer) -> None:
    redis_server.client().set(keys.CONTROL, "leading")
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
