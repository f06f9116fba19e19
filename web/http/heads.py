"""Read the request heads of all new connections in one thread.

Slow heads, silent connections and callers with too many connections cost a file descriptor for some
seconds, never a thread. A refused connection receives its response and is then read for a moment,
because closing a connection with unread bytes discards the response.
"""

from __future__ import annotations

import selectors
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Any, Final

from web.http import timeouts

LINGER_SECONDS: Final = 1.0
MOST_LINGERING: Final = 128
_BLOCK: Final = 64 * 1024


@dataclass(eq=False, slots=True)
class Head:
    """A connection and the part of its request that has arrived."""

    connection: socket.socket
    peer: Any
    address: str
    """The rate-limit key of the peer; empty for a trusted proxy, which many callers share."""
    data: bytearray = field(default_factory=bytearray)
    began: float = field(default_factory=time.monotonic)
    lingering: bool = False

    @property
    def complete(self) -> bool:
        """Whether the whole head has arrived."""
        return b"\r\n\r\n" in self.data or b"\n\n" in self.data

    @property
    def deadline(self) -> float:
        """When the connection is closed if it stays silent."""
        return self.began + (LINGER_SECONDS if self.lingering else timeouts.HEAD_SECONDS)


class Heads:
    """Waits for heads and passes on each complete one."""

    def __init__(
        self, ready: Callable[[Head], bytes | None], refusal: bytes, most: int, per_address: int
    ) -> None:
        """Collect heads; `ready` takes a complete one, or returns the response that refuses it."""
        self._ready = ready
        self._refusal = refusal
        self._most = most
        self._per_address = per_address
        self._waiting: dict[Head, None] = {}  # the oldest first
        self._lingering: dict[Head, None] = {}
        self._by_address: Counter[str] = Counter()
        self._new: SimpleQueue[Head] = SimpleQueue()
        self._selector = selectors.DefaultSelector()
        self._wake, self._woken = socket.socketpair()
        for end in (self._wake, self._woken):
            end.setblocking(False)
        self._selector.register(self._woken, selectors.EVENT_READ)
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="heads", daemon=True)
        self._thread.start()

    def add(self, head: Head) -> None:
        """Add a new connection; most have sent their head already and do not wait."""
        head.connection.setblocking(False)
        if self._read(head) and not head.complete:
            self._new.put(head)
            self._notify()

    def close(self) -> None:
        """Stop the thread and close every waiting connection."""
        self._closed = True
        self._notify()
        if self._thread is not threading.current_thread():
            self._thread.join()

    def _notify(self) -> None:
        with suppress(OSError):
            self._wake.send(b"\0")

    def _run(self) -> None:
        while not self._closed:
            for key, _ in self._selector.select(self._pause()):
                if key.data is None:
                    with suppress(OSError):
                        self._woken.recv(_BLOCK)
                else:
                    self._continue(key.data)
            self._take_new()
            self._end_overdue()
        self._take_new()
        for head in [*self._waiting, *self._lingering]:
            self._end(head)
        self._selector.close()
        self._wake.close()
        self._woken.close()

    def _pause(self) -> float:
        first = [next(iter(heads)).deadline for heads in (self._waiting, self._lingering) if heads]
        return max(0.0, min(first) - time.monotonic()) if first else 60.0

    def _take_new(self) -> None:
        while True:
            try:
                head = self._new.get_nowait()
            except Empty:
                return
            if head.lingering:
                self._linger(head)
                continue
            if self._has_reached_share(head.address):
                self._refuse(head, self._refusal)
                continue
            if len(self._waiting) >= self._most:
                self._end_oldest_of_the_largest()
            self._waiting[head] = None
            self._by_address[head.address] += 1
            self._selector.register(head.connection, selectors.EVENT_READ, head)

    def _has_reached_share(self, address: str) -> bool:
        share = self._per_address
        return bool(share and address and self._by_address[address] >= share)

    def _end_oldest_of_the_largest(self) -> None:
        """Close the oldest connection of the address with the most waiting ones."""
        largest = max(self._by_address, key=lambda address: self._by_address[address])
        self._end(next(head for head in self._waiting if head.address == largest))

    def _continue(self, head: Head) -> None:
        if head.lingering:
            self._discard(head)
        else:
            self._read(head)

    def _read(self, head: Head) -> bool:
        """Read available bytes; return False if the connection is now closed.

        A complete head is passed on together with its connection.
        """
        try:
            block = head.connection.recv(_BLOCK)
        except BlockingIOError:
            return True
        except OSError:
            block = b""
        head.data += block
        complete = head.complete
        if not block or (len(head.data) > timeouts.HEAD_BYTES and not complete):
            self._forget(head)
            head.connection.close()
            return False
        if complete:
            self._forget(head)
            refusal = self._ready(head)
            if refusal is not None:
                self._refuse(head, refusal)
        return True

    def _refuse(self, head: Head, answer: bytes) -> None:
        """Send a response at once, and discard what the client sends for a moment longer."""
        try:
            head.connection.setblocking(False)
            head.connection.send(answer)
            head.connection.shutdown(socket.SHUT_WR)
        except OSError:
            head.connection.close()
            return
        head.lingering, head.began = True, time.monotonic()
        if threading.current_thread() is self._thread:
            self._linger(head)
        else:
            self._new.put(head)
            self._notify()

    def _linger(self, head: Head) -> None:
        if len(self._lingering) >= MOST_LINGERING:
            self._end(next(iter(self._lingering)))
        self._lingering[head] = None
        self._selector.register(head.connection, selectors.EVENT_READ, head)

    def _discard(self, head: Head) -> None:
        try:
            more = head.connection.recv(_BLOCK)
        except BlockingIOError:
            return
        except OSError:
            more = b""
        if not more:
            self._end(head)

    def _end_overdue(self) -> None:
        moment = time.monotonic()
        for heads in (self._waiting, self._lingering):
            while heads and (head := next(iter(heads))).deadline <= moment:
                self._end(head)

    def _end(self, head: Head) -> None:
        self._forget(head)
        head.connection.close()

    def _forget(self, head: Head) -> None:
        """Stop waiting for a connection."""
        known = head in self._waiting or head in self._lingering
        if head in self._waiting:
            del self._waiting[head]
            self._by_address[head.address] -= 1
            if not self._by_address[head.address]:
                del self._by_address[head.address]
        self._lingering.pop(head, None)
        if known:
            self._selector.unregister(head.connection)

    @property
    def waiting(self) -> int:
        """How many connections have not sent their head yet."""
        return len(self._waiting)
