"""Open streams, without a greenlet each.

The event loop says when a client has sent something or can take more. What a client does not take
at once is kept for it, up to a limit, so a slow client costs the others nothing.
"""

from __future__ import annotations

import _socket
import json
import logging
import time
from collections.abc import Callable
from typing import Any, Final

import gevent

from web.events.hub import Message
from web.live import frames
from web.live.metrics import Counts

log = logging.getLogger(__name__)

MOST_PENDING: Final = 256 * 1024
"""Bytes that wait for one client; more ends its stream, and it may resume."""
_READ, _WRITE = 1, 2
_CHUNK: Final = 4096
_SMALL_BUFFER: Final = 16 * 1024
MOST_CLIENT_FRAMES: Final = 200
"""Messages of a client, apart from answers to pings."""
LAST_SECONDS: Final = 10.0
"""How long a client may take to receive what waits for it at the end of its job."""
SILENCE_SECONDS: Final = 90.0
"""A WebSocket that has answered no ping for as long is closed."""


class Connection:
    """One open stream."""

    __slots__ = (
        *("_closed", "_counts", "_on_close", "_pending", "_pending_bytes", "_reading"),
        *("_socket", "_writing"),
        *("born", "fd"),
    )

    def __init__(self, fd: int, counts: Counts) -> None:
        """Take over the descriptor of a connection whose handshake is complete."""
        self.fd = fd
        self._counts = counts
        self.born = time.monotonic()
        self._socket = _socket.socket(fileno=fd)  # one of gevent would wait
        self._socket.setblocking(False)
        # The kernel would keep megabytes for a client that reads nothing.
        self._socket.setsockopt(_socket.SOL_SOCKET, _socket.SO_SNDBUF, _SMALL_BUFFER)
        self._pending: list[bytes] = []
        self._pending_bytes = 0
        self._closed = False
        self._on_close: list[Callable[[], None]] = []
        loop = gevent.get_hub().loop
        self._reading: Any = loop.io(fd, _READ)
        self._writing: Any = None
        self._reading.start(self._on_readable)

    @property
    def is_closed(self) -> bool:
        return self._closed

    def on_close(self, call: Callable[[], None]) -> None:
        """Call a function when the stream ends; at once if it has ended."""
        if self._closed:
            call()
        else:
            self._on_close.append(call)

    def deliver(self, message: Message) -> None:
        """Send a message; this is the sink of a subscription."""
        data = self.encoded(message)
        self._counts.sent += 1
        self._counts.sent_bytes += len(data)
        self.send(data)

    def encoded(self, message: Message) -> bytes:
        """Return a message as this kind of stream carries it."""
        raise NotImplementedError

    def send(self, data: bytes) -> None:
        """Send bytes, now or when the client takes them; never waits."""
        if self._closed:
            return
        if self._pending:
            self._keep(data)
            return
        try:
            sent = self._socket.send(data)
        except BlockingIOError:
            sent = 0
        except OSError:
            self.close()
            return
        if sent < len(data):
            self._keep(data[sent:] if sent else data)

    def _keep(self, data: bytes) -> None:
        self._pending.append(data)
        self._pending_bytes += len(data)
        if self._pending_bytes > MOST_PENDING:
            self._counts.too_slow += 1
            log.info("live stream closed: client too slow")
            self.end(frames.TRY_AGAIN_LATER, "too slow; reconnect with your last event id")
        elif self._writing is None:
            self._writing = gevent.get_hub().loop.io(self.fd, _WRITE)
            self._writing.start(self._on_writable)

    def _on_writable(self) -> None:
        data = b"".join(self._pending)
        self._pending.clear()
        self._pending_bytes = 0
        self._stop_writing()
        self.send(data)

    def _on_readable(self) -> None:
        try:
            data = self._socket.recv(_CHUNK)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            self.received(data)
        else:
            self.close()

    def received(self, data: bytes) -> None:
        """Take what the client has sent."""

    def keep_alive(self) -> None:
        """Send something, so that a client that has left is noticed."""
        raise NotImplementedError

    def end(self, code: int, reason: str) -> None:  # noqa: ARG002  of WebSockets
        """End the stream and tell the client why, if its kind of stream can."""
        self.close()

    def close(self) -> None:
        """Close the connection."""
        if self._closed:
            return
        self._closed = True
        self._reading.stop()
        self._reading.close()
        self._stop_writing()
        self._pending.clear()
        self._socket.close()
        calls, self._on_close = self._on_close, []
        # Later: the hub may be delivering under its lock, or the event loop has called, which must
        # not wait.
        gevent.spawn(_call_all, calls)

    def _stop_writing(self) -> None:
        if self._writing is not None:
            self._writing.stop()
            self._writing.close()
            self._writing = None


class ServerSentEvents(Connection):
    """The events of one job, up to its end."""

    __slots__ = ("_is_over", "_job_id")

    def __init__(self, fd: int, counts: Counts, job_id: str) -> None:
        super().__init__(fd, counts)
        self._job_id = job_id
        self._is_over = False

    def deliver(self, message: Message) -> None:
        if message.event.job_id != self._job_id:
            return
        super().deliver(message)
        self._is_over = message.event.event_type.terminal
        if self._is_over:  # unless it was retried, and what follows is delivered now
            gevent.get_hub().loop.run_callback(self._close_when_sent)

    def _close_when_sent(self) -> None:
        if self._is_over and not self._pending:
            self.close()
        elif self._is_over and not self._closed:
            gevent.spawn_later(LAST_SECONDS, self.close)

    def encoded(self, message: Message) -> bytes:
        return event_text(message)

    def keep_alive(self) -> None:
        self.send(b": still here\n\n")


class WebSocket(Connection):
    """The events of a session."""

    __slots__ = ("_frames", "_heard", "_received")

    def __init__(self, fd: int, counts: Counts) -> None:
        super().__init__(fd, counts)
        self._received = b""
        self._heard = self.born
        self._frames = 0

    def encoded(self, message: Message) -> bytes:
        return event_frame(message)

    def received(self, data: bytes) -> None:
        self._heard = time.monotonic()
        try:
            found, self._received = frames.decode(self._received + data)
        except frames.BadFrame as bad:
            self.end(bad.code, "not a valid frame")
            return
        for frame in found:
            self._take(frame)

    def _take(self, frame: frames.Frame) -> None:
        if frame.kind == frames.CLOSE:
            self.end(int.from_bytes(frame.payload[:2], "big") or 1000, "")
        elif frame.kind == frames.PING:
            self._count()
            self.send(frames.encode(frames.PONG, frame.payload[:125]))
        elif frame.kind != frames.PONG:
            self._count()

    def _count(self) -> None:
        self._frames += 1
        if self._frames > MOST_CLIENT_FRAMES:
            self.end(frames.POLICY, "too many client messages")

    def keep_alive(self) -> None:
        if time.monotonic() - self._heard > SILENCE_SECONDS:
            self.close()
        else:
            self.send(_PING)

    def end(self, code: int, reason: str) -> None:
        if not self.is_closed:
            self._pending.clear()
            self._pending_bytes = 0
            self.send(frames.closing(code, reason))
        self.close()


_PING: Final = frames.encode(frames.PING, b"")


def _call_all(calls: list[Callable[[], None]]) -> None:
    for call in calls:
        call()


def event_text(message: Message) -> bytes:
    """Return a message as Server-Sent Events carry it; it is made once."""
    made: bytes | None = message.__dict__.get("event_text")
    if made is None:
        event = message.event
        head = f"id: {event.event_id}\nevent: {event.event_type.value}\ndata: "
        made = message.__dict__["event_text"] = f"{head}{message.text}\n\n".encode()
    return made


def event_frame(message: Message) -> bytes:
    """Return a message as WebSockets carry it; it is made once."""
    made: bytes | None = message.__dict__.get("event_frame")
    if made is None:
        made = message.__dict__["event_frame"] = frames.encode(frames.TEXT, message.text.encode())
    return made


def text_frame(value: dict[str, Any]) -> bytes:
    """Return a JSON value as WebSockets carry it."""
    return frames.encode(frames.TEXT, json.dumps(value, ensure_ascii=False).encode())
