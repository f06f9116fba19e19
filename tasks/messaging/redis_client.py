"""Connect to Redis with time-outs that detect dead connections: the one place that makes clients.

By default redis-py waits forever on a half-open connection; with these time-outs the call
raises within half a minute. With Sentinel, each new connection asks for the current master.
"""

from __future__ import annotations

from typing import Any

import redis
from redis.backoff import ExponentialBackoff, NoBackoff
from redis.retry import Retry
from redis.sentinel import MasterNotFoundError, Sentinel, SentinelConnectionPool

from config.redis_urls import is_sentinel, sentinel_address
from config.settings import Settings

SOCKET_TIMEOUT = 15.0
HEALTH_CHECK_SECONDS = 10
SENTINEL_SECONDS = 1.0
"""A sentinel that does not answer within this time is passed over."""

OUTAGES = (redis.ConnectionError, redis.TimeoutError, redis.BusyLoadingError, redis.ReadOnlyError)
"""Errors of a Redis that is restarted or replaced; `MasterNotFoundError` is one of them."""
assert issubclass(MasterNotFoundError, redis.ConnectionError)  # noqa: S101  of the library


def connect(settings: Settings, *, patient: bool = False) -> redis.Redis:
    """Create a client; a patient one retries through a restart of Redis."""
    return connect_to(settings.redis_url, patient=patient)


def connect_to(url: str, *, patient: bool = False) -> redis.Redis:
    """Create a client of the Redis at a URL."""
    retries = Retry(ExponentialBackoff(cap=2.0, base=0.1), retries=20 if patient else 2)
    pool = make_pool(
        url,
        decode_responses=True,
        encoding_errors="replace",  # a value that is not UTF-8 must not spoil a reply
        socket_timeout=SOCKET_TIMEOUT,
        socket_connect_timeout=5.0,
        health_check_interval=HEALTH_CHECK_SECONDS,
        retry=retries,
        retry_on_error=list(OUTAGES),
    )
    return redis.Redis.from_pool(pool)


def connect_fail_fast(settings: Settings) -> redis.Redis:
    """Create a client in bytes that fails fast, for calls that must never block."""
    pool = make_pool(
        settings.redis_url,
        socket_timeout=1.0,
        socket_connect_timeout=1.0,
        retry=Retry(NoBackoff(), retries=0),
    )
    return redis.Redis.from_pool(pool)


def make_pool(url: str, **options: Any) -> redis.ConnectionPool:
    """Create a pool of connections to a server, or to the master that the sentinels name."""
    if not is_sentinel(url):
        return redis.ConnectionPool.from_url(url, **options)
    address = sentinel_address(url)
    sentinels = Sentinel(  # type: ignore[no-untyped-call]
        address.hosts,
        sentinel_kwargs={
            "password": address.sentinel_password,
            "socket_timeout": SENTINEL_SECONDS,
            "socket_connect_timeout": SENTINEL_SECONDS,
        },
    )
    return SentinelConnectionPool(  # type: ignore[no-untyped-call]
        address.master,
        sentinels,
        db=address.database,
        username=address.username,
        password=address.password,
        **options,
    )


def reason(error: Exception) -> dict[str, str]:
    """Return fields of a log line that say why Redis is unavailable or refuses."""
    line = (str(error).splitlines() or [""])[0]
    return {"error": type(error).__name__, "reason": line[:200]}
