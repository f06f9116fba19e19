"""Bytes that are no HTTP, no WebSocket, no Engine.IO and no Socket.IO: nothing dies of them."""

from __future__ import annotations

import base64
import json
import logging
import os
import socket
import struct
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import httpx
import pytest

from tests.services.waiting import until
from tests.web.caller import Caller

KEY = base64.b64encode(b"0" * 16).decode()
UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": KEY,
}
ENGINE = "/socket.io/?EIO=4&transport="

REQUESTS = (
    *(b"", b"\r\n\r\n", b"\x00" * 100, b"GET\r\n\r\n", b"GET /\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n"),
    *(b"GET  /livez  HTTP/1.1\r\n\r\n", b"GET * HTTP/1.1\r\n\r\n", b"\xff\xfe HTTP/1.1\r\n\r\n"),
    *(b"GET http://[/livez HTTP/1.1\r\n\r\n", b"GET http://x:y/ HTTP/1.1\r\n\r\n"),
    *(b"GET //x//livez HTTP/1.1\r\n\r\n", b"CONNECT x:443 HTTP/1.1\r\n\r\n"),
    *(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
    *(b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\n\r\n", b"GET /%00%ff HTTP/1.1\r\n\r\n"),
    b"GET /livez HTTP/1.1\r\nno colon\r\n\r\n",
    b"GET /livez HTTP/1.1\r\n: empty\r\n\r\n",
    b"GET /livez HTTP/1.1\r\nX: a\r\n folded\r\n\r\n",
    b"GET /livez HTTP/1.1\r\nX: \x01\x02\r\n\r\n",
    b"GET /livez HTTP/1.1\r\nX\x00: a\r\n\r\n",
    b"GET /livez HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    b"GET /livez HTTP/1.1\r\n" + b"X: y\r\n" * 150 + b"\r\n",
    b"GET /livez HTTP/1.1\r\nX: " + b"y" * 70_000 + b"\r\n\r\n",
    b"POST /session/create HTTP/1.1\r\nContent-Length: -1\r\n\r\n{}",
    b"POST /session/create HTTP/1.1\r\nContent-Length: x\r\n\r\n{}",
    b"POST /session/create HTTP/1.1\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    b"POST /session/create HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
    b"POST /session/create HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n\r\n",
    b"POST /session/create HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
    b"POST /session/create HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n0",
    b"POST /upload/face HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz",
    b"POST /socket.io/?EIO=4 HTTP/1.1\r\nContent-Length: -1\r\n\r\n4",
    b"POST /socket.io/?EIO=4 HTTP/1.1\r\nContent-Length: \xb2\r\n\r\n4",
)
HANDSHAKES: tuple[dict[str, str], ...] = (
    {"Sec-WebSocket-Version": "8"},
    {"Sec-WebSocket-Version": "x"},
    {"Sec-WebSocket-Key": "x"},
    {"Sec-WebSocket-Key": ""},
    {"Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits=99"},
    {"Sec-WebSocket-Extensions": ",;,;"},
    {"Sec-WebSocket-Protocol": ",,,"},
    {"Connection": "Upgrade, close"},
    {"Upgrade": "WebSocket, x"},
)


def frame(opcode: int, data: bytes, *, final: bool = True, rsv: int = 0) -> bytes:
    """A masked frame; the mask is of zeros."""
    head = bytes([final << 7 | rsv << 4 | opcode])
    if len(data) < 126:
        head += bytes([0x80 | len(data)])
    else:
        head += bytes([0x80 | 126]) + struct.pack(">H", len(data))
    return head + bytes(4) + data


FRAMES = (
    *(frame(1, b"\xff\xfe"), frame(1, b"\xed\xa0\x80"), frame(2, b"\x00" * 100), frame(1, b"")),
    *(frame(3, b"x"), frame(15, b"x"), frame(1, b"x", rsv=7), frame(1, b"x", rsv=4)),
    *(frame(0, b"x"), frame(9, b"x" * 200), frame(8, b"\x00"), frame(8, struct.pack(">H", 5))),
    *(frame(8, b"\x03\xe8\xff"), frame(1, b"x", final=False) * 2, b"\x81\x01x", b"\x81"),
    *(b"\x81\xff" + b"\x7f" + b"\xff" * 7, frame(1, b"x" * 60_000), frame(10, b""), b"\xff" * 40),
)
MESSAGES = (
    *("", "x", "9", "-1", "4", "40", "\u0663", "b", "b!!!", "bAAAA", "2probe", "5", "6", "3", "1"),
    *("4" + "[" * 10_000, '4{"a":' * 1000, "42" + "[" * 10_000, "4" + "9" * 10_000, "4[1]", "4{}"),
    *("42", "42[]", "42{}", "42null", "42[1]", "42[null]", '42["connect"]', '42["disconnect"]'),
    *('42["subscribe_progress"]', '42["subscribe_progress",1]', '42["subscribe_progress",[]]'),
    *('420["subscribe_progress",{"session_id":"\\ud800"}]', '42["subscribe_progress",{},{},{}]'),
    *('420["subscribe_operators",{"token":"\\ud800"}]', '420["subscribe_operators",{"token":[]}]'),
    *(
        '420["subscribe_progress",{"session_id":"x","last_event_id":"\u0663"}]',
        "42[NaN]",
        "42[1e999]",
    ),
    *('42["unknown",1]', "42" + "9" * 200 + '["x"]', '42/odd,["x"]', "40/" + "n" * 1000, "41/odd,"),
    *(
        "43",
        "430",
        "439[1]",
        "43x",
        "44",
        "44x",
        "45",
        "451-[0]",
        '451-["x",{"_placeholder":true}]',
    ),
    *(
        "459999999999-[]",
        "46",
        "461-[]",
        "47",
        "4\u0663",
        "40x",
        "40[]",
        "40[[[",
        "40" + "{" * 5000,
    ),
    *('42["subscribe_progress",{"session_id":"' + "x" * 14_000 + '"}]',),
)


@pytest.fixture
def failures(caplog: pytest.LogCaptureFixture) -> Iterator[list[str]]:
    """What ended in a thread, or was logged as a fault of ours."""
    ended: list[str] = []
    before = threading.excepthook
    threading.excepthook = lambda args: ended.append(f"{args.thread}: {args.exc_value!r}")
    with caplog.at_level(logging.ERROR):
        yield ended
    threading.excepthook = before
    ended += [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]
    assert ended == []


class Wire:
    """Connections to a server, and what it answers."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        self._where = (parts.hostname or "", parts.port or 0)

    def send(self, *sent: bytes) -> bytes:
        """The answer to some bytes, whole; after the first of them it is awaited."""
        with socket.create_connection(self._where, timeout=10) as connection:
            return b"".join(self._exchange(connection, sent))

    def _exchange(self, connection: socket.socket, sent: tuple[bytes, ...]) -> Iterator[bytes]:
        try:
            for number, data in enumerate(sent):
                connection.sendall(data)
                if number + 1 < len(sent):
                    yield connection.recv(65_536)
            connection.shutdown(socket.SHUT_WR)
            while data := connection.recv(65_536):
                yield data
        except TimeoutError:
            raise
        except OSError:
            return  # it has heard enough

    def upgrade(self, path: str, headers: dict[str, str]) -> bytes:
        lines = [f"GET {path} HTTP/1.1", "Host: localhost"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


@pytest.fixture
def wire(server: str) -> Wire:
    return Wire(server)


def threads() -> int:
    """How many work for clients; engineio's pings sleep for a while after theirs is gone."""
    names = (thread.name for thread in threading.enumerate())
    return sum(not name.endswith(("(_send_ping)", "(_service_task)")) for name in names)


def served(answer: bytes) -> bool:
    """Whether it was no fault of ours; many of these get no answer at all."""
    return not answer.startswith(b"HTTP/1.1 5") and b"Traceback" not in answer


@pytest.mark.usefixtures("failures")
def test_requests_that_are_none(wire: Wire, caller: Caller) -> None:
    wrong = [sent[:80] for sent in REQUESTS if not served(wire.send(sent))]
    assert wrong == []
    assert caller.http.get("/livez").status_code == 200


@pytest.mark.usefixtures("failures")
def test_handshakes_that_are_none(wire: Wire, caller: Caller) -> None:
    session_id = caller.session()
    wrong = [
        (path, odd)
        for path in (f"/progress/{session_id}", f"{ENGINE}websocket")
        for odd in HANDSHAKES
        if not served(wire.send(wire.upgrade(path, UPGRADE | {"X-Session-ID": session_id} | odd)))
    ]
    assert wrong == []
    assert caller.http.get("/livez").status_code == 200


@pytest.mark.usefixtures("failures")
def test_frames_that_are_none(wire: Wire, caller: Caller) -> None:
    session_id = caller.session()
    keys = {"X-Session-ID": session_id}
    before = threads()
    for path in (f"/progress/{session_id}", f"{ENGINE}websocket"):
        shake = wire.upgrade(path, UPGRADE | keys)
        with ThreadPoolExecutor(len(FRAMES)) as clients:
            answers = clients.map(lambda sent, shake=shake: wire.send(shake, sent), FRAMES)
            assert {answer[:12] for answer in answers} == {b"HTTP/1.1 101"}
    until(lambda: threads() <= before, "the threads of these end")
    assert caller.http.get("/livez").status_code == 200


@pytest.mark.usefixtures("failures")
def test_packets_that_are_none_over_websocket(wire: Wire, caller: Caller) -> None:
    before = threads()
    for message in MESSAGES:
        for joined in ((), (frame(1, b"40"),)):
            last = frame(1, message.encode()) + frame(8, b"\x03\xe8")
            wire.send(wire.upgrade(f"{ENGINE}websocket", UPGRADE), *joined, last)
    until(lambda: threads() <= before, "the threads of these end")
    assert caller.http.get("/livez").status_code == 200


@pytest.mark.usefixtures("failures")
def test_packets_that_are_none_over_polling(server: str) -> None:
    with httpx.Client(base_url=server, timeout=30) as http:
        for message in (*MESSAGES, "d=", "d=4", "\x1e" * 5, "\x1e" * 40, "2" * 20_000):
            opened = http.get(f"{ENGINE}polling").text
            path = f"{ENGINE}polling&sid={json.loads(opened[1:])['sid']}"
            http.post(path, content="40")
            answer = http.post(path, content=message.encode())
            assert answer.status_code in (200, 400), (message[:40], answer.text)
            http.post(path, content="1")  # and leaves: there are only so many places
        assert http.get("/livez").status_code == 200


@pytest.mark.usefixtures("failures")
def test_a_client_cannot_pile_up_binary_attachments(wire: Wire) -> None:
    many = b"".join(frame(2, os.urandom(60_000)) for _ in range(20))
    sent = (frame(1, b"40"), frame(1, b'451000-["subscribe_progress"]') + many)
    assert served(wire.send(wire.upgrade(f"{ENGINE}websocket", UPGRADE), *sent))


@pytest.mark.usefixtures("failures")
def test_those_who_send_what_is_right_are_heard(server: str) -> None:
    with httpx.Client(base_url=server) as http:
        opened = json.loads(http.get(f"{ENGINE}polling").text[1:])
        path = f"{ENGINE}polling&sid={opened['sid']}"
        assert http.post(path, content="40").status_code == 200
        assert http.get(path).text.startswith("40{")
        http.post(path, content='420["subscribe_progress",{"session_id":"none"}]')
        assert "SESSION_NOT_FOUND" in http.get(path).text
