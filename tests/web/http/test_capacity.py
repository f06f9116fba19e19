"""Connections and live clients have bounds: one address takes its share, and no more."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import websocket
from flask import Flask

from config.networks import parse
from config.settings import Settings
from tests.services.waiting import until
from tests.web.caller import Caller, problem
from tests.web.conftest import close, serving
from tests.web.listener import listening
from web.http import server, timeouts
from web.realtime import engine
from web.wsgi import create_live_app, open_server

SLOW_HEAD = b"GET /livez HTTP/1.1\r\nHost: here\r\nX-Slow: "
SLOW_BODY = (
    b"POST /session/create HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\n"
    b"Content-Length: 50\r\n"
)
HANDSHAKE = "/socket.io/?EIO=4&transport=polling"


@contextmanager
def wires(address: str, number: int, said: bytes, source: str = "127.0.0.1") -> Iterator[list[Any]]:
    """Connections from an address that have said so much and wait."""
    place = urlsplit(address)
    with ExitStack() as closing:
        found = []
        for _ in range(number):
            wire = socket.create_connection(
                (str(place.hostname), place.port or 80), 20, source_address=(source, 0)
            )
            closing.enter_context(wire)
            wire.sendall(said)
            found.append(wire)
        yield found


def asked(address: str, source: str, path: str = "/livez", **more: Any) -> httpx.Response:
    """The answer to one request from an address."""
    transport = httpx.HTTPTransport(local_address=source)
    with httpx.Client(base_url=address, transport=transport, timeout=20) as http:
        return http.get(path, **more)


def status(address: str, source: str, path: str = "/livez", **more: Any) -> Callable[[], int]:
    return lambda: asked(address, source, path, **more).status_code


@contextmanager
def live(settings: Settings) -> Iterator[tuple[str, Flask, server.BoundedServer]]:
    """A server of which the test looks at the inside."""
    app = create_live_app(settings)
    made = open_server(app, "127.0.0.1", 0)
    assert isinstance(made, server.BoundedServer)
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{made.port}", app, made
    finally:
        made.shutdown()
        thread.join()
        made.server_close()
        close(app)


def upgrade(path: str) -> bytes:
    """The head of a WebSocket's request."""
    return (
        f"GET {path} HTTP/1.1\r\nHost: here\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    ).encode()


# --- connections ------------------------------------------------------------------------


def test_slow_heads_cost_no_thread_and_one_address_has_its_share(settings: Settings) -> None:
    with (
        live(replace(settings, connections_per_address=30)) as (address, _, made),
        wires(address, 30, SLOW_HEAD),
    ):
        until(lambda: made.heads.waiting == 30, "all of them wait")
        before = threading.active_count()
        began = time.monotonic()
        refused: list[bytes] = []
        with wires(address, 30, SLOW_HEAD) as more:
            for wire in more:
                refused.append(wire.recv(65536))
        assert time.monotonic() - began < 5
        assert threading.active_count() <= before
        for answer in refused:
            head, _, body = answer.partition(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 503 ")
            assert b"Retry-After: 2" in head
            assert json.loads(body)["error_code"] == "TOO_MANY_CONNECTIONS"
        assert asked(address, "127.0.0.2").status_code == 200


def test_requests_under_way_have_a_share_for_each_address(settings: Settings) -> None:
    with serving(replace(settings, connections_per_address=4)) as address:
        with wires(address, 4, SLOW_BODY + b"\r\n{"):
            until(lambda: status(address, "127.0.0.1")() == 503, "the share is taken")
            refused = asked(address, "127.0.0.1")
            told = problem(refused, 503, "TOO_MANY_CONNECTIONS")
            assert int(refused.headers["retry-after"]) > 0
            assert "from your address" in told["user_message"]
            # A body that is still being sent does not swallow the answer.
            large = httpx.post(f"{address}/session/create", content=bytes(200_000))
            assert large.status_code == 503
            assert asked(address, "127.0.0.2").status_code == 200
        until(lambda: status(address, "127.0.0.1")() == 200, "places are free again")


def test_short_requests_of_one_address_take_turns(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "CONCURRENT_REQUESTS", 2)
    with (
        live(replace(settings, connections_per_address=20)) as (address, _, made),
        wires(address, 2, SLOW_BODY + b"\r\n{") as busy,
    ):
        until(lambda: made.requests.taken == 2, "both are at work")
        with wires(address, 1, b"GET /livez HTTP/1.1\r\nHost: here\r\n\r\n") as [waiting]:
            until(lambda: made.requests.taken == 3, "the third is taken")
            assert asked(address, "127.0.0.2").status_code == 200
            # What mostly waits needs no turn.
            assert asked(address, "127.0.0.1", HANDSHAKE).status_code == 200
            assert asked(address, "127.0.0.1", headers={"Prefer": "wait=1"}).status_code == 200
            waiting.settimeout(0.3)
            with pytest.raises(TimeoutError):
                waiting.recv(1)
            busy[0].close()
            waiting.settimeout(20)
            assert waiting.recv(65536).startswith(b"HTTP/1.1 200 ")
    assert made.requests.taken == 0


def test_behind_a_proxy_the_callers_have_shares_and_not_the_proxy(settings: Settings) -> None:
    behind = replace(settings, connections_per_address=3, trusted_proxies=parse("127.0.0.1"))

    def of(caller: str) -> dict[str, str]:
        return {"X-Forwarded-For": f"198.51.100.7, {caller}"}

    with serving(behind) as address:
        for taken, same, other in (
            ("203.0.113.1", "203.0.113.1", "203.0.113.2"),
            ("2001:db8::1", "2001:db8::ffff:2", "2001:db8:0:1::1"),
        ):
            said = SLOW_BODY + f"X-Forwarded-For: 10.9.9.9, {taken}\r\n\r\n".encode()
            with wires(address, 3, said):
                full = status(address, "127.0.0.1", headers=of(same))
                until(lambda full=full: full() == 503, "the share is taken")  # type: ignore[misc]
                assert status(address, "127.0.0.1", headers=of(other))() == 200
        # Slow request heads of a proxy are not counted against it: their client is unknown.
        with wires(address, 6, SLOW_HEAD):
            assert status(address, "127.0.0.1", headers=of("203.0.113.9"))() == 200


def test_a_full_waiting_room_ends_the_oldest_of_the_largest_address(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "MOST_WAITING", 6)
    with (
        live(settings) as (address, _, made),
        wires(address, 2, SLOW_HEAD, "127.0.0.2") as few,
        wires(address, 4, SLOW_HEAD, "127.0.0.3") as many,
    ):
        until(lambda: made.heads.waiting == 6, "all wait")
        with wires(address, 2, SLOW_HEAD, "127.0.0.4"):
            assert [wire.recv(10) for wire in many[:2]] == [b"", b""]
            for wire in (*few, *many[2:]):
                wire.sendall(b"slow\r\n\r\n")
                assert wire.recv(65536).startswith(b"HTTP/1.1 200 ")


def test_a_head_of_many_long_lines_fills_no_memory(server: str) -> None:
    """Each line is within what an HTTP server takes; all of them are 5 MB."""
    line = b"X-Long: " + b"a" * 60_000 + b"\r\n"
    with wires(server, 1, b"GET /livez HTTP/1.1\r\nHost: here\r\n") as [wire]:
        answer = b""
        try:
            for _ in range(90):
                wire.sendall(line)
            wire.sendall(b"\r\n")
            answer = wire.recv(65536)
        except ConnectionError:
            pass
        assert answer == b""


def test_a_body_that_comes_steadily_but_too_slowly_is_cut_off(
    server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It never pauses for long; only its pace gives it away."""
    monkeypatch.setattr(timeouts, "GRACE_SECONDS", 1.0)
    over = threading.Event()
    with wires(server, 1, SLOW_BODY.replace(b"50", b"5000") + b"\r\n") as [wire]:

        def drip() -> None:
            while not over.wait(0.05):
                try:
                    wire.sendall(b" ")
                except OSError:
                    return

        threading.Thread(target=drip, daemon=True).start()
        wire.settimeout(8)  # by its length, it would go on for four minutes
        try:
            answer = wire.recv(65536)
        except ConnectionError:
            answer = b""
        over.set()
    assert not answer or b" 408 " in answer.split(b"\r\n", 1)[0]


# --- Engine.IO --------------------------------------------------------------------------


def test_handshakes_cost_no_thread_and_have_a_share_for_each_address(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "CONNECT_SECONDS", 60.0)
    share = 20
    with live(replace(settings, clients_per_address=share)) as (address, app, _):
        assert asked(address, "127.0.0.1", HANDSHAKE).status_code == 200
        before = threading.active_count()
        answers = [asked(address, "127.0.0.1", HANDSHAKE) for _ in range(40)]
        taken = sum(answer.status_code == 200 for answer in answers)
        assert taken == share + engine.SPARE - 1
        assert threading.active_count() <= before + 2
        refused = answers[-1]
        assert refused.status_code == 503
        assert refused.json()["error_code"] == "TOO_MANY_CONNECTIONS"
        assert int(refused.headers["retry-after"]) > 0
        assert asked(address, "127.0.0.2", HANDSHAKE).status_code == 200
        monkeypatch.setattr(engine, "CONNECT_SECONDS", 0.5)
        # No request followed them: they end, and their slots are free.
        until(lambda: app.extensions["engine"].places.taken == 0, "they are ended", 15)
        assert asked(address, "127.0.0.1", HANDSHAKE).status_code == 200


def test_handshakes_are_counted_before_socketio_sees_them(settings: Settings) -> None:
    with serving(replace(settings, requests_a_minute=5)) as address:
        answers = [asked(address, "127.0.0.1", HANDSHAKE) for _ in range(7)]
        assert [answer.status_code for answer in answers] == [200] * 5 + [429] * 2
        assert answers[-1].json()["error_code"] == "TOO_MANY_REQUESTS"
        assert 0 < int(answers[-1].headers["retry-after"]) <= 60
        sid = json.loads(answers[0].text[1:])["sid"]
        # What follows a handshake has a count of its own.
        poll = httpx.post(f"{address}{HANDSHAKE}&sid={sid}", content="40")
        assert poll.status_code == 200
        assert asked(address, "127.0.0.2", HANDSHAKE).status_code == 200
        assert httpx.options(f"{address}{HANDSHAKE}").status_code == 200


def test_client_without_subscription_is_disconnected(settings: Settings) -> None:
    with serving(replace(settings, join_seconds=1.5)) as address:
        with httpx.Client(base_url=address) as http:
            session_id = Caller(http).session()
        with listening(address) as busy, engine_client(address) as idle:
            assert busy.subscribe(session_id)["ok"]
            idle.send("40")
            assert idle.recv().startswith("40")
            while idle.connected:
                idle.recv_data()
            assert busy.subscribe(session_id)["ok"]


@contextmanager
def engine_client(address: str) -> Iterator[websocket.WebSocket]:
    """A client of Engine.IO that says nothing by itself."""
    target = f"{address.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket"
    wire = websocket.create_connection(target, timeout=10)
    assert wire.recv().startswith("0{")
    try:
        yield wire
    finally:
        wire.shutdown()


def test_one_address_has_its_share_of_live_clients(settings: Settings) -> None:
    few = replace(settings, clients_per_address=2)
    with live(few) as (address, app, _), listening(address), listening(address):
        with httpx.Client(base_url=address) as http:
            session_id = Caller(http).session()
        for source, code in (("127.0.0.1", 503), ("127.0.0.2", 101)):
            with wires(address, 1, upgrade(f"/progress/{session_id}"), source) as [wire]:
                assert f" {code} ".encode() in wire.recv(200).split(b"\r\n")[0]
        until(lambda: app.extensions["hub"].slots.taken == 2, "the third has left")


def test_pings_come_from_one_thread_and_go_on(settings: Settings) -> None:
    with live(settings) as (address, app, _):
        app.extensions["socketio"].server.eio.ping_interval = 0.5
        with engine_client(address) as wire:
            wire.send("40")
            assert wire.recv().startswith("40")
            for _ in range(3):
                assert wire.recv() == "2"
                wire.send("3")
        until(lambda: app.extensions["engine"].places.taken == 0, "its place is free")
