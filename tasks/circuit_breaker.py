"""Call external services with retries, and stop calling them while they are down.

Each service has a circuit breaker, whose state is in Redis so that all processes share it. After
`FAILURES` consecutive failures the service is not called for `PAUSE_SECONDS`; then one call
decides. An engine calls a provider like this:

    from tasks import circuit_breaker

    with circuit_breaker.guarded_call("gemini", failures=(httpx.TransportError,)):
        answer = client.models.generate_content(...)

or, if two more attempts within a second may help:

    answer = circuit_breaker.call_with_retries("gemini", lambda: client.generate(...))

Both raise `ProviderUnavailable` when the circuit is open or one of `failures` was raised; the
controller retries the job after its `retry_after`. A caller that knows the `Retry-After` of a 429
raises `ProviderUnavailable(provider="gemini", retry_after=20.0)` itself inside the block. A
rejected input does not count as a failure of the service. While Redis is unavailable, every call
is allowed.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any, TypeVar

import pybreaker
import redis
import tenacity

from config.settings import current
from tasks.domain.errors import CallsheetError, ProviderUnavailable
from tasks.messaging import keys
from tasks.messaging.redis_client import connect_fail_fast

FAILURES = 5
PAUSE_SECONDS = 15.0
TRIES = 3
LONGEST_WAIT = 0.5
"""Seconds between two attempts, at most: a cancelled job must not wait for long."""

# It logs a traceback for every command while Redis is unavailable.
logging.getLogger("pybreaker").setLevel(logging.CRITICAL)

T = TypeVar("T")
Failures = tuple[type[Exception], ...]


@dataclass(frozen=True, slots=True)
class Circuit:
    """The state of one service's circuit breaker."""

    state: str
    """closed: calls are allowed; open: they are not; half-open: the next call decides."""
    failures: int
    """Consecutive failures."""
    retry_after: float | None
    """Seconds until an open circuit allows a call."""


class CircuitBreakers:
    """The circuit breakers of one installation, by name of the service."""

    def __init__(self, client: redis.Redis | None) -> None:
        """Use a client in bytes that fails fast (`connect_fail_fast`).

        Without a client, the circuits are local to this process.
        """
        self._client = client
        self._own: dict[str, pybreaker.CircuitBreakerStorage] = {}

    @contextmanager
    def guarded_call(self, name: str, failures: Failures = (OSError,)) -> Iterator[None]:
        """Guard a block that calls a service once."""
        breaker = self._breaker(name)
        try:
            with breaker.calling():
                yield
        except pybreaker.CircuitBreakerError:
            wait = _seconds_left(breaker._state_storage.opened_at)
            raise ProviderUnavailable(provider=name, retry_after=wait) from None
        except failures as error:
            raise ProviderUnavailable(provider=name, error=type(error).__name__) from error

    def call_with_retries(
        self, name: str, question: Callable[[], T], failures: Failures = (OSError,)
    ) -> T:
        """Call a service up to three times within two seconds; return its answer."""

        def once() -> T:
            with self.guarded_call(name, failures):
                return question()

        return _tries()(once)

    def circuits(self) -> dict[str, Circuit]:
        """Return the circuit of every service called so far; raise if Redis is unavailable."""
        if self._client is None:
            return {}
        client = self._client
        called: Any = client.smembers(keys.CIRCUITS)
        return {
            name: self._circuit(client, name) for name in sorted(raw.decode() for raw in called)
        }

    def _circuit(self, client: redis.Redis, name: str) -> Circuit:
        stored = _storage(client, name)
        opened = stored.opened_at if stored.state == pybreaker.STATE_OPEN else None
        return Circuit(stored.state, stored.counter, _seconds_left(opened) if opened else None)

    def _breaker(self, name: str) -> pybreaker.CircuitBreaker:
        storage = self._shared(name)
        if storage is None:
            closed = pybreaker.CircuitMemoryStorage(pybreaker.STATE_CLOSED)
            storage = closed if self._client is not None else self._own.setdefault(name, closed)
        return pybreaker.CircuitBreaker(
            FAILURES,
            PAUSE_SECONDS,
            exclude=[_is_no_failure],
            state_storage=storage,
            throw_new_error_on_trip=False,
        )

    def _shared(self, name: str) -> pybreaker.CircuitBreakerStorage | None:
        """Return the shared state of a breaker; None while Redis is unavailable."""
        try:
            if self._client is None:
                return None
            self._client.sadd(keys.CIRCUITS, name)
            return _storage(self._client, name)
        except redis.RedisError:
            return None


def _storage(client: redis.Redis, name: str) -> pybreaker.CircuitRedisStorage:
    namespace = f"{keys.CIRCUITS}:{name}"
    return pybreaker.CircuitRedisStorage(pybreaker.STATE_CLOSED, client, namespace)


@cache
def process_breakers() -> CircuitBreakers:
    """Return the breakers of this process; those of a node with a token are not shared."""
    settings = current()
    return CircuitBreakers(None if settings.node_key else connect_fail_fast(settings))


def guarded_call(name: str, failures: Failures = (OSError,)) -> AbstractContextManager[None]:
    """Guard a block of an engine that calls a service (see the module's docstring)."""
    return process_breakers().guarded_call(name, failures)


def call_with_retries(name: str, question: Callable[[], T], failures: Failures = (OSError,)) -> T:
    """Call a service with retries, for engines (see the module's docstring)."""
    return process_breakers().call_with_retries(name, question, failures)


def _is_no_failure(error: BaseException) -> bool:
    """Return whether the service answered, or the call ended for another reason."""
    if isinstance(error, CallsheetError):
        return not error.retryable
    return not isinstance(error, Exception)


def _tries() -> tenacity.Retrying:
    return tenacity.Retrying(
        stop=tenacity.stop_after_attempt(TRIES),
        wait=tenacity.wait_random_exponential(multiplier=0.1, max=LONGEST_WAIT),
        retry=tenacity.retry_if_exception(_is_worth_retrying),
        reraise=True,
    )


def _is_worth_retrying(error: BaseException) -> bool:
    """Return whether the service may answer within a second: it asked for no longer pause."""
    return isinstance(error, ProviderUnavailable) and error.details.get("retry_after") is None


def _seconds_left(opened_at: datetime | None) -> float:
    if opened_at is None:
        return PAUSE_SECONDS
    passed = (datetime.now(UTC) - opened_at).total_seconds()
    return round(max(PAUSE_SECONDS - passed, 0.1), 1)
