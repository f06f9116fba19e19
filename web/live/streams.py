"""Open a stream: check, subscribe, read what was missed, and hand the connection over."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Final

import gevent

from config.settings import Settings
from tasks.domain.errors import CallsheetError, RequestError
from web.errors import LinkInvalid, OriginRefused, TicketInvalid, TooManyRequests, WebSocketRequired
from web.events.hub import Hub, Message
from web.http.addresses import client_address, rate_limit_key
from web.http.origins import is_refused
from web.live import frames
from web.live.connections import Connection, ServerSentEvents, WebSocket, text_frame
from web.live.handshakes import Handshakes
from web.live.metrics import LIMITED, OPENED, REFUSED, LiveMetrics
from web.live.openings import Address, Doorkeeper, Opening
from web.live.replays import BEGINNING, Position, Replays
from web.live.sign_ins import SignIns
from web.realtime.event_ids import event_id

RETRY_MS: Final = 2000
KEEP_ALIVE_SECONDS: Final = 25
_KEY_LENGTH: Final = 24
_SSE_HEAD: Final = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n"
    b"Cache-Control: no-store\r\nX-Accel-Buffering: no\r\nConnection: close\r\n"
)
"""Its end is written by the server, with the headers of every answer."""


@dataclass(frozen=True, slots=True)
class Streams:
    """The open streams of this process, and what opens them."""

    settings: Settings
    hub: Hub
    replays: Replays
    doorkeeper: Doorkeeper
    sign_ins: SignIns
    metrics: LiveMetrics
    handshakes: Handshakes
    open_ones: set[Connection]

    def start(self) -> None:
        """Start the greenlet that keeps connections alive."""
        gevent.spawn(self._keep_alive)

    def admit(self, environ: dict[str, Any]) -> None:
        """Count a handshake; raises `TooManyRequests` if there are too many now."""
        try:
            self.handshakes.admit(sender(environ, self.settings))
        except TooManyRequests:
            self.metrics.handshake(LIMITED)
            raise

    def end_all(self) -> None:
        """Tell all clients to connect again, because this process ends."""
        for connection in list(self.open_ones):
            connection.end(frames.RESTART, "restart; reconnect with your last event id")

    def watch_sign_in(self, opening: Opening, end: Callable[[], None]) -> Callable[[], None]:
        """End a client with the sign-in that it depends on; raises if that is over."""
        if not opening.sign_in:
            return lambda: None
        if self.sign_ins.is_over(opening.sign_in):
            raise TicketInvalid if opening.is_operator else LinkInvalid
        return self.sign_ins.watch(opening.sign_in, end)

    def _keep_alive(self) -> None:
        turn = 0
        while True:
            began = time.monotonic()
            gevent.sleep(1.0)
            self.metrics.note_loop_lag(time.monotonic() - began - 1.0)
            turn = (turn + 1) % KEEP_ALIVE_SECONDS
            for connection in list(self.open_ones):
                if connection.fd % KEEP_ALIVE_SECONDS == turn and not connection.is_closed:
                    connection.keep_alive()


@dataclass(slots=True)
class Opened:
    """A stream whose request was accepted: the head of its response, and what comes after."""

    head: bytes
    take_over: Callable[[int], None]
    """Takes the descriptor of the connection, after the head was sent."""
    cancel: Callable[[], None]


class _Sink:
    """Collects messages until there is a connection."""

    __slots__ = ("_connection", "_is_cut_off", "deliver", "early")

    def __init__(self) -> None:
        self.early: list[Message] = []
        self.deliver: Callable[[Message], None] = self.early.append
        self._connection: Connection | None = None
        self._is_cut_off = False

    def __call__(self, message: Message) -> None:
        self.deliver(message)

    def cut_off(self) -> None:
        """Let the client connect again after its last event: others were missed."""
        self._is_cut_off = True
        if self._connection is not None:
            self._connection.end(frames.TRY_AGAIN_LATER, "reconnect with your last event id")

    def connect(self, connection: Connection) -> None:
        early, self.early = self.early, []
        self.deliver = connection.deliver
        for message in early:
            connection.deliver(message)
        self._connection = connection
        if self._is_cut_off:
            self.cut_off()


def open_stream(streams: Streams, address: Address, environ: dict[str, Any]) -> Opened | None:
    """Open the stream of a request; None if the job's last event was already received."""
    streams.admit(environ)
    try:
        opened = _open(streams, address, environ)
    except CallsheetError:
        streams.metrics.handshake(REFUSED)
        raise
    streams.metrics.handshake(OPENED)
    return opened


def _open(streams: Streams, address: Address, environ: dict[str, Any]) -> Opened | None:
    check_origin(environ, streams.settings)
    if address.job_id is None and not _is_upgrade(environ):
        raise WebSocketRequired
    opening = streams.doorkeeper.opening(address)
    given = environ.get("HTTP_LAST_EVENT_ID") if address.job_id else None
    known = event_id(given or address.query.get("last_event_id"))
    position = _position(streams, opening, known)
    last = position.last_event_id
    sink = _Sink()
    with ExitStack() as closing:
        closing.callback(streams.hub.slots.take(sender(environ, streams.settings)))
        subscription = streams.hub.subscribe(
            opening.session,
            sink,
            last,
            cut_off=sink.cut_off,
            for_operator=opening.is_operator,
        )
        closing.callback(streams.hub.unsubscribe, subscription)
        streams.hub.open(subscription)
        if known and address.job_id and _has_received_end(streams, opening, known, sink):
            return None
        connection = _Pending(streams, opening, position, sink, closing)
        connection.watch_sign_in()
        connection.held = closing.pop_all()
        head = _SSE_HEAD if address.job_id else _upgraded(environ)
        return Opened(head, connection.take_over, connection.held.close)


@dataclass(slots=True)
class _Pending:
    """A stream that waits for its connection."""

    streams: Streams
    opening: Opening
    position: Position
    sink: _Sink
    held: ExitStack
    connection: Connection | None = None
    is_over: bool = False

    def watch_sign_in(self) -> None:
        """End the stream with the sign-in that it depends on; raises if that is over."""
        self.held.callback(self.streams.watch_sign_in(self.opening, self._end))

    def _end(self) -> None:
        self.is_over = True
        if self.connection is not None:
            self.connection.end(frames.POLICY, "signed out")

    def take_over(self, fd: int) -> None:
        connection = self.connection = self._connect(fd)
        self.streams.open_ones.add(connection)
        connection.on_close(self.held.close)
        connection.on_close(lambda: self.streams.open_ones.discard(connection))
        if self.is_over:
            self._end()
        self.sink.connect(connection)

    def _connect(self, fd: int) -> Connection:
        if self.opening.job_id is not None:
            events = ServerSentEvents(fd, self.streams.metrics.counts, self.opening.job_id)
            events.send(f"retry: {RETRY_MS}\n\n".encode())
            return events
        socket = WebSocket(fd, self.streams.metrics.counts)
        socket.send(text_frame(snapshot(self.opening.session, self.position)))
        return socket


def _position(streams: Streams, opening: Opening, known: str | None) -> Position:
    if opening.job_id is not None:  # its stream has no snapshot
        return Position(known or BEGINNING)
    return streams.replays.position(opening.session, known)


def snapshot(session: str, position: Position) -> dict[str, Any]:
    """Return the first message: where the events begin. `jobs` are in the database."""
    event = position.event
    return {
        "event_type": "snapshot",
        "session_id": session,
        "progress_percent": 0.0 if event is None else event.progress_percent,
        "message": "" if event is None else event.message,
        "last_event_id": position.last_event_id,
    }


def sender(environ: dict[str, Any], settings: Settings) -> str:
    """Return the address that a request counts for."""
    return rate_limit_key(client_address(environ, settings.trusted_proxies))


def check_origin(environ: dict[str, Any], settings: Settings) -> None:
    """Refuse pages of other sites; browsers apply no CORS to WebSockets."""
    if is_refused(environ, settings):
        raise OriginRefused


def _has_received_end(streams: Streams, opening: Opening, known: str, sink: _Sink) -> bool:
    """Return whether the client has already received the event that ended the job."""
    if any(message.event.job_id == opening.job_id for message in sink.early):
        return False
    event = streams.replays.find(opening.session, known)
    if event is None or event.job_id != opening.job_id:
        return False
    return event.event_type.terminal


def _is_upgrade(environ: dict[str, Any]) -> bool:
    return bool(environ.get("HTTP_UPGRADE", "").lower() == "websocket")


def _upgraded(environ: dict[str, Any]) -> bytes:
    """Return the head that completes the handshake of a WebSocket."""
    key = environ.get("HTTP_SEC_WEBSOCKET_KEY", "")
    if environ.get("HTTP_SEC_WEBSOCKET_VERSION") != "13" or len(key) != _KEY_LENGTH:
        raise RequestError("This is not a WebSocket handshake.")
    return (
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Accept: {frames.accept_key(key)}\r\n"
    ).encode()
