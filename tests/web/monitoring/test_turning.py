"""Health says within five seconds that the leading controller does not turn, and why."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
import redis
from flask import Flask

from config.settings import Settings
from tasks.domain.events import Event, EventType
from tasks.messaging import keys
from tasks.messaging.event_bus import EventBus, StreamBatch
from tests.services.redis_server import RedisServer
from tests.services.waiting import until
from tests.web import fake_nodes
from tests.web.conftest import serving
from web.control import stream
from web.control.loop import Controller
from web.events.hub import Hub, Slots
from web.monitoring.turning import TURN
from web.services import current_services


@contextmanager
def at_work(app: Flask) -> Iterator[Controller]:
    control = Controller(current_services())

    def run() -> None:
        with app.app_context():
            control.run()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield control
        assert thread.is_alive(), "the controller has ended"
    finally:
        control.stop_event.set()
        thread.join(20)


def statuses(address: str) -> tuple[int, int]:
    ready, whole = httpx.get(f"{address}/readyz"), httpx.get(f"{address}/health")
    if whole.status_code == 503:
        said = whole.json()
        assert (said["status"], said["overall_healthy"]) == ("unhealthy", False)
        assert said["production_ready"] is False
        assert said["production_capabilities"]["production_ready"] is False
    return ready.status_code, whole.status_code


WELL, UNWELL = (200, 200), (503, 503)


@pytest.mark.parametrize("how", ["raises", "blocks"])
def test_health_reports_a_controller_without_progress(
    app: Flask,
    settings: Settings,
    redis_server: RedisServer,
    monkeypatch: pytest.MonkeyPatch,
    how: str,
) -> None:
    fake_nodes.beat(redis_server.client(), *fake_nodes.real())
    real = EventBus.read_stream
    broken, mended = threading.Event(), threading.Event()

    def read(self: EventBus, after: str, nudge: str, block_ms: int) -> StreamBatch:
        if broken.is_set() and not mended.is_set():
            if how == "raises":
                raise KeyError("no reason")
            mended.wait(60)
        return real(self, after, nudge, block_ms)

    monkeypatch.setattr(EventBus, "read_stream", read)
    with serving(settings) as address, at_work(app):
        until(lambda: statuses(address) == WELL or None, "it turns", 20)
        began = time.monotonic()
        broken.set()
        until(lambda: statuses(address) == UNWELL or None, "health says so", 20)
        # It was asked between two answers of up to a second each on a busy machine.
        assert time.monotonic() - began < 6
        why = httpx.get(f"{address}/readyz").json()["checks"]["control"]["why"]
        assert "has not completed a turn" in why
        assert how == "blocks" or "KeyError" in why
        mended.set()
        until(lambda: statuses(address) == WELL or None, "it turns again", 20)


def test_redis_outage_does_not_blame_the_controller(
    app: Flask, settings: Settings, redis_server: RedisServer
) -> None:
    with serving(settings) as address, at_work(app):
        until(lambda: statuses(address)[0] == 200 or None, "it turns", 20)
        redis_server.kill()
        until(lambda: statuses(address)[0] == 503 or None, "Redis is missed", 20)
        assert statuses(address)[1] == 200, "resources and sessions are well"
        redis_server.start()
        until(lambda: statuses(address) == WELL or None, "all is well again", 20)


def test_keys_of_another_type_do_not_stop_the_controller(
    app: Flask, redis_server: RedisServer
) -> None:
    client = redis_server.client()
    with at_work(app) as control:
        until(lambda: control.is_leader or None, "it leads", 20)
        for name in stream._TYPES:
            client.delete(name)
            client.set(name, "x") if stream._TYPES[name] != "string" else client.lpush(name, "x")
        client.delete(TURN)
        until(lambda: client.type(keys.EVENT_STREAM) == "none" or None, "it is repaired", 30)
        until(lambda: client.hget(TURN, "completed") or None, "it turns again", 30)


@pytest.mark.parametrize("entry_id", ["18446744073709551615-18446744073709551615", "9" * 14])
def test_event_with_a_future_id_does_not_end_the_stream(
    app: Flask, redis_server: RedisServer, entry_id: str
) -> None:
    client = redis_server.client()
    event = Event(EventType.UPLOAD_SUCCESS, "s")
    bus = current_services().bus
    with at_work(app):
        bus.emit(event)
        told = {"event": event.to_json(), "percent": "0", "eta": ""}
        client.xadd(keys.EVENT_STREAM, told, id=entry_id)

        def emits() -> bool | None:
            try:
                said = bus.emit(event).event_id
            except redis.ResponseError:
                return None
            return int(said.partition("-")[0]) < 1000 * time.time() + 10_000 or None

        until(emits, "ids go on from today", 20)


HOSTILE = [
    *(b"", b"\xff\xfe", b"1", b"null", b"|||", b"1-0|0||{}", b"1-0|0||[]", b"x|y|z|w"),
    b"1-0|nan||" + Event(EventType.UPLOAD_SUCCESS, "s").to_json().encode(),
    b"1-0|1e999||" + Event(EventType.UPLOAD_SUCCESS, "s").to_json().encode(),
    b"1-0|0|1 2|" + Event(EventType.UPLOAD_SUCCESS, "s").to_json().encode(),
    b"1-0|0||" + b"[" * 100_000,
    b'1-0|0||{"event_type": "upload_success", "session_id": ' + b"9" * 5000 + b"}",
    b'1-0|0||{"event_type": ["upload_success"], "session_id": "s"}',
    b'1-0|0||{"event_type": "upload_success", "session_id": "s", "details": [1]}',
    # In the future of every true event: those must not look old from now on.
    b"9999999999999-0|0||" + Event(EventType.UPLOAD_SUCCESS, "s").to_json().encode(),
    b"99999999999999999999-0|0||" + Event(EventType.UPLOAD_SUCCESS, "s").to_json().encode(),
]


def test_hub_survives_invalid_messages(app: Flask, redis_server: RedisServer) -> None:
    bus = current_services().bus
    hub = Hub(bus.listen, lambda session, after: [], Slots(1))
    hub.start()
    heard: list[str] = []
    sink = lambda one: heard.append(one.event.message)  # noqa: E731
    hub.open(hub.subscribe("mine", sink, "0-0", cut_off=lambda: None))
    try:
        with redis_server.client() as client:
            for message in HOSTILE:
                client.publish(keys.LIVE, message)
        bus.emit(Event(EventType.UPLOAD_SUCCESS, "mine", message="true"))
        until(lambda: heard or None, "a true event is heard", 20)
        assert (heard, hub.restarts, hub.alive) == (["true"], 0, True)
        assert bus.dropped.total == len(HOSTILE)
    finally:
        hub.stop()
        hub.thread.join(10)


def test_hub_resubscribes_after_failures(app: Flask) -> None:
    bus = current_services().bus
    failures = iter([KeyError("no"), RecursionError()])

    def listen() -> Iterator[Event | None]:
        for failure in failures:
            raise failure
        yield from bus.listen()

    hub = Hub(listen, lambda session, after: [], Slots(1))
    hub.start()
    heard: list[str] = []
    sink = lambda one: heard.append(one.event.message)  # noqa: E731
    hub.open(hub.subscribe("mine", sink, "0-0", cut_off=lambda: None))
    bus.emit(Event(EventType.UPLOAD_SUCCESS, "mine", message="true"))
    until(lambda: heard or None, "a true event is heard", 20)
    assert (hub.restarts, hub.alive) == (2, True)
    hub.stop()
    hub.thread.join(10)


def test_health_reports_an_ended_hub(settings: Settings) -> None:
    class Ended:
        alive = False

    from web.wsgi import create_live_app

    app = create_live_app(settings)
    probes = app.extensions["probes"]
    assert "live events" not in probes.run_all()
    hub, app.extensions["hub"] = app.extensions["hub"], Ended()
    answers = probes.run_all()
    assert answers["live events"].why
    assert not probes.well(answers)
    app.extensions["hub"] = hub
    hub.stop()
