"""Mailboxes: buffers from which a reader takes the events of its session, one after the other."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from web.events.hub import Hub, Message

MOST_WAITING = 1000


TOO_SLOW = "the client is too slow"
MISSED = "events were missed, or this process stops"


class Interrupted(Exception):
    """No further events can be read, for the named reason; the reader may subscribe again."""


class Closed(Exception):
    """The reader may not read on."""


class Mailbox:
    """A queue that the hub fills without blocking; a reader that lets it overflow is cut off."""

    def __init__(self) -> None:
        self._messages: deque[Message] = deque()
        self._changed = threading.Condition()
        self._most: int | None = None
        self._interruption: str | None = None
        self._closed = False

    def put(self, message: Message) -> None:
        """Add a message; this is the sink of a subscription."""
        with self._changed:
            if self._interruption is not None:
                return
            self._messages.append(message)
            if self._most is not None and len(self._messages) > self._most:
                self._interrupt(TOO_SLOW)
            self._changed.notify()

    def _interrupt(self, why: str) -> None:
        self._interruption = why
        self._messages.clear()
        self._changed.notify()

    def limit(self) -> None:
        """Start to limit the queue; missed events that are already in it do not count."""
        with self._changed:
            self._most = len(self._messages) + MOST_WAITING

    def cut_off(self) -> None:
        """Let the reader subscribe again after its last event: others were missed."""
        with self._changed:
            self._interrupt(MISSED)

    def close(self) -> None:
        """End the reading of messages, also of those that wait."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    def get(self, seconds: float) -> Message | None:
        """Return the next message, or None when none arrives in time."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._messages or self._interruption or self._closed, seconds
            )
            if self._closed:
                raise Closed
            if self._interruption is not None:
                raise Interrupted(self._interruption)
            return self._messages.popleft() if self._messages else None

    def __len__(self) -> int:
        return len(self._messages)


def open_mailbox(
    hub: Hub,
    session_id: str,
    after: str,
    address: str,
    closing: ExitStack,
    *,
    for_operator: bool = False,
) -> Mailbox:
    """Open a mailbox that fills until `closing` is closed; it takes a live slot of the address."""
    closing.callback(hub.slots.take(address))
    mailbox = Mailbox()
    subscription = hub.subscribe(
        session_id, mailbox.put, after, cut_off=mailbox.cut_off, for_operator=for_operator
    )
    closing.callback(hub.unsubscribe, subscription)
    hub.open(subscription)
    mailbox.limit()
    return mailbox


@contextmanager
def mailbox(hub: Hub, session_id: str, after: str, address: str) -> Iterator[Mailbox]:
    """Open a mailbox for the length of a block."""
    with ExitStack() as closing:
        yield open_mailbox(hub, session_id, after, address, closing)
