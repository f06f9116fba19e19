"""The hub of a web process delivers each event to every subscriber of its session, once, in order.

A new subscription names the last event it received. It is registered with a buffer first; then the
events it missed are read; then both are delivered together without duplicates. So no event is lost
in between, and none is delivered twice, even when an event is emitted again under another id after
Redis was wiped.
"""

from __future__ import annotations

import logging
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from typing import Any

from tasks.domain.events import Event, id_order
from web.errors import TooManyClients
from web.shares import Once, Shares

log = logging.getLogger(__name__)

START_SECONDS = 3.0
"""How long a new subscription waits for the hub of a starting process."""
RESTART_SECONDS = 0.2
"""Pause before listening starts again."""


Disguise = Callable[[Event], Event]
"""Replaces what owners of a session may not know."""


class Message:
    """An event to be delivered, encoded once for all subscribers."""

    def __init__(self, event: Event) -> None:
        self.event = event
        self.order = id_order(event.event_id)
        self._public: Message | None = None

    def public(self, disguise: Disguise) -> Message:
        """Return the message as owners of the session get it; it is made once."""
        if self._public is None:
            public = disguise(self.event)
            self._public = self if public is self.event else Message(public)
        return self._public

    @cached_property
    def payload(self) -> dict[str, Any]:
        """The event as a dictionary."""
        return self.event.to_dict()

    @cached_property
    def text(self) -> str:
        """The event as JSON."""
        return self.event.to_json()


Sink = Callable[[Message], None]
"""Takes a message; it must not block, because all deliveries of the process wait for it."""


class DeliveredIds:
    """The milestones of running jobs that were delivered to one subscription."""

    def __init__(self) -> None:
        self._by_job: defaultdict[str | None, set[Any]] = defaultdict(set)

    def add(self, event: Event) -> bool:
        """Record an event and return whether it is new; an ended job may be retried."""
        if event.event_type.terminal:
            self._by_job.pop(event.job_id, None)
        elif event.milestone is not None:
            if event.milestone in self._by_job[event.job_id]:
                return False
            self._by_job[event.job_id].add(event.milestone)
        return True


class Subscription:
    """One subscriber to one session. Its methods are called under the hub's lock."""

    def __init__(self, session_id: str, sink: Sink, after: str) -> None:
        self.session_id = session_id
        self.after = after
        self._sink = sink
        self._last = id_order(after)
        self._delivered = DeliveredIds()
        self._buffer: list[Message] | None = []

    def deliver(self, message: Message) -> None:
        """Pass on a message, or buffer it while the subscription is not open."""
        if self._buffer is not None:
            self._buffer.append(message)
        elif message.order > self._last:
            self._last = message.order
            if self._delivered.add(message.event):
                self._sink(message)

    def open(self, missed: Iterable[Message]) -> None:
        """Deliver what was missed and what was buffered; later messages are delivered directly."""
        pending = sorted([*missed, *(self._buffer or ())], key=lambda message: message.order)
        self._buffer = None
        for message in pending:
            self.deliver(message)


class Slots:
    """Limits live connections of every protocol together."""

    def __init__(self, most: int, per_address: int = 0, per_session: int = 0) -> None:
        self._shares = Shares(most, per_address)
        self.per_session = per_session
        """Subscriptions to one session; 0 means no limit."""

    def take(self, address: str = "") -> Callable[[], None]:
        """Take a slot for an address and return a function that frees it once."""
        if not self._shares.take(address):
            raise TooManyClients
        return Once(lambda: self._shares.give_back(address))

    @property
    def most(self) -> int:
        """How many live connections there may be."""
        return self._shares.most

    @property
    def taken(self) -> int:
        """How many live connections are open."""
        return self._shares.taken


class Hub:
    """Delivers events to all subscriptions of this process."""

    def __init__(
        self,
        listen: Callable[[], Iterator[Event | None]],
        missed: Callable[[str, str], list[Event]],
        slots: Slots,
        disguise: Disguise = lambda event: event,
    ) -> None:
        self._disguise = disguise
        self._listen = listen
        self._missed = missed
        self._lock = threading.Lock()
        self._listeners: defaultdict[str, list[Subscription]] = defaultdict(list)
        self._listening = threading.Event()
        self._stop_event = threading.Event()
        self.thread = threading.Thread(target=self._run, name="hub", daemon=True)
        self.slots = slots
        self.restarts = 0
        """How often listening had to start again after an error."""

    def start(self) -> None:
        """Start receiving events; the thread ends with its process."""
        self.thread.start()

    def stop(self) -> None:
        """Stop at the next event or after at most a second."""
        self._stop_event.set()

    def stopped(self, seconds: float) -> bool:
        """Wait for the hub to stop, and return whether it has."""
        return self._stop_event.wait(seconds)

    def subscribe(
        self, session_id: str, sink: Sink, after: str, *, for_operator: bool = False
    ) -> Subscription:
        """Subscribe to a session; nothing is delivered before `open`."""
        take = sink if for_operator else lambda message: sink(message.public(self._disguise))
        subscription = Subscription(session_id, take, after)
        with self._lock:
            listeners = self._listeners[session_id]
            if self.slots.per_session and len(listeners) >= self.slots.per_session:
                raise TooManyClients
            listeners.append(subscription)
        return subscription

    def open(self, subscription: Subscription) -> None:
        """Read what the subscription missed and open it, unless it has ended meanwhile."""
        # A process that has just started may not listen yet. Events of that moment would be
        # neither in the backlog nor in the buffer.
        self._listening.wait(START_SECONDS)
        missed = [Message(e) for e in self._missed(subscription.session_id, subscription.after)]
        with self._lock:
            if subscription in self._listeners.get(subscription.session_id, ()):
                subscription.open(missed)

    def unsubscribe(self, subscription: Subscription) -> None:
        """End a subscription; ending it twice does no harm."""
        with self._lock:
            listeners = self._listeners.get(subscription.session_id, [])
            if subscription in listeners:
                listeners.remove(subscription)
            if not listeners:
                self._listeners.pop(subscription.session_id, None)

    @property
    def listeners(self) -> int:
        """How many subscriptions there are."""
        with self._lock:
            return sum(map(len, self._listeners.values()))

    @property
    def alive(self) -> bool:
        """Whether the hub receives events or was stopped on purpose."""
        return self._stop_event.is_set() or self.thread.is_alive()

    def _run(self) -> None:
        while not self._stop_event.is_set():
            try:
                self._receive()
            except Exception:
                # The whole process depends on this thread, so no error may end it.
                self.restarts += 1
                log.exception("hub failed, restarting")
            self._stop_event.wait(RESTART_SECONDS)

    def _receive(self) -> None:
        for event in self._listen():
            if self._stop_event.is_set():
                return
            self._listening.set()
            if event is not None:
                self._distribute(Message(event))

    def _distribute(self, message: Message) -> None:
        with self._lock:
            for subscription in self._listeners.get(message.event.session_id, ()):
                try:
                    subscription.deliver(message)
                except Exception:  # one failing subscriber must not affect the others
                    session_id = subscription.session_id
                    log.exception("subscriber failed", extra={"session_id": session_id})
