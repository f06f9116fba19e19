"""The hub of a web process delivers each event to every subscriber of its session, once, in order.

A new subscription names the last event it received. It is registered with a buffer first; then the
events it missed are read; then both are delivered together without duplicates. So no event is lost
in between, and none is delivered twice, even when an event is emitted again under another id after
Redis was wiped.

When the hub itself may have missed events, because Redis was wiped while it was not listening, all
subscriptions are in the same position: they buffer, read what they missed, and go on.
"""

from __future__ import annotations

import logging
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from typing import Any

from tasks.domain.errors import CallsheetError
from tasks.domain.events import Event, id_order
from tasks.messaging.live_channel import Heard, Notice
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
CutOff = Callable[[], None]
"""Ends the connection of a subscriber, which may resume after its last event; must not block."""
_ENDS_KEPT = 50
_RECENT_ENDS = 200


class DeliveredIds:
    """The milestones of running jobs, and the last ends, that were delivered to a subscription."""

    def __init__(self) -> None:
        self._by_job: defaultdict[str | None, set[Any]] = defaultdict(set)
        self._ends: deque[Any] = deque(maxlen=_ENDS_KEPT)

    def add(self, event: Event) -> bool:
        """Record an event and return whether it is new; an ended job may be retried."""
        milestone = event.milestone
        if milestone is None:
            return True
        if event.event_type.terminal:
            self._by_job.pop(event.job_id, None)
            if milestone in self._ends:
                return False
            self._ends.append(milestone)
            return True
        if milestone in self._by_job[event.job_id]:
            return False
        self._by_job[event.job_id].add(milestone)
        return True


class Subscription:
    """One subscriber to one session. Its methods are called under the hub's lock."""

    def __init__(self, session_id: str, sink: Sink, after: str, cut_off: CutOff) -> None:
        self.session_id = session_id
        self.cut_off = cut_off
        self._sink = sink
        self._last = id_order(after)
        self._delivered = DeliveredIds()
        self._buffer: list[Message] | None = []

    @property
    def after(self) -> str:
        """The id of the last event that was delivered."""
        return "{}-{}".format(*self._last)

    def deliver(self, message: Message) -> None:
        """Pass on a message, or buffer it while the subscription is not open."""
        if self._buffer is not None:
            self._buffer.append(message)
        elif message.order > self._last:
            self._last = message.order
            if self._delivered.add(message.event):
                self._sink(message)

    def hold(self) -> None:
        """Buffer messages until the subscription is opened again."""
        if self._buffer is None:
            self._buffer = []

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
        listen: Callable[[], Iterator[Heard]],
        missed: Callable[[str, str], list[Event]],
        slots: Slots,
        disguise: Disguise = lambda event: event,
    ) -> None:
        self._disguise = disguise
        self._listen = listen
        self._missed = missed
        self._lock = threading.Lock()
        self._listeners: defaultdict[str, list[Subscription]] = defaultdict(list)
        self._recent_ends: deque[Message] = deque(maxlen=_RECENT_ENDS)
        """For subscriptions of the moment between an end's publication and its commit."""
        self._changes = 0
        """How often holding began or ended; what was read before that may be too little."""
        self._is_holding = False
        """Whether all subscriptions buffer, because the hub may have missed events."""
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
        """Stop at the next event or after at most a second, and cut off all subscriptions."""
        self._stop_event.set()

    def stopped(self, seconds: float) -> bool:
        """Wait for the hub to stop, and return whether it has."""
        return self._stop_event.wait(seconds)

    def subscribe(
        self,
        session_id: str,
        sink: Sink,
        after: str,
        *,
        cut_off: CutOff,
        for_operator: bool = False,
    ) -> Subscription:
        """Subscribe to a session; nothing is delivered before `open`.

        `cut_off` is called when events were missed and cannot be read.
        """
        take = sink if for_operator else lambda message: sink(message.public(self._disguise))
        subscription = Subscription(session_id, take, after, cut_off)
        with self._lock:
            listeners = self._listeners[session_id]
            if self.slots.per_session and len(listeners) >= self.slots.per_session:
                raise TooManyClients
            listeners.append(subscription)
        return subscription

    def open(self, subscription: Subscription) -> None:
        """Read what the subscription missed and open it, unless it has ended meanwhile.

        If the hub has missed events too, it opens this one with all others.
        """
        # A process that has just started may not listen yet. Events of that moment would be
        # neither in the backlog nor in the buffer.
        self._listening.wait(START_SECONDS)
        changes = self._changes
        missed = self._read(subscription)
        with self._lock:
            if not self._is_holding and changes == self._changes and self._has(subscription):
                name = subscription.session_id
                ends = [end for end in self._recent_ends if end.event.session_id == name]
                subscription.open([*missed, *ends])

    def open_or_cut_off(self, subscription: Subscription) -> None:
        """Open a subscription; if that fails, end its connection, so that its client comes back.

        It was told that it is subscribed, and would wait for ever.
        """
        try:
            self.open(subscription)
        except CallsheetError as error:
            log.info("subscriber cut off", extra={"error_code": error.code})
            subscription.cut_off()
        except Exception:  # whatever the reason; and one must not affect the others
            session_id = subscription.session_id
            log.exception("missed events not read", extra={"session_id": session_id})
            subscription.cut_off()

    def _read(self, subscription: Subscription) -> list[Message]:
        return [Message(e) for e in self._missed(subscription.session_id, subscription.after)]

    def _has(self, subscription: Subscription) -> bool:
        return subscription in self._listeners.get(subscription.session_id, ())

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
                self._hold()
            self._stop_event.wait(RESTART_SECONDS)
        with self._lock:
            left = self._all()
        for subscription in left:  # nothing more comes, so their clients subscribe elsewhere
            subscription.cut_off()

    def _receive(self) -> None:
        has_failed = self._is_holding
        for heard in self._listen():
            if self._stop_event.is_set():
                return
            self._listening.set()
            if heard is Notice.GAP:
                self._hold()
            elif isinstance(heard, Event):
                self._distribute(Message(heard))
            if heard is Notice.RECOVERED or has_failed:
                has_failed = False
                self._open_all()

    def _hold(self) -> None:
        """Let all subscriptions buffer what follows."""
        with self._lock:
            self._changes += 1
            self._is_holding = True
            for subscription in self._all():
                subscription.hold()

    def _open_all(self) -> None:
        """Open all subscriptions with what they missed."""
        with self._lock:
            self._changes += 1
            self._is_holding = False
            held = self._all()
        log.info("events may have been missed: reading them", extra={"subscriptions": len(held)})
        for subscription in held:
            self.open_or_cut_off(subscription)

    def _all(self) -> list[Subscription]:
        return [one for listeners in self._listeners.values() for one in listeners]

    def _distribute(self, message: Message) -> None:
        with self._lock:
            if message.event.event_type.terminal:
                self._recent_ends.append(message)
            for subscription in self._listeners.get(message.event.session_id, ()):
                try:
                    subscription.deliver(message)
                except Exception:  # one failing subscriber must not affect the others
                    session_id = subscription.session_id
                    log.exception("subscriber failed", extra={"session_id": session_id})
