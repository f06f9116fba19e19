"""Redis as Celery's broker: kombu's, with one thing put right that the soak found.

When the connection of a worker's broadcast channel breaks, redis-py connects anew in the middle of
the read and then reads on, without a time-out, where nothing was said: the worker stands still,
though its other connections are told of the break in the same moment. Of eight workers three stood
so until the watchdog ended them. Here it is an error like any other, and the worker connects anew
as a whole.
"""

from __future__ import annotations

from typing import Any, Final

from kombu.transport import TRANSPORT_ALIASES
from kombu.transport import redis as kombu_redis
from redis.backoff import NoBackoff
from redis.retry import Retry

_NEVER: Final = Retry(NoBackoff(), 0)


class Channel(kombu_redis.Channel):
    """Reads its broadcasts once."""

    def _receive_one(self, subscription: Any) -> Any:
        subscription.connection.retry = _NEVER
        return super()._receive_one(subscription)  # type: ignore[no-untyped-call]


class Transport(kombu_redis.Transport):
    """Over such channels."""

    Channel = Channel


def install() -> None:
    """What `redis://` and `rediss://` mean in this process from now on."""
    for scheme in ("redis", "rediss"):
        TRANSPORT_ALIASES[scheme] = f"{__name__}:{Transport.__name__}"
