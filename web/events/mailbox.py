"""What a reader has still to read, for doors at which the reader comes and takes."""

from __future__ import annotations

import threading
from collections import deque

from web.events.hub import Message

MOST_WAITING = 1000


class TooSlow(Exception):
    """The reader left so much lying that it was cut off; it may come back with its last id."""


class Mailbox:
    """A queue that the hub fills without waiting; who lets it overflow is cut off."""

    def __init__(self) -> None:
        self._messages: deque[Message] = deque()
        self._changed = threading.Condition()
        self._most: int | None = None
        self._overflowed = False

    def put(self, message: Message) -> None:
        """The sink of a subscription."""
        with self._changed:
            if self._overflowed:
                return
            self._messages.append(message)
            if self._most is not None and len(self._messages) > self._most:
                self._overflowed = True
                self._messages.clear()
            self._changed.notify()

    def limit(self) -> None:
        """From now on count: what lies here already was missed, not neglected."""
        with self._changed:
            self._most = len(self._messages) + MOST_WAITING

    def get(self, seconds: float) -> Message | None:
        """The next message, or None when there was none for so long."""
        with self._changed:
            self._changed.wait_for(lambda: self._messages or self._overflowed, seconds)
            if self._overflowed:
                raise TooSlow
            return self._messages.popleft() if self._messages else None

    def __len__(self) -> int:
        return len(self._messages)
