"""A plain WebSocket: a snapshot, then the same events as Socket.IO, as JSON texts."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import websocket
from websocket import WebSocket

from config.settings import Settings
from tasks.messaging.event_bus import EventBus
from tests.services.redis_server import RedisServer
from tests.services.waiting import until
from tests.web.caller import Caller, problem
from tests.web.conftest import serving
from tests.web.listener import as_told, listening, said
from web import wsgi
from web.events import mailbox
from web.realtime import websocket as door


@pytest.fixture
def bus(redis_server: RedisServer) -> EventBus:
    return EventBus(redis_server.client())


@contextmanager
def connected(address: str, path: str, origin: str | None = None) -> Iterator[WebSocket]:
    url = address.replace("http", "ws") + path
    client = websocket.create_connection(url, timeout=10, origin=origin, suppress_origin=not origin)
    try:
        yield client
    finally:
        client.shutdown()


def heard(client: WebSocket) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(client.recv())
    return told


def test_a_snapshot_then_events(caller: Caller, server: str, bus: EventBus) -> None:
    session_id = caller.session()
    with connected(server, f"/progress/{session_id}") as client:
        assert heard(client) == {
            "event_type": "snapshot",
            "session_id": session_id,
            "progress_percent": 0.0,
            "message": "",
            "jobs": [],
            "last_event_id": "0-0",
        }
        emitted = bus.emit(said(session_id, "now"))
        assert heard(client) == as_told(emitted, session_id)


def test_a_snapshot_has_the_progress_of_the_newest_job(caller: Caller, server: str) -> None:
    session_id = caller.ready_session()
    caller.start(session_id)
    with connected(server, f"/progress/{session_id}") as client:
        first = heard(client)
    assert (first["progress_percent"], first["message"]) == (0.0, "waiting in the queue")


def test_stream_resumes_after_the_last_event_id(caller: Caller, server: str, bus: EventBus) -> None:
    session_id = caller.session()
    ids = [bus.emit(said(session_id, str(number))).event_id for number in range(3)]
    with connected(server, f"/progress/{session_id}?last_event_id={ids[0]}") as client:
        assert heard(client)["event_type"] == "snapshot"
        assert [heard(client)["message"] for _ in range(2)] == ["1", "2"]


def test_sse_websocket_and_socketio_deliver_the_same_events(
    caller: Caller, server: str, bus: EventBus
) -> None:
    session_id = caller.session()
    with listening(server) as listener, connected(server, f"/progress/{session_id}") as client:
        listener.subscribe(session_id)
        heard(client)
        emitted = bus.emit(said(session_id, "to all"))
        assert listener.next() == heard(client) == as_told(emitted, session_id)


def test_invalid_requests_are_refused(caller: Caller) -> None:
    session_id = caller.session()
    problem(caller.http.get(f"/progress/{session_id}"), 426, "WEBSOCKET_REQUIRED")
    upgrade = {"Upgrade": "websocket", "Connection": "Upgrade"}
    for path, status, code in (
        (f"/progress/{'0' * 32}", 404, "SESSION_NOT_FOUND"),
        (f"/progress/{session_id}?last_event_id=x", 422, "VALIDATION_FAILED"),
    ):
        problem(caller.http.get(path, headers=upgrade), status, code)


@pytest.mark.parametrize(
    ("origin", "welcome"),
    [("own", True), ("https://front.example", True), ("https://evil.example", False)],
)
def test_pages_of_other_origins(settings: Settings, origin: str, welcome: bool) -> None:
    listed = replace(settings, cors_origins=("https://front.example",))
    with serving(listed) as address, httpx.Client(base_url=address) as http:
        path = f"/progress/{Caller(http).session()}"
        origin = address if origin == "own" else origin
        if welcome:
            with connected(address, path, origin) as client:
                assert heard(client)["event_type"] == "snapshot"
        else:
            asked = {"Origin": origin, "Upgrade": "websocket", "Connection": "Upgrade"}
            problem(http.get(path, headers=asked), 403, "ORIGIN_NOT_ALLOWED")


def test_client_that_sends_too_much_is_disconnected(
    caller: Caller, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "CHECK_SECONDS", 0.05)
    with connected(server, f"/progress/{caller.session()}") as client:
        heard(client)
        for _ in range(door.MAX_CLIENT_MESSAGES + 1):
            client.send("hello?")
        opcode, reason = client.recv_data(control_frame=True)
        assert opcode == websocket.ABNF.OPCODE_CLOSE
        assert int.from_bytes(reason[:2]) == door.POLICY


def test_only_the_slow_client_is_disconnected(
    settings: Settings, bus: EventBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailbox, "MOST_WAITING", 50)
    monkeypatch.setattr(wsgi, "SEND_SECONDS", 1)
    with serving(settings) as address, httpx.Client(base_url=address) as http:
        caller = Caller(http)
        session_id = caller.session()
        path = f"/progress/{session_id}"
        with _deaf(address, path) as deaf, connected(address, path) as client:
            heard(client)
            bulk = "x" * 19_000
            worst = 0.0
            for number in range(640):  # 12 MB, more than any socket takes in
                bus.emit(said(session_id, f"{number} {bulk}"))
                began = time.monotonic()
                assert heard(client)["message"].startswith(f"{number} ")
                worst = max(worst, time.monotonic() - began)
            assert worst < 1.0
            until(lambda: _hung_up(deaf), "the slow reader is cut off")


@contextmanager
def _deaf(address: str, path: str) -> Iterator[socket.socket]:
    """A WebSocket that was opened and is never read."""
    where = urlsplit(address)
    with socket.socket() as wire:
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        wire.connect((where.hostname, where.port))
        wire.sendall(
            f"GET {path} HTTP/1.1\r\nHost: here\r\n".encode()
            + b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            + b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        assert wire.recv(12) == b"HTTP/1.1 101"
        yield wire


def _hung_up(wire: socket.socket) -> bool:
    """Whether the other side has closed: writing to it is refused then."""
    try:
        wire.send(b"\x89\x80\0\0\0\0")  # an empty ping
    except OSError:
        return True
    return False
