"""Who follows a session live, and for how long: operators until they sign out, owners for good."""

from __future__ import annotations

import contextlib
import json
import queue
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from http.cookies import SimpleCookie
from typing import Any

import httpx
import pytest
import socketio
import websocket

from config.settings import Settings
from tasks.domain.events import Event, EventType
from tasks.messaging.event_bus import EventBus, Progress
from tests.services.redis_server import RedisServer
from tests.services.waiting import until
from tests.web.caller import Caller
from tests.web.conftest import as_operator
from tests.web.listener import listening
from web.http import signing_in
from web.http.operators import operator_token
from web.sessions.names import name_of

SOON = 5.0
"""Seconds until the end of a stream on a busy machine; it should take one."""
WORKER = f"lite@{socket.gethostname()}.4711"


@dataclass
class Browser:
    """A signed-in operator's browser."""

    server: str
    cookie: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Cookie": self.cookie, "Origin": self.server}

    def sign_out(self) -> None:
        answer = httpx.post(f"{self.server}/operate/sign-out", headers=self.headers)
        assert answer.status_code == 204


@pytest.fixture
def browser(server: str, settings: Settings) -> Browser:
    entered = httpx.post(
        f"{server}/operate/sign-in",
        json={"token": operator_token(settings)},
        headers={"Origin": server},
    )
    [morsel] = SimpleCookie(entered.headers["Set-Cookie"]).values()
    return Browser(server, f"{morsel.key}={morsel.value}")


@dataclass
class Followed:
    """A session with a job, and its names."""

    session_id: str
    name: str
    job_id: str


@pytest.fixture
def followed(caller: Caller, redis_server: RedisServer) -> Followed:
    session_id = caller.ready_session()
    job_id = caller.start(session_id).json()["job_id"]
    EventBus(redis_server.client()).start_progress(job_id, 10.0, Progress())
    return Followed(session_id, name_of(session_id), job_id)


Ends = Callable[[], bool]


@contextmanager
def subscribed(browser: Browser, event: str, data: dict[str, str]) -> Iterator[Ends]:
    over = threading.Event()
    client = socketio.Client(reconnection=False)
    client.on("disconnect", lambda *_: over.set())
    # The client sends the origin by itself.
    client.connect(browser.server, headers={"Cookie": browser.cookie}, transports=["websocket"])
    assert client.call(event, data, timeout=10)["ok"]
    yield over.is_set
    if not over.is_set():
        client.disconnect()
    # A client that the server has disconnected closes its connection itself, in another thread.
    client.eio.wait()


def socket_io(browser: Browser, _: Followed) -> AbstractContextManager[Ends]:
    return subscribed(browser, "subscribe_operators", {})


def socket_io_of_a_session(browser: Browser, followed: Followed) -> AbstractContextManager[Ends]:
    return subscribed(browser, "subscribe_progress", {"session_id": followed.name})


@contextmanager
def web_socket(browser: Browser, followed: Followed) -> Iterator[Ends]:
    url = browser.server.replace("http", "ws") + f"/progress/{followed.name}"
    client = websocket.create_connection(
        url, timeout=SOON, origin=browser.server, cookie=browser.cookie
    )
    client.settimeout(0.2)

    def over() -> bool:
        with contextlib.suppress(websocket.WebSocketTimeoutException):
            opcode, _ = client.recv_data()
            return bool(opcode == websocket.ABNF.OPCODE_CLOSE)
        return False

    try:
        yield over
    finally:
        client.shutdown()


@contextmanager
def server_sent_events(browser: Browser, followed: Followed) -> Iterator[Ends]:
    url = f"{browser.server}/process/{followed.job_id}/events"
    over = threading.Event()
    with httpx.stream("GET", url, headers=browser.headers, timeout=60) as answer:
        assert answer.status_code == 200

        def read() -> None:
            for _ in answer.iter_lines():
                pass
            over.set()

        reader = threading.Thread(target=read)
        reader.start()
        yield over.is_set
        reader.join(SOON)


DOORS = [socket_io, socket_io_of_a_session, web_socket, server_sent_events]


@pytest.mark.parametrize("door", DOORS)
def test_a_stream_ends_with_the_sign_in_that_opened_it(
    browser: Browser, followed: Followed, door: Any
) -> None:
    with door(browser, followed) as over:
        assert not over()
        browser.sign_out()
        until(over, "the end of the stream", SOON)


@pytest.mark.parametrize("door", DOORS)
def test_a_stream_ends_when_the_cookie_expires(
    browser: Browser, followed: Followed, door: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with door(browser, followed) as over:
        assert not over()
        later = time.time() + signing_in.SIGNED_IN_SECONDS + 1
        monkeypatch.setattr(signing_in.time, "time", lambda: later)
        until(over, "the end of the stream", SOON)


def test_an_owner_goes_on_after_the_operator_of_this_browser_signed_out(
    browser: Browser, followed: Followed, redis_server: RedisServer
) -> None:
    url = browser.server.replace("http", "ws") + f"/progress/{followed.session_id}"
    client = websocket.create_connection(
        url, timeout=10, origin=browser.server, cookie=browser.cookie
    )
    with web_socket(browser, followed) as over:
        browser.sign_out()
        until(over, "the end of the operator's stream", SOON)
    EventBus(redis_server.client()).emit(started(followed))
    told: list[str] = []
    while "stage_started" not in told:
        told.append(json.loads(client.recv())["event_type"])
    client.shutdown()


def started(followed: Followed) -> Event:
    return Event(
        EventType.STAGE_STARTED,
        followed.name,
        followed.job_id,
        "voice",
        0,
        f"voice started by {WORKER}",
        {"attempt": 1, "revision": 1, "worker": WORKER},
    )


@pytest.mark.parametrize("kept", [False, True], ids=["live", "resumed"])
def test_owners_get_a_pseudonym_of_the_node_and_operators_its_name(
    caller: Caller, server: str, settings: Settings, redis_server: RedisServer, kept: bool
) -> None:
    session_id = caller.session()
    followed = Followed(session_id, name_of(session_id), "")
    bus = EventBus(redis_server.client())
    event = replace(started(followed), job_id=None)
    heard: list[str] = []
    if kept:
        bus.emit(event)
    with listening(server) as owner, listening(server) as operator:
        assert owner.subscribe(session_id, last_event_id="0-0")["ok"]
        token = operator_token(settings)
        assert operator.subscribe(followed.name, last_event_id="0-0", token=token)["ok"]
        if not kept:
            bus.emit(event)
        mine, theirs = owner.next(), operator.next()
    assert theirs["details"]["worker"] == WORKER
    heard.append(json.dumps(mine))
    url = server.replace("http", "ws") + f"/progress/{session_id}?last_event_id=0-0"
    client = websocket.create_connection(url, timeout=10)
    heard += [client.recv(), client.recv()]
    client.shutdown()
    for text in heard:
        assert socket.gethostname() not in text
    environment, _, rest = mine["details"]["worker"].partition("@")
    assert (environment, rest.rpartition(".")[2]) == ("lite", "4711")
    assert json.loads(heard[-1])["details"]["worker"] == mine["details"]["worker"]
    assert mine["message"] == f"voice started by {mine['details']['worker']}"


def test_server_sent_events_name_no_host(
    followed: Followed, server: str, settings: Settings, redis_server: RedisServer
) -> None:
    bus = EventBus(redis_server.client())
    bus.emit(started(followed))
    url = f"{server}/process/{followed.job_id}/events"
    names: queue.SimpleQueue[str] = queue.SimpleQueue()
    for headers in ({"X-Session-ID": followed.session_id}, as_operator(settings)):
        with httpx.stream("GET", url, headers=headers, timeout=30) as answer:
            for line in answer.iter_lines():
                if line.startswith("data:") and "stage_started" in line:
                    names.put(line)
                    break
    assert socket.gethostname() not in names.get(timeout=1)
    assert WORKER in names.get(timeout=1)

    def ended() -> bool:
        bus.emit(started(followed))  # a stream notices by sending that its client has left
        return not any("process_request" in thread.name for thread in threading.enumerate())

    until(ended, "both streams have ended")
