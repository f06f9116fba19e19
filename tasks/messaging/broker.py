"""kombu's Redis transport, with five changes.

When the connection of a worker's broadcast channel breaks, redis-py reconnects in the middle of the
read and then reads, without a time-out, from a channel without messages: the worker hangs,
although its other connections notice the break. (In a soak test three of eight workers hung like
this until the watchdog ended them.) Here the break is an error, and the whole worker reconnects.

No message stops a worker: a message that is not JSON, or not a stage call that the control plane
has dispatched, is dropped and logged. The sweeper detects a step whose message was lost that way,
and it is dispatched again.

A worker notes which messages it has held for a moment, for the sweeper, and keeps the messages
themselves in memory. kombu would copy each into Redis, with an index, and send those of dead
workers again after hours; the sweeper dispatches their steps within seconds.

A worker that is full returns a message which its last request for one has taken all the same: kombu
would leave it unread in the connection until the worker has room, perhaps half an hour later.

A message goes to the Redis that has its queue (`BROKER_URLS`), whichever Redis this process
consumes from.
"""

from __future__ import annotations

import logging
import select
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any, ClassVar, Final

import redis
from kombu.asynchronous import get_event_loop
from kombu.transport import TRANSPORT_ALIASES, virtual
from kombu.transport import redis as kombu_redis
from kombu.utils.json import dumps, loads
from redis.backoff import NoBackoff
from redis.retry import Retry

from config.environments import ENVIRONMENTS
from config.redis_urls import SENTINEL, SENTINEL_PORT
from tasks.messaging import compression
from tasks.messaging.queue_brokers import client_for_publishing

log = logging.getLogger(__name__)

Refusal = Callable[[str, Mapping[str, Any]], str]
"""Takes a queue and a message in it; returns why the message is rejected, or nothing."""
_NEVER: Final = Retry(NoBackoff(), 0)
_UNREADABLE: Final = (ValueError, TypeError, KeyError, AttributeError, RecursionError)
"""What a forged message can raise in code that expects one of Celery's."""


class QoS(kombu_redis.QoS):
    """The messages that this process has taken.

    A message that it still holds after `NOTE_AFTER` gets a note in Redis, which is deleted with it.
    Without one the sweeper waits long enough for the end of a step to arrive.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)  # type: ignore[no-untyped-call]
        self._timers: dict[str, Any] = {}
        """Timers of the messages that are not noted yet."""

    def append(self, message: Any, delivery_tag: str) -> None:
        """Keep a message that was taken, and note it unless it ends soon."""
        virtual.QoS.append(self, message, delivery_tag)  # type: ignore[no-untyped-call]
        loop, seconds = get_event_loop(), self.channel.note_after
        if loop is None or not seconds:
            self._note(delivery_tag)
        else:
            timer = loop.call_later(seconds, self._note_held, delivery_tag)  # type: ignore[no-untyped-call]
            self._timers[delivery_tag] = timer

    def ack(self, delivery_tag: str) -> None:
        """Acknowledge a message; without a note there is nothing to delete."""
        if self._cancel_note(delivery_tag):
            virtual.QoS.ack(self, delivery_tag)  # type: ignore[no-untyped-call]
        else:
            super().ack(delivery_tag)  # type: ignore[no-untyped-call]

    def _note_held(self, delivery_tag: str) -> None:
        self._timers.pop(delivery_tag, None)
        if delivery_tag not in self._delivered or delivery_tag in self._dirty:
            return
        try:
            self._note(delivery_tag)
        except redis.RedisError as error:  # the consumer notices it too, and connects again
            log.warning("message not noted", extra={"error": type(error).__name__})

    def _note(self, delivery_tag: str) -> None:
        """Note a message in the form in which the sweeper reads it."""
        note = {
            "headers": {"id": self._delivered[delivery_tag].headers.get("id")},
            "properties": {"delivery_tag": delivery_tag},
        }
        with self.channel.conn_or_acquire() as client:
            client.hset(self.unacked_key, delivery_tag, dumps([note]))  # type: ignore[no-untyped-call]

    def _cancel_note(self, delivery_tag: str) -> bool:
        """Return whether the message was not noted yet, and will not be."""
        timer = self._timers.pop(delivery_tag, None)
        if timer is None:
            return False
        timer.cancel()
        return True

    def restore_by_tag(self, tag: str, client: Any = None, leftmost: bool = False) -> None:
        """Return a message to its queue, from the memory of this process."""
        message = self._delivered.get(tag)
        if message is not None:
            self.restore(message, leftmost, client)

    def restore(self, message: Any, leftmost: bool, client: Any = None) -> None:
        """Return a message to its queue and delete its note, in one transaction."""
        info = message.delivery_info
        self._cancel_note(message.delivery_tag)
        with self.channel.conn_or_acquire(client) as connected:
            pipe = connected.pipeline()
            self._remove_from_indices(message.delivery_tag, pipe)
            self.channel._do_restore_message(
                message._raw, info["exchange"], info["routing_key"], pipe, leftmost
            )
            pipe.execute()

    def restore_visible(self, *_range: Any, **_limits: Any) -> None:
        """Return no messages of dead workers: the sweeper dispatches their steps again."""

    def _remove_from_indices(self, delivery_tag: str, pipe: Any = None) -> Any:
        with self.pipe_or_acquire(pipe) as commands:
            return commands.hdel(self.unacked_key, delivery_tag)

    @contextmanager
    def pipe_or_acquire(self, pipe: Any = None, client: Any = None) -> Iterator[Any]:
        if pipe is not None:  # the transaction that returns a message to its queue
            yield pipe
        else:
            with self.channel.conn_or_acquire(client) as taken:
                yield taken.pipeline(transaction=False)


OTHER_BROKERS: Final = "other_brokers"
"""The transport option with the URLs of the queues that are not on this connection's Redis."""
NOTE_AFTER: Final = "note_after"
"""The transport option with the seconds after which a message that is still held is noted."""


class Channel(kombu_redis.Channel):
    """A channel that reads broadcasts once and shares no binding tables."""

    QoS = QoS
    from_transport_options: ClassVar[tuple[str, ...]] = (  # type: ignore[misc, assignment]
        *kombu_redis.Channel.from_transport_options,
        OTHER_BROKERS,
        NOTE_AFTER,
    )
    note_after: float = 0.0
    other_brokers: Mapping[str, str] = MappingProxyType({})
    shares_bindings: ClassVar[bool] = True
    _waiting_client: Any = None

    def _put(self, queue: str, message: Any, **options: Any) -> None:
        """Put a message into its queue, on the Redis that has it."""
        url = self.other_brokers.get(queue)
        if url is None:
            super()._put(queue, message, **options)  # type: ignore[no-untyped-call]
            return
        rank = self._get_message_priority(message, reverse=False)  # type: ignore[no-untyped-call]
        key: str = self._q_for_pri(queue, rank)  # type: ignore[no-untyped-call]
        client_for_publishing(url).lpush(key, dumps(message))  # type: ignore[no-untyped-call]

    def _create_client(self, asynchronous: bool = False) -> Any:
        """Create a client; without an event loop, the same again: one costs a command."""
        if asynchronous:
            return super()._create_client(asynchronous)  # type: ignore[no-untyped-call]
        known = self._waiting_client
        if known is None or known.connection_pool is not self.pool:
            known = self._waiting_client = super()._create_client()  # type: ignore[no-untyped-call]
        return known

    def return_unread(self) -> None:
        """Return to its queue what the pending request for a message has taken."""
        try:
            taken = self.client.parse_response(self.client.connection, "BRPOP")
        except self.connection_errors:
            self.client.connection.disconnect()
            raise
        finally:
            self._in_poll = False
        if taken:
            name, message = taken
            with self.conn_or_acquire() as client:
                client.rpush(name, message)

    def _restore(self, message: Any, leftmost: bool = False) -> None:
        """Return a message to its queue."""
        self.qos.restore(message, leftmost)

    def _queue_bind(self, exchange: str, routing_key: str, pattern: str, queue: str) -> None:
        """Bind in this process only: stages are addressed by queue, broadcasts by pub/sub.

        A node with a token may not write the shared tables, which could redirect the messages of
        others.
        """
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


class SentinelChannel(Channel, kombu_redis.SentinelChannel):
    """The same through Sentinel."""

    from_transport_options: ClassVar[tuple[str, ...]] = (  # type: ignore[misc, assignment]
        *kombu_redis.SentinelChannel.from_transport_options,
        OTHER_BROKERS,
        NOTE_AFTER,
    )


class Poller(kombu_redis.MultiChannelPoller):
    """Waits for messages, and leaves none unread."""

    def _pause_brpop(self, channel: Channel, fileno: int) -> None:
        """Called while the channel is full and a request for a message is pending."""
        if select.select([fileno], [], [], 0)[0]:
            channel.return_unread()


class Transport(kombu_redis.Transport):
    """A transport with such channels."""

    Channel = Channel
    refusal: ClassVar[Refusal | None] = None

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)  # type: ignore[no-untyped-call]
        self.cycle = Poller()  # type: ignore[assignment, no-untyped-call]

    def _deliver(self, message: Any, queue: str) -> None:
        refusal = type(self).refusal
        why = refusal(queue, message) if refusal is not None and queue in ENVIRONMENTS else ""
        if why:
            log.error("message dropped", extra={"queue": queue, "reason": why})
            return
        try:
            super()._deliver(message, queue)  # type: ignore[no-untyped-call]
        except _UNREADABLE:
            log.exception("message dropped", extra={"queue": queue})


class SentinelTransport(Transport):
    """The same through Sentinel; the URL of the master changes with each fail-over."""

    Channel = SentinelChannel
    default_port = SENTINEL_PORT  # type: ignore[assignment]


def verify(refusal: Refusal) -> None:
    """Drop every stage call that this function rejects."""
    Transport.refusal = staticmethod(refusal)


def share_no_bindings() -> None:
    """Write no shared binding tables, because this process has no right to."""
    Channel.shares_bindings = False


def install() -> None:
    """Make these the transports of Redis in this process."""
    compression.install()
    kombu_redis.loads = _read  # type: ignore[assignment,attr-defined]
    for scheme in ("redis", "rediss"):
        TRANSPORT_ALIASES[scheme] = f"{__name__}:{Transport.__name__}"
    TRANSPORT_ALIASES[SENTINEL] = f"{__name__}:{SentinelTransport.__name__}"


def _read(text: str) -> Any:
    """Parse a message; an unreadable one is treated as an invalid call and rejected."""
    try:
        return loads(text)  # type: ignore[no-untyped-call]
    except (*_UNREADABLE, ArithmeticError) as odd:
        log.error("message unreadable", extra={"error": type(odd).__name__})
        return {}
