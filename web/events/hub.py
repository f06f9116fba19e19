"""The hub of a web process: each event to every listener of its session, once and in order.

A listener that joins says the last event it knows. It is registered first, with a buffer;
then what it missed is read; then both are handed over together, without what they have in
common. So nothing is lost between the reading and the joining, and nothing comes twice: not
even what Redis was wiped of before the ledger had it, which is said anew under another id.
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
from web.shares import Shares

log = logging.getLogger(__name__)

FIRST_WORD_SECONDS = 3.0
REST_SECONDS = 0.2
"""Before listening begins again."""


class Message:
    """An event on its way out; encoded once for all who hear it."""

    def __init__(self, event: Event) -> None:
        self.event = event
        self.order = id_order(event.event_id)

    @cached_property
    def payload(self) -> dict[str, Any]:
        return self.event.to_dict()

    @cached_property
    def text(self) -> str:
        return self.event.to_json()


Sink = Callable[[Message], None]
"""Takes a message without waiting for anybody: the whole process waits for it."""


class DeliveredIds:
    """The milestones of running jobs that one listener knows."""

    def __init__(self) -> None:
        self._of: defaultdict[str | None, set[Any]] = defaultdict(set)

    def add(self, event: Event) -> bool:
        """Whether this is news; a job that has ended is forgotten, for it may be tried again."""
        if event.event_type.terminal:
            self._of.pop(event.job_id, None)
        elif event.milestone is not None:
            if event.milestone in self._of[event.job_id]:
                return False
            self._of[event.job_id].add(event.milestone)
        return True


class Subscription:
    """One listener of one session. Its methods are called under the hub's lock."""

    def __init__(self, session_id: str, sink: Sink, after: str) -> None:
        self.session_id = session_id
        self.after = after
        self._sink = sink
        self._last = id_order(after)
        self._told = DeliveredIds()
        self._waiting: list[Message] | None = []

    def deliver(self, message: Message) -> None:
        if self._waiting is not None:
            self._waiting.append(message)
        elif message.order > self._last:
            self._last = message.order
            if self._told.add(message.event):
                self._sink(message)

    def open(self, missed: Iterable[Message]) -> None:
        """Hand over what was missed and what came meanwhile; from now on, all at once."""
        heard = sorted([*missed, *(self._waiting or ())], key=lambda message: message.order)
        self._waiting = None
        for message in heard:
            self.deliver(message)


class Slots:
    """How many live connections there may be, whatever door they came through."""

    def __init__(self, most: int, per_address: int = 0, per_session: int = 0) -> None:
        self._shares = Shares(most, per_address)
        self.per_session = per_session
        """Listeners of one session; 0: any number."""

    def take(self, address: str = "") -> Callable[[], None]:
        """Take a place for an address; what is returned gives it back, once."""
        if not self._shares.take(address):
            raise TooManyClients
        return Once(lambda: self._shares.give_back(address))

    @property
    def taken(self) -> int:
        return self._shares.taken


class Once:
    """Calls a function the first time it is called, and never again."""

    def __init__(self, call: Callable[[], None]) -> None:
        self._call: Callable[[], None] | None = call
        self._lock = threading.Lock()

    def __call__(self) -> None:
        with self._lock:
            call, self._call = self._call, None
        if call is not None:
            call()


class Hub:
    """All listeners of this process."""

    def __init__(
        self,
        listen: Callable[[], Iterator[Event | None]],
        missed: Callable[[str, str], list[Event]],
        slots: Slots,
    ) -> None:
        self._listen = listen
        self._missed = missed
        self._lock = threading.Lock()
        self._listeners: defaultdict[str, list[Subscription]] = defaultdict(list)
        self._listening = threading.Event()
        self._over = threading.Event()
        self.thread = threading.Thread(target=self._run, name="hub", daemon=True)
        self.slots = slots
        self.stumbles = 0
        """How often listening had to begin again."""

    def start(self) -> None:
        """Begin to hear; the thread ends with its process."""
        self.thread.start()

    def stop(self) -> None:
        """End at the next event or silent second."""
        self._over.set()

    def stopped(self, seconds: float) -> bool:
        """Wait so long for the end; whether it has come."""
        return self._over.wait(seconds)

    def subscribe(self, session_id: str, sink: Sink, after: str) -> Subscription:
        """Join a session; nothing is handed over before `open`."""
        subscription = Subscription(session_id, sink, after)
        with self._lock:
            listeners = self._listeners[session_id]
            if self.slots.per_session and len(listeners) >= self.slots.per_session:
                raise TooManyClients
            listeners.append(subscription)
        return subscription

    def open(self, subscription: Subscription) -> None:
        """Read what the listener missed and let it hear, unless it has left meanwhile."""
        # A process that has just started may not be listening yet; what comes in
        # between would be in neither of the two places.
        self._listening.wait(FIRST_WORD_SECONDS)
        missed = [Message(e) for e in self._missed(subscription.session_id, subscription.after)]
        with self._lock:
            if subscription in self._listeners.get(subscription.session_id, ()):
                subscription.open(missed)

    def unsubscribe(self, subscription: Subscription) -> None:
        """Leave; leaving twice is fine."""
        with self._lock:
            listeners = self._listeners.get(subscription.session_id, [])
            if subscription in listeners:
                listeners.remove(subscription)
            if not listeners:
                self._listeners.pop(subscription.session_id, None)

    @property
    def listeners(self) -> int:
        with self._lock:
            return sum(map(len, self._listeners.values()))

    @property
    def alive(self) -> bool:
        """Whether somebody hears what is said, unless that was ended on purpose."""
        return self._over.is_set() or self.thread.is_alive()

    def _run(self) -> None:
        while not self._over.is_set():
            try:
                self._hear()
            except Exception:
                # It listens for a whole process: whatever it has met, it listens again.
                self.stumbles += 1
                log.exception("the hub stumbled and listens again")
            self._over.wait(REST_SECONDS)

    def _hear(self) -> None:
        for event in self._listen():
            if self._over.is_set():
                return
            self._listening.set()
            if event is not None:
                self._distribute(Message(event))

    def _distribute(self, message: Message) -> None:
        with self._lock:
            for subscription in self._listeners.get(message.event.session_id, ()):
                try:
                    subscription.deliver(message)
                except Exception:  # one listener's trouble is not the others'
                    log.exception("a listener of %s failed", subscription.session_id)
