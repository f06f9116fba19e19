"""One way to reach Redis, with the time-outs that make a dead connection visible.

The defaults of redis-py wait for ever on a half-open connection (watched for 115 s);
with these it is found within half a minute and the call raises.
"""

from __future__ import annotations

import redis
from redis.backoff import ExponentialBackoff, NoBackoff
from redis.retry import Retry

from config.settings import Settings

SOCKET_TIMEOUT = 15.0
HEALTH_CHECK_SECONDS = 10


def connect(settings: Settings, *, patient: bool = False) -> redis.Redis:
    """A client; a patient one rides out a restart of Redis, for what must be said."""
    retries = Retry(ExponentialBackoff(cap=2.0, base=0.1), retries=20 if patient else 2)
    client: redis.Redis = redis.Redis.from_url(
        settings.redis_url,
        decode_responses=True,
        encoding_errors="replace",  # one value that is not UTF-8 must not spoil a whole answer
        socket_timeout=SOCKET_TIMEOUT,
        socket_connect_timeout=5.0,
        health_check_interval=HEALTH_CHECK_SECONDS,
        retry=retries,
        retry_on_error=[redis.ConnectionError, redis.TimeoutError, redis.BusyLoadingError],
    )
    return client


def connect_fail_fast(settings: Settings) -> redis.Redis:
    """A client in bytes that gives up soon, for what must never hold a call up."""
    client: redis.Redis = redis.Redis.from_url(
        settings.redis_url,
        socket_timeout=1.0,
        socket_connect_timeout=1.0,
        retry=Retry(NoBackoff(), retries=0),
    )
    return client
