"""Health, with parts that are away or hang."""

from __future__ import annotations

import os
import signal
import threading
import time
from dataclasses import replace

import httpx
import pytest

from config.settings import Settings
from tasks.messaging import keys
from tests.changed_settings import changed
from tests.deployment import Deployment
from tests.services.clamav import Clamd
from tests.services.freezing import frozen
from tests.services.postgres import Postgres
from tests.services.redis_server import RedisServer
from tests.services.s3 import S3Server
from tests.services.waiting import until
from tests.web import fake_nodes
from tests.web.caller import Caller, problem
from tests.web.conftest import close, serving
from web.app import create_app
from web.migrate import upgrade


def test_alive_needs_nothing(caller: Caller, redis_server: RedisServer) -> None:
    redis_server.kill()
    assert caller.http.get("/livez").json() == {"status": "alive"}


def test_ready_when_all_services_answer(caller: Caller, redis_server: RedisServer) -> None:
    redis_server.client().set(keys.CONTROL, "leading")
    fake_nodes.beat(redis_server.client(), *fake_nodes.real())
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


def test_health_has_the_fields_of_the_first_design(
    caller: Caller, operator: httpx.Client, redis_server: RedisServer
) -> None:
    caller.session()  # an empty one does not count
    caller.ready_session()
    without = caller.http.get("/health")
    assert without.status_code == 200, without.text  # no worker yet, and nothing is wrong
    assert without.json()["production_ready"] is False
    assert without.json()["available_environments"] == []
    fake_nodes.beat(redis_server.client(), *fake_nodes.real())
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
    each = operator.get("/health/services").json()
    assert each["environments"]["lite"] == ["lite@here"]
    assert each["services"]["redis"]["ok"] is True
    assert [(p["name"], p["role"]) for p in each["processes"]] == [("lite@here", "worker")]


@pytest.mark.parametrize("mode", ["simulation", "auto", "production"])
def test_simulating_with_real_engines_available_is_unhealthy(
    settings: Settings, redis_server: RedisServer, mode: str
) -> None:
    with serving(replace(settings, default_mode=mode)) as address:
        assert httpx.get(f"{address}/health").status_code == 200
        fake_nodes.beat(redis_server.client(), *fake_nodes.real())
        answer = httpx.get(f"{address}/health")
        assert answer.json()["production_ready"] is True
        assert answer.json()["overall_healthy"] is (mode != "simulation")
        assert answer.status_code == (503 if mode == "simulation" else 200)


def test_an_engine_that_cannot_run_makes_nothing_ready(
    caller: Caller, redis_server: RedisServer
) -> None:
    first, *others = fake_nodes.real()
    fake_nodes.beat(redis_server.client(), replace(first, ok=False), *others)
    assert caller.http.get("/health").json()["production_ready"] is False


def test_critical_resources_are_not_well(settings: Settings) -> None:
    with serving(changed(settings, monitoring={"memory_critical_percent": 0.01})) as address:
        answer = httpx.get(f"{address}/health")
    assert answer.status_code == 503
    said = answer.json()
    assert (said["overall_health"], said["overall_healthy"]) == ("critical", False)
    assert said["memory_health"]["immediate_actions_needed"] is True
    assert len(said["memory_health"]["recommendations"]) >= 1


def test_a_check_that_fails_says_so(settings: Settings) -> None:
    gone = replace(settings, database_url=f"sqlite:///{settings.state}/no/such/place.db")
    with serving(gone) as address:
        refused = problem(httpx.get(f"{address}/health"), 500, "HEALTH_CHECK_FAILED")
    assert "place.db" not in str(refused)


def test_full_disk_refuses_new_uploads(settings: Settings) -> None:
    full_disk = changed(settings, monitoring={"disk_full_percent": 0.01})
    with serving(full_disk) as address, httpx.Client(base_url=address, timeout=30) as http:
        caller = Caller(http)
        session_id = caller.session()
        answer = caller.face(session_id)
        problem(answer, 507, "STORAGE_FULL")
        assert answer.headers["retry-after"]
        problem(caller.start(session_id), 503, "SERVER_FULL")


def services_of(
    address: str, headers: dict[str, str] | None = None
) -> tuple[httpx.Response, float]:
    began = time.monotonic()
    answer = httpx.get(f"{address}/health/services", timeout=30, headers=headers)
    return answer, time.monotonic() - began


def test_services_while_redis_hangs(settings: Settings, redis_server: RedisServer) -> None:
    with serving(settings) as address:
        services_of(address)
        with frozen(redis_server.pid):
            answer, seconds = services_of(address)
            whole = httpx.get(f"{address}/health", timeout=30)
    assert seconds < 5
    assert answer.status_code == 503
    assert answer.json()["services"]["redis"]["why"] == "no answer in time"
    assert answer.json()["services"]["database"]["ok"] is True
    assert whole.status_code == 200  # resources and sessions are fine, and no worker is visible
    assert whole.json()["available_environments"] == []


@pytest.mark.slow
@pytest.mark.parametrize("policy", ["required", "optional"])
def test_services_while_clamd_hangs(settings: Settings, clamav: Clamd, policy: str) -> None:
    scanned = replace(settings, clamd=policy, clamd_socket=clamav.socket)
    with serving(scanned) as address:
        before, _ = services_of(address)
        assert before.json()["services"]["clamd"]["ok"] is True
        clamav.freeze()
        try:
            answer, seconds = services_of(address)
        finally:
            clamav.thaw()
    assert seconds < 5
    assert answer.json()["services"]["clamd"]["ok"] is False
    # No control leads here, so it is unhealthy either way; only a required part adds to that.
    assert answer.json()["services"]["control"]["ok"] is False


@pytest.mark.slow
def test_services_while_the_database_hangs(
    settings: Settings, postgres: Postgres, postgres_url: str
) -> None:
    beside = replace(settings, database_url=postgres_url)
    app = create_app(beside)
    upgrade(app)
    close(app)
    with serving(beside) as address:
        assert services_of(address)[0].json()["services"]["database"]["ok"] is True
        with frozen(postgres.pid):
            answer, seconds = services_of(address)
            whole = httpx.get(f"{address}/health", timeout=30)
    assert seconds < 5
    assert answer.json()["services"]["database"]["ok"] is False
    problem(whole, 500, "HEALTH_CHECK_FAILED")


@pytest.mark.slow
def test_services_while_the_store_hangs(
    settings: Settings, s3: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in s3.environment.items():
        monkeypatch.setenv(name, value)
    far = replace(settings, artifacts_url=s3.bucket())
    with serving(far) as address:
        assert services_of(address)[0].json()["services"]["store"]["ok"] is True
        with frozen(s3.pid):
            answer, seconds = services_of(address)
    assert seconds < 5
    assert answer.json()["services"]["store"]["ok"] is False


@pytest.mark.slow
def test_processes_and_hosts_are_listed(deployment: Deployment) -> None:
    deployment.start_control("first")
    first = deployment.start_web()
    # The reported leader must lead: the second one must find the lock taken.
    until(lambda: answering(first, deployment) == ["leader", "web"] or None, "a leader is told of")
    deployment.start_control("second")
    deployment.start_workers("lite")
    wanted = ["leader", "standby", "web", "worker"]
    until(lambda: answering(first, deployment) == wanted or None, "all are told of")
    said = services_of(first, deployment.operator)[0].json()
    assert said["status"] == "healthy"
    [(name, usage)] = said["hosts"].items()
    assert usage["host"] == name
    assert 0 < usage["memory_percent"] < 100
    for stopped in ("second", "worker-0"):
        with frozen(deployment.process(stopped).pid):
            answer, seconds = services_of(first)
        assert seconds < 5
        assert answer.status_code == 200
    deployment.kill("first")
    deployment.kill("second", signal.SIGTERM)
    until(lambda: services_of(first)[0].status_code == 503 or None, "nobody leads", 30)


@pytest.mark.slow
def test_hanging_process_is_reported_within_five_seconds(deployment: Deployment) -> None:
    deployment.start_control("leader")
    address, hanging = deployment.start_web(), deployment.start_web("hanging")
    until(
        lambda: answering(address, deployment) == ["leader", "web", "web"] or None,
        "all are told of",
    )
    deployment.start_control("standby")
    everybody = ["leader", "standby", "web", "web"]
    until(lambda: answering(address, deployment) == everybody or None, "the standby is told of")
    for name, role, status in (("leader", "leader", 503), ("hanging", "web", 200)):
        with frozen(deployment.process(name).pid):
            began = time.monotonic()
            who = until(lambda: silent(address, deployment) or None, f"{name} is told of", 30)
            print(f"{name}: told of {time.monotonic() - began:.1f} s after it was stopped")
            assert time.monotonic() - began < 5
            assert who == [(deployment.process(name).pid, role)]
            answer, seconds = services_of(address)
            assert seconds < 5
            assert answer.status_code == status
            control = answer.json()["services"]["control"]
            assert control["ok"] is (status == 200)
            assert status == 200 or "silent" in control["why"]
        until(lambda: answering(address, deployment) == everybody or None, f"{name} is back")
    assert services_of(hanging)[0].status_code == 200


def answering(address: str, deployment: Deployment) -> list[str]:
    processes = services_of(address, deployment.operator)[0].json()["processes"]
    return sorted(p["role"] for p in processes if p["answers"])


def silent(address: str, deployment: Deployment) -> list[tuple[int, str]]:
    processes = services_of(address, deployment.operator)[0].json()["processes"]
    return [(int(p["name"].rpartition(".")[2]), p["role"]) for p in processes if not p["answers"]]
