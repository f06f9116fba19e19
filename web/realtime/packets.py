"""Checks of incoming Socket.IO packets, before the library processes them.

For packets that it cannot parse, the library raises in its threads, keeps the sockets of clients
that have left, and collects as many binary attachments as a client announces. Clients only need
to send a few small events, so any other packet closes the connection.
"""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, Final

import engineio.packet
import simple_websocket
import socketio
from engineio.async_drivers.threading import SimpleWebSocketWSGI
from engineio.payload import Payload
from flask import Flask
from socketio import packet
from wsproto.utilities import ProtocolError

from tasks.domain import strict_json
from tasks.domain.errors import RequestError
from web.http import errors

log = logging.getLogger(__name__)

PATH: Final = "/socket.io/"
LARGEST_MESSAGE: Final = 16 * 1024
"""Largest client message in bytes; client events have two short fields."""

LOOK_SECONDS: Final = 5.0

_LENGTH_DIGITS: Final = 9
_FRAMES: Final = (engineio.packet.CLOSE, engineio.packet.PONG, engineio.packet.MESSAGE)
_KINDS: Final = (packet.CONNECT, packet.DISCONNECT, packet.EVENT, packet.ACK)

StartResponse = Callable[..., Any]


class Json:
    """The JSON codec of both protocols: strict parsing, compact output."""

    dumps = staticmethod(json.dumps)
    loads = staticmethod(strict_json.loads)


class WebSockets(SimpleWebSocketWSGI):  # type: ignore[misc]  # engineio has no types
    """A WebSocket with bounded messages; an unreadable frame ends the connection."""

    def __init__(self, handler: Any, server: Any, **kwargs: Any) -> None:
        super().__init__(handler, server, max_message_size=LARGEST_MESSAGE, **kwargs)

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Any:
        try:
            return super().__call__(environ, start_response)
        except (ProtocolError, simple_websocket.ConnectionError):
            self.app.__self__.close(
                wait=False, abort=True
            )  # otherwise the library keeps the socket as pending
            start_response("400 Bad Request", [("Content-Type", "text/plain")])
            return [b"This is not a WebSocket handshake."]

    def wait(self) -> str | bytes | None:
        frame = self._next()
        if frame is None:
            return None
        try:
            engineio.packet.Packet(encoded_packet=frame)
        except (ValueError, LookupError):
            log.info("invalid Engine.IO frame received")
            return None
        return frame

    def close(self) -> None:
        """Close the connection, unless the client is closing it."""
        with suppress(ProtocolError, simple_websocket.ConnectionClosed, OSError):
            super().close()

    def _next(self) -> str | bytes | None:
        """Return the next packet; polls, as a close does not always wake the queue."""
        while self.ws.connected:
            try:
                frame: str | bytes | None = self.ws.receive(timeout=LOOK_SECONDS)
            except simple_websocket.ConnectionClosed:
                return None
            if frame is not None:
                return frame
        return None


def guard(app: Flask, server: socketio.Server) -> None:
    """Install the checks on a server."""
    engine = server.eio
    engine._async = {**engine._async, "websocket": WebSockets}
    engine.on("message", _Messages(server, engine.handlers["message"]))
    app.wsgi_app = _Bodies(app)  # type: ignore[method-assign]  # as Flask documents it


class _Messages:
    """A packet type that accepts only what clients may send."""

    def __init__(self, server: socketio.Server, handle: Callable[[str, Any], None]) -> None:
        self._server = server
        self._handle = handle

    def __call__(self, client: str, sent: Any) -> None:
        if client not in self._server.environ:
            return  # It has left; the library would register it again, and keep it for good.
        if self._is_readable(sent):
            self._handle(client, sent)
            return
        log.info("invalid Socket.IO packet received")
        with suppress(KeyError):  # the client has left
            # Not `disconnect`: it waits, perhaps forever, until the client has received everything.
            self._server.eio._get_socket(client).close(wait=False)

    def _is_readable(self, sent: Any) -> bool:
        if not isinstance(sent, str):
            return False  # binary, or JSON that is not a packet
        try:
            found = self._server.packet_class(encoded_packet=sent)
        except (ValueError, LookupError):
            return False
        if found.packet_type == packet.EVENT:
            return _is_event(found.data)
        if found.packet_type == packet.CONNECT:
            return found.data is None or isinstance(found.data, dict)
        return found.packet_type in _KINDS


def _is_event(data: Any) -> bool:
    named = isinstance(data, list) and bool(data) and isinstance(data[0], str)
    return named and data[0] not in socketio.Server.reserved_events


class _Bodies:
    """Check the packets in a polling request's body."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._inner = app.wsgi_app

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        if environ.get("REQUEST_METHOD") == "POST" and environ["PATH_INFO"].startswith(PATH):
            try:
                environ["wsgi.input"] = io.BytesIO(_payload(environ))
            except RequestError as error:
                with self._app.request_context(environ):
                    return errors.error_response(error)(environ, start_response)
        return self._inner(environ, start_response)


def _payload(environ: dict[str, Any]) -> bytes:
    length = environ.get("CONTENT_LENGTH") or ""
    if not (length.isascii() and length.isdigit() and len(length) <= _LENGTH_DIGITS):
        raise RequestError("Send a Content-Length header.")
    if int(length) > LARGEST_MESSAGE:
        raise RequestError(f"Send at most {LARGEST_MESSAGE} bytes at once.")
    body: bytes = environ["wsgi.input"].read(int(length))
    if not _is_readable(body):
        raise RequestError("The body is not valid Engine.IO.")
    return body


def _is_readable(body: bytes) -> bool:
    """Return whether clients may send all these packets; others would leave a thread waiting."""
    try:
        frames = Payload(encoded_payload=body.decode("utf-8")).packets
    except (ValueError, LookupError):
        return False
    return all(frame.packet_type in _FRAMES for frame in frames)
