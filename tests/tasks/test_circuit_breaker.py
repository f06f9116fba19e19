"""Outside services behind a breaker that all processes share, on a real Redis."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest

from config.settings import read
from tasks import circuit_breaker
from tasks.circuit_breaker import FAILURES, CircuitBreakers
from tasks.domain.errors import Cancelled, InputRefused, ProviderUnavailable
from tasks.messaging.redis_client import connect_fail_fast
from tests.services.redis_server import RedisServer


def door(server: RedisServer) -> CircuitBreakers:
    """As another process would open it."""
    return CircuitBreakers(connect_fail_fast(read({"REDIS_URL": server.url})))


class Service:
    """Fails as often as it is told, and counts who asks."""

    def __init__(self, *fails: Exception) -> None:
        self.fails = list(fails)
        self.asked = 0

    def __call__(self) -> str:
        self.asked += 1
        if self.fails:
            raise self.fails.pop(0)
        return "yes"


def fail(out: CircuitBreakers, times: int, failure: Exception | None = None) -> None:
    for _ in range(times):
        with suppress(Exception), out.guarded_call("gemini"):
            raise failure or ConnectionRefusedError


def test_repeated_failures_open_the_circuit_for_all_processes(redis_server: RedisServer) -> None:
    one, other = door(redis_server), door(redis_server)
    fail(one, FAILURES - 1)
    assert other.call_with_retries("gemini", Service()) == "yes"  # it counts from zero again
    fail(one, FAILURES)
    service = Service()
    with pytest.raises(ProviderUnavailable) as refused:
        other.call_with_retries("gemini", service)
    assert service.asked == 0
    assert 0 < refused.value.details["retry_after"] <= circuit_breaker.PAUSE_SECONDS
    [(name, circuit)] = other.circuits().items()
    assert (name, circuit.state, circuit.failures) == ("gemini", "open", FAILURES)
    assert other.call_with_retries("clamd", Service()) == "yes"  # each has a circuit of its own


def test_one_call_is_allowed_after_the_pause(
    redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = door(redis_server)
    monkeypatch.setattr(circuit_breaker, "PAUSE_SECONDS", 0.0)
    fail(out, FAILURES)
    fail(out, 1)  # the try; it opens again
    assert out.circuits()["gemini"].state == "open"
    assert out.call_with_retries("gemini", Service()) == "yes"
    assert out.circuits()["gemini"].state == "closed"


def test_a_single_failure_is_retried_at_once(redis_server: RedisServer) -> None:
    service = Service(ConnectionResetError(), TimeoutError())
    assert door(redis_server).call_with_retries("gemini", service) == "yes"
    assert service.asked == 3


@pytest.mark.parametrize(
    ("failure", "asked"),
    [
        (ProviderUnavailable(provider="gemini", retry_after=20.0), 1),  # it named a time
        (ValueError("nonsense for an answer"), 1),
        (InputRefused(), 1),
    ],
)
def test_errors_that_are_not_retried(
    redis_server: RedisServer, failure: Exception, asked: int
) -> None:
    service = Service(failure)
    with pytest.raises(type(failure)):
        door(redis_server).call_with_retries("gemini", service)
    assert service.asked == asked


@pytest.mark.parametrize("answer", [InputRefused(), Cancelled()])
def test_a_rejected_input_is_not_a_failure(redis_server: RedisServer, answer: Exception) -> None:
    out = door(redis_server)
    fail(out, FAILURES * 2, answer)
    assert out.circuits()["gemini"].state == "closed"


@pytest.mark.parametrize("away", ["kill", "flush"])
def test_without_redis_every_call_is_allowed(redis_server: RedisServer, away: str) -> None:
    out = door(redis_server)
    fail(out, FAILURES)
    blow: Callable[[], None] = getattr(redis_server, away)
    blow()
    assert out.call_with_retries("gemini", Service()) == "yes"


def test_redis_dies_during_a_call(redis_server: RedisServer) -> None:
    def answer() -> str:
        redis_server.kill()
        return "yes"

    assert door(redis_server).call_with_retries("gemini", answer) == "yes"
