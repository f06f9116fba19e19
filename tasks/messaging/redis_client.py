"""Connect to Redis with time-outs that detect dead connections.

By default redis-py waits forever on a half-open connection; with these time-outs the call
raises within half a minute.
"""

from __future__ import annotations

import redis
from redis.backoff import ExponentialBackoff, NoBackoff
from redis.retry import Retry

from config.settings import Settings

SOCKET_TIMEOUT = 15.0
HEALTH_CHECK_SECONDS = 10


def connect(settings: Settings, *, patient: bool = False) -> redis.Redis:
    """Create a client; a patient one retries through a restart of Redis."""
    retries = Retry(ExponentialBackoff(cap=2.0, base=0.1), retries=20 if patient else 2)
    client: redis.Redis = redis.Redis.from_url(
        settings.redis_url,
        decode_responses=True,
        encoding_errors="replace",  # a value that is not UTF-8 must not spoil a reply
        socket_timeout=SOCKET_TIMEOUT,
        socket_connect_timeout=5.0,
        health_check_interval=HEALTH_CHECK_SECONDS,
        retry=retries,
        retry_on_error=[redis.ConnectionError, redis.TimeoutError, redis.BusyLoadingError],
    )
    return client


def connect_fail_fast(settings: Settings) -> redis.Redis:
    """Create a client in bytes that fails fast, for calls that must never block."""
    client: redis.Redis = redis.Redis.from_url(
        settings.redis_url,
        socket_timeout=1.0,
        socket_connect_timeout=1.0,
        retry=Retry(NoBackoff(), retries=0),
    )
    return client


def reason(error: Exception) -> dict[str, str]:
    """Return fields of a log line that say why Redis is unavailable or refuses."""
    line = (str(error).splitlines() or [""])[0]
    return {"error": type(error).__name__, "reason": line[:200]}
