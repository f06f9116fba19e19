"""Socket.IO with a real client: who hears what, and that a reconnect changes nothing."""

from __future__ import annotations

import queue
import random
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
import redis
import socketio
from flask import Flask
from sqlalchemy import update

from config.settings import Settings
from tasks.domain.events import Event, EventType
from tasks.messaging import keys
from tasks.messaging.event_bus import EventBus, Progress
from tests.services.redis_server import RedisServer
from tests.services.waiting import until
from tests.web.caller import Caller
from tests.web.conftest import serving
from tests.web.listener import Listener, as_told, keep, listening, reconnecting, said
from web.db.engine import writing
from web.events.models import LedgerEvent
from web.sessions.names import name_of


@pytest.fixture
def bus(redis_server: RedisServer) -> EventBus:
    return EventBus(redis_server.client())


@pytest.fixture
def listener(server: str) -> Iterator[Listener]:
    with listening(server) as listener:
        yield listener


def test_a_snapshot_then_events_by_their_names(
    caller: Caller, listener: Listener, bus: EventBus
) -> None:
    session_id = caller.ready_session()
    job_id = caller.start(session_id).json()["job_id"]
    answer = listener.subscribe(session_id)
    assert answer["ok"] is True
    snapshot = answer["snapshot"]
    assert snapshot["session_id"] == session_id
    assert [job["job_id"] for job in snapshot["jobs"]] == [job_id]
    assert snapshot["jobs"][0]["state"] == "queued"
    # Control does not run here, so the upload is still news to the ledger.
    assert snapshot["last_event_id"] == "0-0"
    assert listener.next()["event_type"] == "upload_success"
    bus.start_progress(job_id, 10.0, Progress())  # as its dispatch does
    emitted = bus.emit(
        Event(EventType.STAGE_STARTED, name_of(session_id), job_id, "voice", 1, "begins")
    )
    heard = listener.next()
    assert heard == as_told(emitted, session_id)
    assert set(heard) >= {
        *("session_id", "job_id", "event_id", "event_type", "stage", "scene"),
        *("progress_percent", "message", "eta_seconds", "details"),
    }


def test_the_path_in_an_address_is_an_alias_of_the_default_namespace(
    caller: Caller, server: str, bus: EventBus
) -> None:
    """As `io("ws://host/socket.io")` asks for it."""
    session_id = caller.session()
    with listening(server, namespace="/socket.io") as listener:
        assert listener.subscribe(session_id)["ok"] is True
        bus.emit(said(session_id, "hello"))
        assert listener.until("hello")
        refused = listener.subscribe("nobody")
        assert refused["error_code"] == "SESSION_NOT_FOUND"


def test_clients_receive_only_their_own_session(
    caller: Caller, listener: Listener, bus: EventBus
) -> None:
    mine, other = caller.session(), caller.session()
    listener.subscribe(mine)
    bus.emit(said(other, "theirs"))
    bus.emit(said(mine, "mine"))
    assert listener.next()["message"] == "mine"


def test_no_events_after_unsubscribing(caller: Caller, listener: Listener, bus: EventBus) -> None:
    session_id, other = caller.session(), caller.session()
    listener.subscribe(session_id)
    listener.subscribe(other)
    bus.emit(said(session_id, "before"))
    assert listener.next()["message"] == "before"
    wish = {"session_id": session_id}
    assert listener.socket.call("unsubscribe_progress", wish) == {"ok": True}
    bus.emit(said(session_id, "after"))
    bus.emit(said(other, "other"))
    assert listener.next()["message"] == "other"


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ({"session_id": "0" * 32}, "SESSION_NOT_FOUND"),
        ({"session_id": 7}, "VALIDATION_FAILED"),
        ({}, "VALIDATION_FAILED"),
        ("words", "BAD_REQUEST"),
        (None, "BAD_REQUEST"),
        ([1, 2], "BAD_REQUEST"),
    ],
)
def test_invalid_subscription_gets_an_error(listener: Listener, sent: object, code: str) -> None:
    answer = listener.socket.call("subscribe_progress", sent)
    assert answer["ok"] is False
    assert answer["error_code"] == code
    assert answer["user_message"]


@pytest.mark.parametrize("last", ["x", "1-2-3", "-1", 7, "9" * 40, {"a": 1}])
def test_invalid_last_event_id_is_refused(caller: Caller, listener: Listener, last: object) -> None:
    answer = listener.subscribe(caller.session(), last_event_id=last)
    assert (answer["ok"], answer["error_code"]) == (False, "VALIDATION_FAILED")


def test_subscribing_twice_delivers_once(caller: Caller, listener: Listener, bus: EventBus) -> None:
    session_id = caller.session()
    listener.subscribe(session_id)
    listener.subscribe(session_id)
    for message in ("one", "two", "three"):
        bus.emit(said(session_id, message))
    assert listener.until("three") == ["one", "two", "three"]


def test_missed_events_come_from_the_stream(caller: Caller, server: str, bus: EventBus) -> None:
    session_id = caller.session()
    with listening(server) as first:
        first.subscribe(session_id)
        bus.emit(said(session_id, "one"))
        last = first.next()["event_id"]
    for message in ("two", "three"):
        bus.emit(said(session_id, message))
    with listening(server) as again:
        again.subscribe(session_id, last_event_id=last)
        bus.emit(said(session_id, "four"))
        assert again.until("four") == ["two", "three", "four"]


def test_trimmed_events_come_from_the_database(
    app: Flask, caller: Caller, server: str, bus: EventBus, redis_server: RedisServer
) -> None:
    session_id = caller.session()
    events = [bus.emit(said(session_id, message)) for message in ("one", "two", "three")]
    for event in events:
        keep(event)
    redis_server.client().delete(keys.session(name_of(session_id)))
    bus.emit(said(session_id, "four"))
    with listening(server) as listener:
        answer = listener.subscribe(session_id, last_event_id=events[0].event_id)
        assert answer["snapshot"]["last_event_id"] == events[2].event_id
        assert listener.until("four") == ["two", "three", "four"]
    with listening(server) as listener:
        listener.subscribe(session_id)  # from the snapshot on
        assert listener.until("four") == ["four"]


def test_a_subscription_needs_no_redis(
    app: Flask, caller: Caller, listener: Listener, bus: EventBus, redis_server: RedisServer
) -> None:
    session_id = caller.session()
    keep(bus.emit(said(session_id, "one")))
    keep(bus.emit(said(session_id, "two")))
    redis_server.kill()
    answer = listener.subscribe(session_id, last_event_id="0-0")
    assert answer["ok"] is True
    assert listener.until("two") == ["one", "two"]
    redis_server.start()
    patient = EventBus(redis_server.client())
    patient.emit(said(session_id, "three"))
    assert listener.until("three") == ["three"]


def test_a_client_whose_missed_events_cannot_be_read_connects_again(
    app: Flask, caller: Caller, server: str, bus: EventBus, redis_server: RedisServer
) -> None:
    """It was told that it is subscribed, and would wait for ever."""
    session_id = caller.session()
    first = bus.emit(said(session_id, "one"))
    keep(first)
    redis_server.client().delete(keys.session(name_of(session_id)))
    with writing() as db:
        db.execute(update(LedgerEvent).values(payload={"event_type": "of a later version"}))
    with reconnecting(server) as (client, connected):
        wish = {"session_id": session_id, "last_event_id": "0-0"}
        assert connected.get(timeout=10)
        assert client.call("subscribe_progress", wish)["ok"]
        assert connected.get(timeout=10)
        with writing() as db:
            db.execute(update(LedgerEvent).values(payload=first.to_dict()))
        heard: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        client.on("progress_update", heard.put)
        assert client.call("subscribe_progress", wish)["ok"]
        assert heard.get(timeout=10)["message"] == "one"


def test_a_reconnect_neither_loses_nor_repeats(caller: Caller, server: str, bus: EventBus) -> None:
    session_id, count = caller.session(), 600
    over = threading.Event()

    def emit() -> None:
        for number in range(count):
            bus.emit(said(session_id, str(number)))
            time.sleep(random.Random(number).random() / 300)
        over.set()

    emitter = threading.Thread(target=emit)
    emitter.start()
    heard: list[dict[str, object]] = []
    connections = 0
    while not heard or heard[-1]["message"] != str(count - 1):
        connections += 1
        with listening(server) as listener:
            last = str(heard[-1]["event_id"]) if heard else "0-0"
            assert listener.subscribe(session_id, last_event_id=last)["ok"]
            # Once all is said, stay; until then, come and go.
            for _ in range(count if over.is_set() else 25):
                heard.append(listener.next())
                if heard[-1]["message"] == str(count - 1):
                    break
    emitter.join()
    assert connections > 5
    assert [event["message"] for event in heard] == [str(number) for number in range(count)]


def test_two_processes_on_one_redis_both_deliver(settings: Settings, bus: EventBus) -> None:
    with serving(settings) as one, serving(settings) as two, httpx.Client(base_url=one) as http:
        session_id = Caller(http).session()
        with listening(one) as here, listening(two) as there:
            here.subscribe(session_id)
            there.subscribe(session_id)
            for message in ("one", "two"):
                bus.emit(said(session_id, message))
            assert here.until("two") == there.until("two") == ["one", "two"]


def test_events_continue_after_a_redis_restart(
    caller: Caller, listener: Listener, redis_server: RedisServer
) -> None:
    session_id = caller.session()
    listener.subscribe(session_id)
    EventBus(redis_server.client()).emit(said(session_id, "one"))
    assert listener.next()["message"] == "one"
    redis_server.stop()
    redis_server.start()
    bus = EventBus(redis_server.client())
    for message in ("two", "three"):
        bus.emit(said(session_id, message))
    assert listener.until("three") == ["two", "three"]


def test_connection_limit_is_enforced(settings: Settings) -> None:
    few = replace(settings, max_clients=2)
    with serving(few) as address, listening(address), listening(address) as leaving:
        refused = socketio.Client(reconnection=False)
        said_why: list[dict[str, Any]] = []
        refused.on("connect_error", said_why.append)
        with pytest.raises(socketio.exceptions.ConnectionError):
            refused.connect(address, transports=["websocket"])
        assert said_why[0]["data"]["error_code"] == "TOO_MANY_CLIENTS"
        leaving.socket.disconnect()
        until(lambda: _connects(address), "there is room again")


def _connects(address: str) -> bool:
    client = socketio.Client(reconnection=False)
    try:
        client.connect(address, transports=["websocket"])
    except socketio.exceptions.ConnectionError:
        return False
    client.disconnect()
    return True


def test_disconnected_client_is_removed(
    caller: Caller, server: str, redis_server: RedisServer
) -> None:
    session_id = caller.session()
    for _ in range(5):
        with listening(server) as listener:
            listener.subscribe(session_id)
    client: redis.Redis = redis_server.client()
    # One channel, however many came and went.
    assert client.pubsub_numsub(keys.LIVE) == [(keys.LIVE, 1)]
