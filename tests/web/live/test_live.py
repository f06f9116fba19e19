"""The live process as its clients meet it: a real process, a real Redis, and no database."""

from __future__ import annotations

import json
import queue
import signal
import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest
import socketio
import websocket
from openapi_schema_validator import OAS31Validator

from tasks.domain.events import Event, EventType
from tasks.messaging import keys
from tests.services.redis_server import RedisServer
from tests.services.waiting import until
from tests.web.caller import problem
from tests.web.listener import reconnecting
from tests.web.live.standing import LiveProcess, a_session, heard
from web.access import ticket as tickets
from web.realtime import asyncapi


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveProcess]:
    directory = tmp_path_factory.mktemp("live")
    with RedisServer(directory) as server, LiveProcess(server, directory) as process:
        yield process
    assert "Traceback" not in process.log()


def numbers(client: websocket.WebSocket, count: int) -> list[int]:
    return [heard(client)["details"]["number"] for _ in range(count)]


def test_a_link_opens_the_events_of_its_session_again_and_again(live: LiveProcess) -> None:
    _, name = a_session()
    with live.watching(live.link(name)) as first:
        assert heard(first) == {
            "event_type": "snapshot",
            "session_id": name,
            "progress_percent": 0.0,
            "message": "",
            "last_event_id": "0-0",
        }
        last, *_ = [live.say(name, number) for number in range(3)]
        live.say("another", 9)
        assert numbers(first, 3) == [0, 1, 2]
    # With any prefix of a proxy, and after the last event that it knows.
    again = f"/live{live.link(name)}&last_event_id={last.event_id}"
    with live.watching(again) as second:
        assert heard(second)["last_event_id"] == last.event_id
        live.say(name, 3)
        assert numbers(second, 3) == [1, 2, 3]
    until(lambda: live.health()["subscriptions"] == 0, "both are forgotten")


def test_the_snapshot_shows_the_newest_job_as_asyncapi_says(live: LiveProcess) -> None:
    _, name = a_session()
    live.bus.client.hset(keys.progress("job-6"), mapping={"percent": 40, "started": time.time()})
    early = live.say(name, 0, "job-6")
    live.bus.emit(Event(EventType.UPLOAD_SUCCESS, name, message="The face was received."))
    late = live.bus.emit(Event(EventType.PROGRESS_UPDATE, name, "job-6", message="speaking"))
    schema = OAS31Validator(asyncapi.document()["components"]["schemas"]["Snapshot"])
    link = live.link(name)
    for address, event in ((link, late), (f"{link}&last_event_id={early.event_id}", early)):
        with live.watching(address) as client:
            first = heard(client)
        schema.validate(first)
        assert first["last_event_id"] == event.event_id
        assert (first["message"], first["progress_percent"]) == (
            event.message,
            event.progress_percent,
        )


def test_a_job_is_streamed_up_to_its_end(live: LiveProcess) -> None:
    _, name = a_session()
    live.bus.client.hset(keys.progress("job-1"), mapping={"percent": 0, "started": time.time()})
    live.say(name, 0, "job-1")
    with live.stream(live.link(name, "job-1")) as events:
        assert next(events)["details"]["number"] == 0
        live.say(name, 1)  # of the session
        live.say(name, 2, "job-1")
        end = live.bus.emit(Event(EventType.PIPELINE_COMPLETED, name, "job-1"))
        assert [event["event_type"] for event in events] == [
            "progress_update",
            "pipeline_completed",
        ]
    known = {"Last-Event-ID": end.event_id}
    assert live.get(live.link(name, "job-1"), **known).status_code == 204


def test_only_a_ticket_or_a_right_link_opens_a_stream(live: LiveProcess) -> None:
    session_id, name = a_session()
    good = live.link(name, "job-2")
    problem(live.get("/process/job-2/events"), 401, "SESSION_REQUIRED")
    problem(
        live.get("/process/job-2/events", **{"X-Session-ID": session_id}), 401, "SESSION_REQUIRED"
    )
    problem(live.get(good.replace("job-2", "job-3")), 401, "LINK_INVALID")
    problem(live.get(good.replace("signature=", "signature=0")), 401, "LINK_INVALID")
    problem(live.get(live.link(name, "job-2", expires="1000")), 401, "LINK_INVALID")
    problem(
        live.get(live.link(name, "job-2").replace("session=s-", "session=s-0")), 401, "LINK_INVALID"
    )
    problem(live.get(f"{good}&last_event_id=x"), 422, "VALIDATION_FAILED")
    problem(live.get(live.link(name)), 426, "WEBSOCKET_REQUIRED")
    problem(live.get("/api/jobs"), 404, "NOT_FOUND")
    foreign = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    problem(live.get(good, **foreign), 403, "ORIGIN_NOT_ALLOWED")
    kept = json.dumps({"session": name})
    live.bus.client.set(keys.ticket(tickets.digest("once")), kept)
    path = live.link(name).partition("?")[0]
    live.socket(f"{path}?ticket=once").shutdown()  # type: ignore[no-untyped-call]
    with pytest.raises(websocket.WebSocketBadStatusException, match="TICKET_INVALID"):
        live.socket(f"{path}?ticket=once")


def test_a_stream_ends_with_its_sign_in(live: LiveProcess) -> None:
    _, name = a_session()
    link = live.link(name, sign_in="login~ada~1")
    with live.watching(link) as client:
        heard(client)
        # A web process checks what is named here.
        until(lambda: live.bus.client.zscore(keys.LIVE_SIGN_INS, "login~ada~1"), "it is named")
        live.bus.client.zadd(keys.ENDED_SIGN_INS, {"login~ada~1": time.time()})
        kind, data = client.recv_data()
        assert (kind, data[:2]) == (8, (1008).to_bytes(2, "big"))
    problem(live.get(live.link(name, "job-4", sign_in="login~ada~1")), 401, "LINK_INVALID")


def test_a_slow_client_costs_the_others_nothing(live: LiveProcess) -> None:
    _, name = a_session()
    small = ((socket.SOL_SOCKET, socket.SO_RCVBUF, 4096),)
    with (
        live.watching(live.link(name), sockopt=small),
        live.watching(live.link(name)) as quick,
    ):
        heard(quick)
        text = "x" * 15_000
        for number in range(40):
            details = {"number": number}
            live.bus.emit(Event(EventType.PROGRESS_UPDATE, name, None, None, None, text, details))
            assert numbers(quick, 1) == [number]
        until(lambda: live.health()["streams"] == 1, "the slow one is closed")


def test_socket_io_clients_send_a_link(live: LiveProcess) -> None:
    session_id, name = a_session()
    with socketio.SimpleClient() as client:
        client.connect(
            f"http://{live.address}", socketio_path="/live/socket.io", transports=["websocket"]
        )
        asked = {"session_id": session_id}
        answer = client.call("subscribe_progress", asked)
        assert answer["error_code"] == "SESSION_REQUIRED"
        _, other = a_session()
        answer = client.call("subscribe_progress", asked | {"link": live.link(other)})
        assert answer["error_code"] == "LINK_INVALID"
        first = live.say(name, 0)
        answer = client.call("subscribe_progress", asked | {"link": live.link(name)})
        assert answer["snapshot"]["last_event_id"] == first.event_id
        live.say(name, 1)
        told, event = client.receive(timeout=10)
        assert (told, event["details"]["number"]) == ("progress_update", 1)
        assert event["session_id"] == session_id


def test_what_redis_may_have_lost_is_asked_of_the_api(live: LiveProcess) -> None:
    _, name = a_session()
    live.bus.client.set(keys.WIPED, "5-0")
    try:
        answer = live.get(live.link(name, "job-5"))
        assert answer.status_code == 307
        assert answer.headers["location"].startswith("/process/job-5/events?")
        late = live.link(name) + "&last_event_id=4-0"
        with pytest.raises(websocket.WebSocketBadStatusException, match="EVENTS_GONE"):
            live.socket(late)
    finally:
        live.bus.client.delete(keys.WIPED)


def test_a_socket_io_client_whose_missed_events_cannot_be_read_connects_again(
    live: LiveProcess,
) -> None:
    """It was told that it is subscribed, and would wait for ever."""
    session_id, name = a_session()
    live.say(name, 0)
    wish = {"session_id": session_id, "link": live.link(name)}
    live.bus.client.lpush(keys.WIPED, "not a string")
    try:
        with reconnecting(f"http://{live.address}", socketio_path="/live/socket.io") as (
            client,
            connected,
        ):
            assert connected.get(timeout=10)
            assert client.call("subscribe_progress", wish)["ok"]
            assert connected.get(timeout=10)
            live.bus.client.delete(keys.WIPED)
            events: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
            client.on("progress_update", events.put)
            assert client.call("subscribe_progress", wish)["ok"]
            live.say(name, 1)
            assert events.get(timeout=10)["details"]["number"] == 1
    finally:
        live.bus.client.delete(keys.WIPED)


def test_streams_end_when_a_wipe_took_what_they_missed(live: LiveProcess) -> None:
    """They come back, and are told to ask the API."""
    session_id, name = a_session()
    last = live.say(name, 0)
    with (
        live.watching(live.link(name)) as client,
        reconnecting(f"http://{live.address}", socketio_path="/live/socket.io") as (
            other,
            connected,
        ),
    ):
        assert heard(client)["last_event_id"] == last.event_id
        assert connected.get(timeout=10)
        wish = {"session_id": session_id, "link": live.link(name)}
        assert other.call("subscribe_progress", wish)["ok"]
        live.redis_server.flush()
        live.bus.client.set(keys.MARKER, "1")  # as the controller does
        live.bus.client.client_kill_filter(_type="pubsub")
        kind, data = client.recv_data()
        assert (kind, data[:2]) == (8, (1013).to_bytes(2, "big"))
        assert connected.get(timeout=10)
        late = wish | {"last_event_id": last.event_id}
        assert other.call("subscribe_progress", late)["error_code"] == "EVENTS_GONE"


def test_nothing_is_lost_over_a_restart(live: LiveProcess) -> None:
    _, name = a_session()
    with live.watching(live.link(name)) as client:
        heard(client)
        last = live.say(name, 0)
        assert numbers(client, 1) == [0]
        live.stop(signal.SIGTERM)
        kind, data = client.recv_data()
        assert (kind, data[:2]) == (8, (1012).to_bytes(2, "big"))
    live.say(name, 1)
    live.start()
    with live.watching(f"{live.link(name)}&last_event_id={last.event_id}") as client:
        heard(client)
        live.say(name, 2)
        assert numbers(client, 2) == [1, 2]
