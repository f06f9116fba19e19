"""The object store is unavailable for a long time: a real S3 server behind a proxy that is cut,
silent, or answers with errors. No job fails because of it, and no process hangs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from tasks.store.objects import MEDIA_SECONDS, NAME
from tests.deployment import Deployment
from tests.faults.promise import assert_kept
from tests.faults.proxy import Proxy
from tests.services.redis_server import RedisServer
from tests.services.s3 import S3Server
from tests.services.waiting import until
from tests.web.caller import Caller, problem

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]

BUSY = b"HTTP/1.1 503 Slow Down\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
BROKEN = b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@dataclass(frozen=True)
class Estate:
    """A house whose every process reaches its store by a wire."""

    deployment: Deployment
    wire: Proxy
    caller: Caller

    @property
    def circuit(self) -> str:
        answer = self.caller.http.get("/health/services", headers=self.deployment.operator)
        told = answer.json()["outside"]
        return str(told.get(NAME, {}).get("state"))


@pytest.fixture
def estate(
    tmp_path: Path, redis_server: RedisServer, s3: S3Server, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Estate]:
    for name, value in s3.environment.items():
        monkeypatch.setenv(name, value)
    bucket, port = s3.bucket(), urlsplit(s3.endpoint).port
    assert port is not None
    # A look at a silent store takes five seconds: a lease has to last for longer.
    slowly = {"SIMULATION_SPEED": "0.03", "LEASE_SECONDS": "15", "ARTIFACTS_URL": bucket}
    with Proxy(port) as wire, Deployment(tmp_path, redis_server, **slowly) as deployment:
        deployment.variables["AWS_ENDPOINT_URL"] = f"http://127.0.0.1:{wire.port}"
        deployment.start_control()
        deployment.start_workers("lite", "lite")
        with httpx.Client(
            base_url=deployment.start_web(), headers=deployment.credentials, timeout=60
        ) as http:
            yield Estate(deployment, wire, Caller(http))


def _silent(wire: Proxy) -> None:
    wire.freeze()


def _down(wire: Proxy) -> None:
    wire.hang_up()


def _busy(wire: Proxy) -> None:
    wire.answer = BUSY


def _broken(wire: Proxy) -> None:
    wire.answer = BROKEN


def _healed(wire: Proxy) -> None:
    wire.answer = None
    wire.take_up()
    wire.thaw()


@contextmanager
def struck(wire: Proxy, strike: Callable[[Proxy], None]) -> Iterator[None]:
    strike(wire)
    try:
        yield
    finally:
        _healed(wire)


@pytest.mark.parametrize("strike", [_down, _silent, _busy, _broken])
def test_an_unavailable_store_costs_no_attempt_and_blocks_no_process(
    estate: Estate, strike: Callable[[Proxy], None]
) -> None:
    deployment, caller = estate.deployment, estate.caller
    session_id = caller.ready_session()
    with deployment.listener() as heard:
        _, job_id = deployment.submit()
        deployment.until_done(job_id, "face")
        with struck(estate.wire, strike):
            until(lambda: estate.circuit == "open" or None, "the store is left alone", 60)
            figures = httpx.get(
                caller.http.base_url.join("/metrics"), headers=deployment.operator, timeout=60
            ).text
            circuits = [x for x in figures.splitlines() if x.startswith("callsheet_circuit_state")]
            assert f'callsheet_circuit_state{{optional="no",service="{NAME}"}} 2.0' in circuits
            assert caller.http.get("/health/services").json()["services"]["store"]["ok"] is False
            began = time.monotonic()
            problem(caller.face(session_id), 503, "STORE_UNAVAILABLE")
            accepted = caller.start(session_id, mode="simulation")
            assert accepted.status_code == 202, accepted.text
            assert time.monotonic() - began < MEDIA_SECONDS / 2
        other = accepted.json()["job_id"]
        for ended in (job_id, other):
            assert deployment.until_ended(ended, 90).state == "succeeded"
        until(lambda: sum(e.event_type.terminal for e in heard) == 2 or None, "both are heard of")
        for ended in (job_id, other):
            assert_kept(deployment, ended, [event for event in heard if event.job_id == ended])
    assert deployment.job(job_id).failures == deployment.job(other).failures == 0
    assert deployment.job(job_id).attempt == 1
    assert estate.circuit == "closed"
    assert caller.face(session_id).status_code == 201


def test_a_slow_store_does_not_open_its_circuit(estate: Estate) -> None:
    deployment = estate.deployment
    with deployment.listener() as heard:
        _, job_id = deployment.submit()
        deployment.until_done(job_id, "face")
        estate.wire.delay = 0.3
        assert_kept(deployment, job_id, heard)
        assert estate.circuit == "closed"


def test_a_job_is_cancelled_while_the_store_is_silent(estate: Estate) -> None:
    deployment = estate.deployment
    _, job_id = deployment.submit()
    deployment.until_done(job_id, "face")
    with struck(estate.wire, _silent):
        until(lambda: estate.circuit == "open" or None, "the store is left alone", 60)
        deployment.request_cancel(job_id)
        assert deployment.until_ended(job_id, 30).state == "cancelled"
        until(
            lambda: not any(node.doing for node in deployment.nodes()) or None, "nobody works", 30
        )
