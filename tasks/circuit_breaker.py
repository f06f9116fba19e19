"""Calls to services that are not ours: tried again shortly, and left alone while they are down.

A circuit breaker for each name, its state in Redis so that all processes share it: after
`FAILURES` failures in a row nobody calls for `PAUSE_SECONDS`, then one call tries. How an
engine asks a provider:

    from tasks import circuit_breaker as outside

    with outside.calling("gemini", failures=(errors.ServerError, httpx.TransportError)):
        answer = client.models.generate_content(...)

and, where a second and third try within a second may help:

    answer = outside.ask("gemini", lambda: client.generate(...), failures=(...))

Both raise `ProviderUnavailable` (retryable: control tries the job again after its
`retry_after`) when the circuit is open or one of `failures` was raised. Whoever knows more,
such as the `Retry-After` of a 429, raises it itself inside the block:
`ProviderUnavailable(provider="gemini", retry_after=20.0)`. A refusal of the input is no
failure of the service. While Redis is away every call is let through.
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
"""Between two tries: a cancelled job must not wait for long."""

# With a trace for each command, Redis being away would drown everything else.
logging.getLogger("pybreaker").setLevel(logging.CRITICAL)

T = TypeVar("T")
Failures = tuple[type[Exception], ...]


@dataclass(frozen=True, slots=True)
class Circuit:
    """How it stands with one service."""

    state: str
    """closed: it is called; open: it is not; half-open: the next call decides."""
    failures: int
    """In a row."""
    retry_after: float | None
    """Seconds until an open circuit lets a call through."""


class CircuitBreakers:
    """The services of one installation, by name."""

    def __init__(self, client: redis.Redis | None) -> None:
        """The client must speak bytes and give up soon (`connect_fail_fast`).

        Without one this process keeps its circuits to itself.
        """
        self._client = client
        self._own: dict[str, pybreaker.CircuitBreakerStorage] = {}

    @contextmanager
    def guarded_call(self, name: str, failures: Failures = (OSError,)) -> Iterator[None]:
        """A block that calls a service once."""
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
        """The answer of a service that may stumble: up to three tries within two seconds."""

        def once() -> T:
            with self.guarded_call(name, failures):
                return question()

        return _tries()(once)

    def circuits(self) -> dict[str, Circuit]:
        """Every service that was ever called; raises when Redis is away."""
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
        """Where all processes keep it, while that answers."""
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
    """Those of this process's own settings; a node with a token opens none for others."""
    settings = current()
    return CircuitBreakers(None if settings.node_key else connect_fail_fast(settings))


def guarded_call(name: str, failures: Failures = (OSError,)) -> AbstractContextManager[None]:
    """For engines, which are handed nothing: see the head of this module."""
    return process_breakers().guarded_call(name, failures)


def call_with_retries(name: str, question: Callable[[], T], failures: Failures = (OSError,)) -> T:
    """For engines, which are handed nothing: see the head of this module."""
    return process_breakers().call_with_retries(name, question, failures)


def _is_no_failure(error: BaseException) -> bool:
    """The service answered, or was not what ended the call."""
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
    """Whether the service may answer within a second: it named no time, and may be called."""
    return isinstance(error, ProviderUnavailable) and error.details.get("retry_after") is None


def _seconds_left(opened_at: datetime | None) -> float:
    if opened_at is None:
        return PAUSE_SECONDS
    passed = (datetime.now(UTC) - opened_at).total_seconds()
    return round(max(PAUSE_SECONDS - passed, 0.1), 1)
