"""Limit attempts to log in, with one count in Redis for all processes.

Attempts are counted whether or not the account exists. While Redis is unavailable, each process
counts by itself.
"""

from __future__ import annotations

import hashlib
import hmac
import math
import time
from typing import Final

import redis
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import FixedWindowRateLimiter

from tasks.messaging import keys
from tasks.messaging.redis_client import make_pool
from web.errors import TooManyRequests
from web.services import Services

PER_ACCOUNT: Final = 5
PER_ADDRESS: Final = 20
"""Attempts per minute."""
_REDIS_SECONDS: Final = 1.0


class Attempts:
    """The counts of attempts, by account and by address."""

    def __init__(self, services: Services) -> None:
        self._secret = services.secret_key
        self._pool = make_pool(
            services.settings.redis_url,
            socket_timeout=_REDIS_SECONDS,
            socket_connect_timeout=_REDIS_SECONDS,
        )
        storage = RedisStorage("redis://", connection_pool=self._pool, key_prefix=keys.ATTEMPTS)
        self._shared = FixedWindowRateLimiter(storage)
        self._alone = FixedWindowRateLimiter(MemoryStorage())

    def count(self, address: str, account: str | None = None) -> None:
        """Count an attempt; raises `TooManyRequests` if there were too many in this minute."""
        self._hit(PER_ADDRESS, f"address:{address}")
        if account is not None:
            self._hit(PER_ACCOUNT, f"account:{account}")

    def close(self) -> None:
        """Close the connections to Redis."""
        self._pool.disconnect()

    def _hit(self, most: int, name: str) -> None:
        item, key = RateLimitItemPerMinute(most), self._pseudonym(name)
        counter = self._shared
        try:
            allowed = counter.hit(item, key)
        except redis.RedisError:
            counter = self._alone
            allowed = counter.hit(item, key)
        if not allowed:
            raise TooManyRequests(retry_after=self._seconds_left(counter, item, key))

    def _seconds_left(
        self, counter: FixedWindowRateLimiter, item: RateLimitItemPerMinute, key: str
    ) -> int:
        try:
            ends = counter.get_window_stats(item, key).reset_time
        except redis.RedisError:
            return 60
        return max(1, math.ceil(ends - time.time()))

    def _pseudonym(self, name: str) -> str:
        return hmac.new(self._secret, f"attempt:{name}".encode(), hashlib.sha256).hexdigest()[:32]
