"""Clients that send a byte now and then, on real sockets: none holds a thread for long."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import httpx
import pytest

from tests.services.waiting import until
from tests.web.caller import Caller
from tests.web.listener import listening
from web.http import timeouts

HEAD = (
    b"POST /upload/face HTTP/1.1\r\nHost: here\r\nContent-Type: multipart/form-data; boundary=x\r\n"
)


@contextmanager
def wire(address: str) -> Iterator[socket.socket]:
    place = urlsplit(address)
    with socket.create_connection((place.hostname, place.port), timeout=20) as connection:
        yield connection


def dripped(connection: socket.socket, data: bytes, pause: float = 0.05) -> None:
    """Send a byte at a time until the other side has had enough."""
    for at in range(len(data)):
        try:
            connection.sendall(data[at : at + 1])
        except ConnectionError:
            return
        time.sleep(pause)


def answer_of(connection: socket.socket) -> bytes:
    """All that comes until the server hangs up; a time-out of ours is a failure."""
    found = b""
    try:
        while block := connection.recv(65536):
            found += block
    except ConnectionError:
        pass
    return found


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timeouts, "HEAD_SECONDS", 1.0)
    monkeypatch.setattr(timeouts, "PAUSE_SECONDS", 0.7)
    monkeypatch.setattr(timeouts, "GRACE_SECONDS", 1.0)


def test_a_head_that_does_not_end_is_cut_off(server: str) -> None:
    with wire(server) as connection:
        began = time.monotonic()
        dripped(connection, b"GET /livez HTTP/1.1\r\nX-Slow: " + b"a" * 1000)
        assert answer_of(connection) == b""
        assert time.monotonic() - began < 20


def test_silence_is_cut_off(server: str) -> None:
    with wire(server) as connection:
        assert answer_of(connection) == b""


def test_a_head_without_end_fills_no_memory(server: str) -> None:
    with wire(server) as connection:
        try:
            for _ in range(1000):  # 64 MB of a first line
                connection.sendall(b"a" * 65536)
            sent_all = True
        except ConnectionError:
            sent_all = False
        assert not sent_all


def test_a_slow_body_is_cut_off_and_nothing_is_left(caller: Caller, server: str) -> None:
    with wire(server) as connection:
        connection.sendall(HEAD + b"Content-Length: 100000\r\n\r\n")
        part = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'
        dripped(connection, part + b"a" * 400, 0.02)
        answer = answer_of(connection)
    assert not answer or b" 408 " in answer.split(b"\r\n", 1)[0]
    assert caller.http.get("/livez").status_code == 200


def test_interrupted_body_is_answered(server: str) -> None:
    with wire(server) as connection:
        connection.sendall(
            b"POST /session/create HTTP/1.1\r\nHost: here\r\n"
            b"Content-Type: application/json\r\nContent-Length: 50\r\n\r\n{"
        )
        answer = answer_of(connection)
    assert b" 408 " in answer.split(b"\r\n", 1)[0]
    assert b"REQUEST_INCOMPLETE" in answer


def test_many_slow_clients_do_not_block_others(server: str) -> None:
    threads = threading.active_count()
    with wire(server) as first:
        others = [socket.create_connection(first.getpeername(), timeout=20) for _ in range(50)]
        for other in others:
            other.sendall(b"GET /livez HTTP/1.1\r\nX-Slow: ")
        assert httpx.get(f"{server}/livez", timeout=20).status_code == 200
        for other in others:
            with other:
                assert answer_of(other) == b""
    until(lambda: threading.active_count() <= threads, "no thread is held any more", 20)


def test_silent_live_connection_stays_open(server: str) -> None:
    session_id = Caller(httpx.Client(base_url=server)).session()
    with listening(server) as listener:
        assert listener.subscribe(session_id)["ok"]
        time.sleep(2.5)  # longer than any request may take here
        assert listener.subscribe(session_id)["ok"]
