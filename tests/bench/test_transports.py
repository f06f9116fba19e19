"""From an event's sending in a worker to its arrival in a client, by each transport."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import socketio
import websocket

from tasks.domain.events import Event, EventType
from tasks.messaging import keys
from tests.bench.report import Row, at_most, median, percentile, write
from tests.bench.small import size
from tests.bench.system import CALM
from tests.deployment import Deployment
from tests.services.redis_server import RedisServer
from tests.services.waiting import until
from web.cli.local.ports import find_free_port

EVENTS = size(500, 20)
PER_SECOND = 50
SECONDS = 60

pytestmark = [pytest.mark.bench, pytest.mark.timeout(300)]

Details = Iterator[dict[str, Any]]


@dataclass
class Client:
    """A client in a thread, and the milliseconds that each event took to it."""

    name: str
    listen: Callable[[Callable[[], None]], Details]
    """Yields the details of events, after it has said that it is connected."""
    late: list[float] = field(default_factory=list)
    ready: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        for details in self.listen(self.ready.set):
            self.late.append((time.time() - details["sent"]) * 1000)
            if len(self.late) == EVENTS:
                return


def of_socket_io(address: str, prefix: str, subscription: dict[str, str]) -> Any:
    def listen(ready: Callable[[], None]) -> Details:
        with socketio.SimpleClient() as client:
            path = f"{prefix}/socket.io".strip("/")
            client.connect(address, socketio_path=path, transports=["websocket"])
            assert client.call("subscribe_progress", subscription)["ok"]
            ready()
            while True:
                yield client.receive(timeout=SECONDS)[1]["details"]

    return listen


def of_sse(url: str, headers: dict[str, str]) -> Any:
    def listen(ready: Callable[[], None]) -> Details:
        with httpx.stream("GET", url, headers=headers, timeout=SECONDS) as answer:
            assert answer.status_code == 200, answer.read()
            ready()
            for line in answer.iter_lines():
                if line.startswith("data:"):
                    yield json.loads(line[5:])["details"]

    return listen


def of_websocket(url: str) -> Any:
    def listen(ready: Callable[[], None]) -> Details:
        client = websocket.create_connection(url.replace("http", "ws", 1), timeout=SECONDS)
        try:
            assert json.loads(client.recv())["event_type"] == "snapshot"
            ready()
            while True:
                yield json.loads(client.recv())["details"]
        finally:
            client.close()  # type: ignore[no-untyped-call]

    return listen


def test_transports(tmp_path: Path, redis_server: RedisServer) -> None:
    port = find_free_port()
    live = f"http://127.0.0.1:{port}"
    settings = CALM | {"LIVE": "on", "LIVE_PORT": str(port), "LIVE_URL": live}
    with Deployment(tmp_path, redis_server, **settings) as deployment, ExitStack() as threads:
        address = deployment.start_web()
        deployment.start("live", "web.live")
        until(lambda: _answers(live), "the live process answers", 60)
        session_id, job_id = deployment.accept()
        # Its progress, as the dispatcher begins it; without it, an event is of no job in progress.
        deployment.services.redis.hset(
            keys.progress(job_id), mapping={"percent": 0, "started": time.time()}
        )
        clients = _clients(address, live, session_id, job_id)
        for client in clients:
            thread = threading.Thread(target=client.run)
            thread.start()
            threads.callback(thread.join, SECONDS)
            assert client.ready.wait(SECONDS), client.name
        for number in range(EVENTS):
            details = {"number": number, "sent": time.time(), "stage_percent": 50.0}
            deployment.services.bus.emit(
                Event(EventType.PROGRESS_UPDATE, session_id, job_id, "voice", 0, details=details)
            )
            time.sleep(1 / PER_SECOND)
        until(lambda: all(len(c.late) == EVENTS for c in clients), "all events arrive", SECONDS)
    rows: list[Row] = []
    for client in clients:
        rows += [
            Row(f"{client.name}: p50", median(client.late), "ms"),
            at_most(f"{client.name}: p95", percentile(client.late, 0.95), "ms", 50),
        ]
    write("transports", rows)


def _answers(live: str) -> bool:
    try:
        return httpx.get(f"{live}/healthz", timeout=2).is_success
    except httpx.TransportError:
        return False


def _clients(address: str, live: str, session_id: str, job_id: str) -> list[Client]:
    """The three transports of the API, and those of the live process."""
    key = {"X-Session-ID": session_id}
    subscription = {"session_id": session_id}
    with httpx.Client(base_url=address, headers=key, timeout=SECONDS) as http:
        ticket = http.post("/api/tickets", json=subscription).json()
        links = http.get(f"/process/{job_id}").json()["links"]
    assert urlsplit(links["live_events"]).netloc == urlsplit(live).netloc
    linked = subscription | {"link": ticket["live_url"]}
    return [
        Client("Socket.IO", of_socket_io(address, "", subscription)),
        Client("SSE", of_sse(f"{address}/process/{job_id}/events", key)),
        Client("WebSocket", of_websocket(f"{address}/progress/{session_id}")),
        Client("Socket.IO, live process", of_socket_io(live, "", linked)),
        Client("SSE, live process", of_sse(links["live_events"], {})),
        Client("WebSocket, live process", of_websocket(ticket["live_url"])),
    ]
