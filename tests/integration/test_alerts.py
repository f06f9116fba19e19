"""A resource alert on all its ways: the log, the operators' room, the webhook."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from config.settings import Settings
from tasks.domain.events import OPERATORS, Event, EventType
from tasks.outside import FAILURES, Outside
from tasks.redis_client import connect_hastily
from tests.house import House
from tests.integration.listening import listening
from tests.services.redis_server import RedisServer
from tests.services.waiting import until
from web.control.alerts import CIRCUIT, post

TOKEN = "let-the-operators-in"


class Webhook:
    """A server that notes what it is sent; the first tries fail, if so wished."""

    def __init__(self, *first: int) -> None:
        self.heard: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        answers = list(first)
        heard = self.heard

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = answers.pop(0) if answers else 204
                if status < 300:
                    heard.put(json.loads(body))
                self.send_response(status)
                self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Quiet."""

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self.address = f"http://127.0.0.1:{self._server.server_port}/hook?token=webhook-secret-1"

    def __enter__(self) -> Webhook:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    with Webhook() as server:
        yield server


def test_one_crossing_on_all_ways(
    tmp_path: Path, redis_server: RedisServer, webhook: Webhook
) -> None:
    extra = {
        "MEMORY_WARNING_PERCENT": "0.01",  # crossed from the start
        "STORAGE_WARNING_PERCENT": "100",
        "DISK_FULL_PERCENT": "101",
        "MEMORY_CRITICAL_PERCENT": "101",
        "ALERT_URL": webhook.address,
        "OPERATOR_TOKEN": TOKEN,
    }
    with House(tmp_path, redis_server, **extra) as house:
        address = house.start_web()
        with listening(address) as operator, listening(address) as stranger:
            joined = operator.socket.call("subscribe_operators", {"token": TOKEN}, timeout=10)
            assert joined["ok"] is True
            for wrong in ({}, {"token": TOKEN[:-1]}, {"token": 7}, {"token": None}):
                refused = stranger.socket.call("subscribe_operators", wrong, timeout=10)
                assert (refused["ok"], refused["error_code"]) == (False, "OPERATORS_ONLY")
            assert stranger.subscribe(OPERATORS)["error_code"] == "SESSION_NOT_FOUND"
            house.start_control()
            heard = operator.next(30)
            sent = webhook.heard.get(timeout=30)
            # The next leader knows that it was said.
            house.kill("control")
            house.start_control("second")
            until(lambda: house.log.count("leading") == 2 or None, "the second leads", 60)
            assert stranger.heard.empty()
        assert heard["event_type"] == EventType.RESOURCE_ALERT
        details = heard["details"]
        assert (details["resource"], details["level"]) == ("memory", "warning")
        assert details["percent"] > details["threshold"] == 0.01
        assert sent == {"event": "resource_alert", "message": heard["message"], **details}
        assert house.log.count("resource_alert: memory") == 1
        assert webhook.heard.empty()
        assert "webhook-secret-1" not in house.log


def test_operators_of_this_machine_need_no_token_where_none_is_set(server: str) -> None:
    with listening(server) as operator:
        assert operator.socket.call("subscribe_operators", {}, timeout=10)["ok"] is True


def alert() -> Event:
    return Event(EventType.RESOURCE_ALERT, OPERATORS, message="full", details={"percent": 99.0})


@pytest.fixture
def outside(settings: Settings) -> Outside:
    return Outside(connect_hastily(settings))


def test_a_webhook_that_fails_is_tried_again(outside: Outside) -> None:
    with Webhook(500, 503) as server:
        assert post(outside, server.address, alert(), pause=0.01) is True
        assert server.heard.get(timeout=5)["percent"] == 99.0


def test_a_webhook_that_is_away_or_sends_us_elsewhere(outside: Outside) -> None:
    with Webhook(302, 302, 302) as server:
        assert post(outside, server.address, alert(), pause=0.01) is False


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/", "nonsense"])
def test_a_webhook_that_is_not_there(outside: Outside, address: str) -> None:
    assert post(outside, address, alert(), pause=0.01) is False


def test_a_webhook_that_is_down_is_left_alone_and_heard_of_later(
    outside: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tasks.outside.PAUSE_SECONDS", 0.3)
    with Webhook(*[503] * FAILURES) as server:
        assert post(outside, server.address, alert(), pause=0.01) is False
        # The second alert opens the circuit, waits until it lets a call through, and is taken.
        assert post(outside, server.address, alert(), pause=0.01) is True
        assert server.heard.get(timeout=5)["percent"] == 99.0
    assert outside.circuits()[CIRCUIT].state == "closed"
