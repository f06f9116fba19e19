"""Redis as Celery's broker: kombu's, with one thing put right that the soak found.

When the connection of a worker's broadcast channel breaks, redis-py connects anew in the middle of
the read and then reads on, without a time-out, where nothing was said: the worker stands still,
though its other connections are told of the break in the same moment. Of eight workers three stood
so until the watchdog ended them. Here it is an error like any other, and the worker connects anew
as a whole.

And no message stops a worker: what is not JSON, or not a call that the control plane has
dispatched, is dropped with a word in the log. A step whose message was lost with that is found
missing by the sweeper, and dispatched again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Final

from kombu.transport import TRANSPORT_ALIASES
from kombu.transport import redis as kombu_redis
from kombu.utils.json import loads
from redis.backoff import NoBackoff
from redis.retry import Retry

from config.environments import ENVIRONMENTS

log = logging.getLogger(__name__)

Refusal = Callable[[str, Mapping[str, Any]], str]
"""Of a queue and a message in it: why the message is not run, or nothing."""
_NEVER: Final = Retry(NoBackoff(), 0)
_UNREADABLE: Final = (ValueError, TypeError, KeyError, AttributeError, RecursionError)
"""What a made-up message raises in those who take it for one of Celery's."""


class Channel(kombu_redis.Channel):
    """Reads its broadcasts once, and keeps no tables that others share."""

    shares_bindings: ClassVar[bool] = True

    def _queue_bind(self, exchange: str, routing_key: str, pattern: str, queue: str) -> None:
        """Needed in this process alone: stages go by the name of their queue, broadcasts by
        pub/sub. A node with a token has no right to the tables, with which messages of others
        could be led to it."""
        if self.shares_bindings:
            super()._queue_bind(exchange, routing_key, pattern, queue)  # type: ignore[no-untyped-call]
        elif self.typeof(exchange).type == "fanout":  # type: ignore[no-untyped-call]
            self._fanout_queues[queue] = (exchange, routing_key.replace("#", "*"))

    def maybe_refresh_binding_expiry(self) -> None:
        if self.shares_bindings:
            super().maybe_refresh_binding_expiry()  # type: ignore[no-untyped-call]

    def _delete(self, queue: str, *args: Any, **options: Any) -> None:
        if self.shares_bindings:
            super()._delete(queue, *args, **options)  # type: ignore[no-untyped-call]

    def _receive_one(self, subscription: Any) -> Any:
        subscription.connection.retry = _NEVER
        return super()._receive_one(subscription)  # type: ignore[no-untyped-call]


class Transport(kombu_redis.Transport):
    """Over such channels."""

    Channel = Channel
    refusal: ClassVar[Refusal | None] = None

    def _deliver(self, message: Any, queue: str) -> None:
        refusal = type(self).refusal
        why = refusal(queue, message) if refusal is not None and queue in ENVIRONMENTS else ""
        if why:
            log.error("dropped a message in %s: %s", queue, why)
            return
        try:
            super()._deliver(message, queue)  # type: ignore[no-untyped-call]
        except _UNREADABLE:
            log.exception("dropped a message in %s", queue)


def verify(refusal: Refusal) -> None:
    """Take no stage call from now on that this refuses."""
    Transport.refusal = staticmethod(refusal)


def share_no_bindings() -> None:
    """Write nothing into tables that others share: this process has no right to."""
    Channel.shares_bindings = False


def install() -> None:
    """What `redis://` and `rediss://` mean in this process from now on."""
    kombu_redis.loads = _read  # type: ignore[assignment,attr-defined]
    for scheme in ("redis", "rediss"):
        TRANSPORT_ALIASES[scheme] = f"{__name__}:{Transport.__name__}"


def _read(text: str) -> Any:
    """Parse a message; what cannot be parsed is no call, and refused as such."""
    try:
        return loads(text)  # type: ignore[no-untyped-call]
    except (*_UNREADABLE, ArithmeticError) as odd:
        log.error("a message cannot be read: %s", type(odd).__name__)
        return {}
