"""A resource alert on all its ways: the log, the operators' room, the webhook."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from config.settings import Settings
from tasks.circuit_breaker import FAILURES, CircuitBreakers
from tasks.domain.events import OPERATORS, Event, EventType
from tasks.messaging.redis_client import connect_fail_fast
from tests.deployment import Deployment
from tests.services.redis_server import RedisServer
from tests.services.waiting import until
from tests.web.listener import listening
from web.control import alert_receiver
from web.http.operators import operator_token

TOKEN = "let-the-operators-in"

Sender = Callable[..., alert_receiver.AlertReceiver]


class Webhook:
    """A server that notes what it is sent; the first tries fail, if so wished."""

    def __init__(self, *first: int) -> None:
        self.heard: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self.answers = list(first)
        self.asked = 0
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                hook.asked += 1
                status = hook.answers.pop(0) if hook.answers else 204
                if status < 300:
                    hook.heard.put(json.loads(body))
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
    with Deployment(tmp_path, redis_server, **extra) as deployment:
        address = deployment.start_web()
        with listening(address) as operator, listening(address) as stranger:
            joined = operator.socket.call("subscribe_operators", {"token": TOKEN}, timeout=10)
            assert joined["ok"] is True
            for wrong in ({}, {"token": TOKEN[:-1]}, {"token": 7}, {"token": None}):
                refused = stranger.socket.call("subscribe_operators", wrong, timeout=10)
                assert (refused["ok"], refused["error_code"]) == (False, "OPERATORS_ONLY")
            assert stranger.subscribe(OPERATORS)["error_code"] == "SESSION_NOT_FOUND"
            deployment.start_control()
            heard = operator.next(30)
            sent = webhook.heard.get(timeout=30)
            # The next leader knows that it was said.
            deployment.kill("control")
            deployment.start_control("second")
            until(
                lambda: deployment.log.count("leadership acquired") == 2 or None,
                "the second leads",
                60,
            )
            assert stranger.heard.empty()
        assert heard["event_type"] == EventType.RESOURCE_ALERT
        details = heard["details"]
        assert (details["resource"], details["level"]) == ("memory", "warning")
        assert details["percent"] > details["threshold"] == 0.01
        assert sent == {"event": "resource_alert", "message": heard["message"], **details}
        assert deployment.log.count("resource alert [alert=memory") == 1
        assert webhook.heard.empty()
        assert "webhook-secret-1" not in deployment.log


def test_a_local_caller_is_not_an_operator(server: str, settings: Settings) -> None:
    token = operator_token(settings)
    with listening(server) as operator:
        refused = operator.socket.call("subscribe_operators", {}, timeout=10)
        assert refused["error_code"] == "OPERATORS_ONLY"
        assert operator.socket.call("subscribe_operators", {"token": token}, timeout=10)["ok"]


def alert(percent: float = 99.0) -> Event:
    details = {"percent": percent}
    return Event(EventType.RESOURCE_ALERT, OPERATORS, message="full", details=details)


@pytest.fixture
def circuit_breakers(settings: Settings) -> CircuitBreakers:
    return CircuitBreakers(connect_fail_fast(settings))


@pytest.fixture
def sender(circuit_breakers: CircuitBreakers) -> Iterator[Sender]:
    with ExitStack() as opened:

        def make(address: str, give_up_seconds: float = 30.0) -> alert_receiver.AlertReceiver:
            made = alert_receiver.AlertReceiver(
                circuit_breakers, address, give_up_seconds, pause=0.01
            )
            opened.callback(made.close)
            return made

        yield make


def test_a_webhook_that_fails_is_tried_again(sender: Sender) -> None:
    with Webhook(500, 503) as server:
        sender(server.address).send(alert())
        assert server.heard.get(timeout=20)["percent"] == 99.0


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/", "nonsense", "elsewhere"])
def test_a_webhook_that_takes_nothing_is_given_up(
    sender: Sender,
    address: str,
    webhook: Webhook,
    caplog: pytest.LogCaptureFixture,
) -> None:
    webhook.answers[:] = [302] * 1000
    told = sender(
        webhook.address if address == "elsewhere" else address,
        give_up_seconds=0.05,
    )
    told.send(alert())
    until(lambda: "alert not accepted by ALERT_URL" in caplog.text, "it is given up")
    assert "webhook-secret-1" not in caplog.text
    assert webhook.heard.empty()


def test_a_webhook_that_is_down_is_left_alone_and_heard_of_later(
    sender: Sender, circuit_breakers: CircuitBreakers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tasks.circuit_breaker.PAUSE_SECONDS", 0.3)
    with Webhook(*[503] * FAILURES) as server:
        told = sender(server.address)
        told.send(alert())
        assert server.heard.get(timeout=20)["percent"] == 99.0
    until(
        lambda: circuit_breakers.circuits()[alert_receiver.CIRCUIT].state == "closed", "it is noted"
    )


def test_alerts_in_a_row_come_in_their_order_by_one_thread(
    sender: Sender,
) -> None:
    with Webhook(*[503] * 3) as server:
        told = sender(server.address)
        before = set(threading.enumerate())
        for number in range(5):
            told.send(alert(number))
        new = [t for t in threading.enumerate() if t not in before and t.name == "alert-url"]
        heard = [server.heard.get(timeout=20)["percent"] for _ in range(5)]
    assert heard == [0, 1, 2, 3, 4]
    assert len(new) == 1


def test_an_open_circuit_holds_no_alert_for_ever_and_no_pile_of_them(
    sender: Sender, caplog: pytest.LogCaptureFixture
) -> None:
    """A webhook that never comes back: nothing is asked for long, and memory has an end."""
    with Webhook(*[503] * 1000) as server:
        told = sender(server.address, give_up_seconds=1.0)
        for _ in range(alert_receiver.MOST_WAITING + 2):
            told.send(alert())
        assert "alert not sent to ALERT_URL" in caplog.text
        until(
            lambda: (
                caplog.text.count("alert not accepted by ALERT_URL") >= alert_receiver.MOST_WAITING
            ),
            "all are given up",
            30,
        )
        assert server.asked <= 2 * FAILURES


def test_closing_ends_the_thread_whatever_waits(sender: Sender) -> None:
    with Webhook(*[503] * 1000) as server:
        told = sender(server.address, 600.0)
        before = set(threading.enumerate())
        for _ in range(alert_receiver.MOST_WAITING):
            told.send(alert())
        told.close()
        left = {t for t in threading.enumerate() if t.name == "alert-url"} - before
    assert not left
