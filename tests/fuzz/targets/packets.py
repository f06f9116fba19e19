"""Packets of Engine.IO and Socket.IO: what the guard lets through, the library can handle.

The first byte says how it arrives: as the body of a request, a text frame or a binary frame.
"""

from __future__ import annotations

import io
import logging
from functools import cache
from typing import Any

import engineio.packet
from engineio.exceptions import EngineIOError
from engineio.socket import Socket
from flask import Flask
from flask_socketio import SocketIO
from werkzeug.test import run_wsgi_app

from web.realtime import packets

_SID = "fuzz"


class Failures(logging.Logger):
    """Collects what the library logs as exceptions of its threads."""

    def __init__(self) -> None:
        super().__init__("library", logging.CRITICAL + 1)
        self.found: list[str] = []

    def exception(self, msg: object, *args: Any, **kwargs: Any) -> None:
        self.found.append(str(msg))
        raise AssertionError(f"the library failed: {msg}")


@cache
def _system() -> tuple[Flask, Any, Failures]:
    """The application as `web.realtime.sockets` makes it, without threads for its handlers."""
    app = Flask(__name__)
    sockets = SocketIO(
        app,
        async_mode="threading",
        async_handlers=False,
        json=packets.Json,
        max_http_buffer_size=packets.LARGEST_MESSAGE,
    )
    server = sockets.server
    server.on("subscribe_progress", lambda _sid, *_args: "accepted")
    server.on("connect", lambda _sid, _environ, _auth=None: None)
    packets.guard(app, server)
    server.eio.start_background_task = lambda *_args: None  # pings: the product has one thread
    failures = Failures()
    server.eio.logger = server.logger = failures
    return app, server, failures


def check(data: bytes) -> None:
    _, server, failures = _system()
    failures.found.clear()
    client = Socket(server.eio, _SID)
    client.connected = True
    server.eio.sockets[_SID] = client
    server._handle_eio_connect(_SID, {"REMOTE_ADDR": "127.0.0.1"})
    try:
        _send(client, data[:1], data[1:])
        assert not failures.found
    finally:
        server._handle_eio_disconnect(_SID, "client disconnect")
        server.eio.sockets.pop(_SID, None)
    assert not server.environ
    assert not any(server.manager.rooms.values()), "the library keeps a client that has left"


def _send(client: Socket, kind: bytes, data: bytes) -> None:
    if kind == b"t":
        _frame(client, data.decode("utf-8", "replace"))
    elif kind == b"b":
        _frame(client, data)
    else:
        _body(data)


def _frame(client: Socket, frame: str | bytes) -> None:
    """A WebSocket's frame, first read as `WebSockets.wait` does."""
    try:
        packet = engineio.packet.Packet(encoded_packet=frame)
    except (ValueError, LookupError):
        return
    try:
        client.receive(packet)
    except EngineIOError:
        return  # the library ends the connection


def _body(body: bytes) -> None:
    app, _, _ = _system()
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": packets.PATH,
        "QUERY_STRING": f"EIO=4&transport=polling&sid={_SID}",
        "CONTENT_LENGTH": str(len(body)),
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
    }
    _, status, _ = run_wsgi_app(app, environ, buffered=True)
    assert status.split()[0] in ("200", "400"), status
