"""Two web processes behind a real nginx: a client of either receives every event once."""

from __future__ import annotations

import json
import socket
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from urllib.parse import urlsplit

import httpx
import psutil
import pytest
import socketio
import websocket

from tasks.domain.events import EventType
from tests.deployment import Deployment
from tests.services.nginx import Nginx
from tests.services.redis_server import RedisServer
from tests.services.waiting import until
from tests.web.caller import Caller
from tests.web.listener import Listener

pytestmark = pytest.mark.slow

ENDS = {kind.value for kind in EventType if kind.terminal}


@dataclass(frozen=True)
class Site:
    deployment: Deployment
    webs: tuple[str, str]
    place: Path

    def proxy(self, *, sticky: bool = True, **changes: str) -> Nginx:
        return Nginx(Path(mkdtemp(dir=self.place)), *self.webs, sticky=sticky, **changes)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    place = tmp_path_factory.mktemp("site")
    (place / "redis").mkdir()
    extra = {"TRUSTED_PROXIES": "127.0.0.1", "REQUESTS_A_MINUTE": "1000"}
    with RedisServer(place / "redis") as server, Deployment(place, server, **extra) as deployment:
        webs = (deployment.start_web("web-1"), deployment.start_web("web-2"))
        deployment.start_control()
        deployment.start_workers("lite")
        yield Site(deployment, webs, place)


def test_clients_of_both_processes_receive_every_event_once(site: Site) -> None:
    with site.proxy() as nginx, httpx.Client(base_url=nginx.url, timeout=30) as http:
        caller = Caller(http)
        session_id = caller.ready_session()
        listeners = [Listener(nginx.url) for _ in range(4)]
        snapshots = [listener.subscribe(session_id)["snapshot"] for listener in listeners]
        assert _connections(site) == {site.webs[0]: 2, site.webs[1]: 2}
        plain = websocket.create_connection(
            nginx.url.replace("http", "ws") + f"/progress/{session_id}", timeout=30
        )
        assert json.loads(plain.recv())["event_type"] == "snapshot"

        job_id = caller.start(session_id, mode="simulation").json()["job_id"]
        heard = [_to_the_end(listener.next) for listener in listeners]
        heard.append(_to_the_end(lambda: json.loads(plain.recv())))
        plain.close()
        assert site.deployment.until_ended(job_id).state == "succeeded"

        ledger = until(lambda: _whole_ledger(site, job_id), "the end is written down")
        for ids, snapshot in zip(heard, [*snapshots, snapshots[0]], strict=True):
            mine = [event_id for event_id in ids if event_id in ledger]
            assert mine == ledger
            assert not [i for i, times in Counter(ids).items() if times > 1]
            assert snapshot["last_event_id"] not in ids

        # One that comes back, to whichever process, says where it was and gets the rest.
        again = Listener(nginx.url)
        middle = ledger[len(ledger) // 2]
        again.subscribe(session_id, last_event_id=middle)
        assert _to_the_end(again.next) == ledger[len(ledger) // 2 + 1 :]
        for listener in (*listeners, again):
            listener.socket.disconnect()


def _whole_ledger(site: Site, job_id: str) -> list[str] | None:
    events = site.deployment.ledger(job_id)
    return [e.event_id for e in events] if events[-1].event_type.terminal else None


def _to_the_end(following: Any) -> list[str]:
    """The ids of all events up to the end of the job."""
    ids = []
    while True:
        event = following()
        ids.append(event["event_id"])
        if event["event_type"] in ENDS:
            return ids


def _connections(site: Site) -> dict[str, int]:
    """Sockets that stay open between the proxy and each web process."""
    counted = {}
    for address, name in zip(site.webs, ("web-1", "web-2"), strict=True):
        port = int(address.rpartition(":")[2])
        open_ones = site.deployment.process(name).net_connections("tcp")
        counted[address] = sum(
            c.laddr.port == port and c.status == psutil.CONN_ESTABLISHED for c in open_ones
        )
    return counted


def test_long_polling_needs_the_same_process_again(site: Site) -> None:
    with site.proxy(sticky=False) as nginx:
        lost = socketio.Client(reconnection=False)
        with pytest.raises(socketio.exceptions.ConnectionError):
            lost.connect(nginx.url, transports=["polling"])
    with site.proxy() as nginx:
        found = socketio.Client(reconnection=False)
        found.connect(nginx.url, transports=["polling"])
        with httpx.Client(base_url=nginx.url, timeout=30) as http:
            session_id = Caller(http).session()
        assert found.call("subscribe_progress", {"session_id": session_id}, timeout=10)["ok"]
        found.disconnect()


def test_limits_count_the_caller_and_not_the_proxy(site: Site) -> None:
    # From another address: callers from the proxy's address are trusted like the proxy.
    stranger = httpx.HTTPTransport(local_address="127.0.0.2")
    with (
        site.proxy() as nginx,
        httpx.Client(base_url=nginx.url, transport=stranger) as http,
    ):

        def left(address: str) -> int:
            answer = http.get("/capabilities", headers={"X-Forwarded-For": address})
            return int(answer.headers["RateLimit-Remaining"])

        def counted_together() -> bool:
            first = left("192.0.2.1")
            return left("192.0.2.2") == first - 1

        # What a caller says of itself counts for nothing: the proxy's word is the last.
        # (The minute that is counted may end between the two calls, but not twice.)
        assert counted_together() or counted_together()
        # Nor is it an operator, though nginx stands on this machine.
        assert http.get("/metrics").status_code == 403


def answers(address: str, source: str, count: int) -> list[httpx.Response]:
    transport = httpx.HTTPTransport(local_address=source)
    with httpx.Client(base_url=address, transport=transport, timeout=30) as http:
        return [http.get("/livez") for _ in range(count)]


def wires(address: str, source: str, said: bytes, count: int) -> list[socket.socket]:
    place = urlsplit(address)
    target = (str(place.hostname), place.port or 80)
    made = [socket.create_connection(target, 30, source_address=(source, 0)) for _ in range(count)]
    for wire in made:
        wire.sendall(said)
    return made


def test_the_proxy_limits_what_one_address_has_under_way(site: Site) -> None:
    body = b"POST /session/create HTTP/1.1\r\nHost: here\r\nContent-Length: 50\r\n\r\n{"
    with site.proxy(limit_conn="callsheet_connections 4") as nginx, ExitStack() as closing:
        for wire in wires(nginx.url, "127.0.0.3", body, 4):
            closing.enter_context(wire)
        until(
            lambda: answers(nginx.url, "127.0.0.3", 1)[0].status_code == 429, "its share is taken"
        )
        refused = answers(nginx.url, "127.0.0.3", 1)[0]
        assert refused.headers["content-type"] == "application/problem+json"
        assert refused.json()["error_code"] == "TOO_MANY_REQUESTS"
        assert int(refused.headers["retry-after"]) > 0
        assert answers(nginx.url, "127.0.0.4", 1)[0].status_code == 200


def test_the_proxy_limits_how_often_one_address_asks(site: Site) -> None:
    with site.proxy(limit_req="zone=callsheet_requests burst=5 nodelay") as nginx:
        codes = [answer.status_code for answer in answers(nginx.url, "127.0.0.3", 60)]
        assert codes[:6] == [200] * 6
        assert 429 in codes
        assert answers(nginx.url, "127.0.0.4", 1)[0].status_code == 200


def test_the_proxy_ends_slow_heads_and_bodies(site: Site) -> None:
    with (
        site.proxy(client_header_timeout="1s", client_body_timeout="1s") as nginx,
        ExitStack() as closing,
    ):
        head = b"GET /livez HTTP/1.1\r\nX-Slow: "
        body = b"POST /session/create HTTP/1.1\r\nHost: here\r\nContent-Length: 50\r\n\r\n{"
        for said in (b"", head, body):
            [wire] = wires(nginx.url, "127.0.0.3", said, 1)
            closing.enter_context(wire)
            with suppress(ConnectionResetError):
                while wire.recv(65536):  # a time-out of ours is a failure
                    pass
