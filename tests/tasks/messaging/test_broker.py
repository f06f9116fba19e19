"""Messages as our transport takes, acknowledges and returns them, on a real Redis."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import Mock

import pytest
import redis
from kombu import Connection

from config.settings import read
from tasks.messaging import broker
from tasks.messaging.app import make_app, make_sender
from tasks.messaging.routing import unacked
from tests.services.redis_server import RedisServer
from web.control.sweeper import DeliveredMessage, queue_contents

QUEUE = "lite"
TAKEN = unacked(QUEUE)["unacked_key"]
TASK = "job.1.voice.0"
BODY = {"text": "long " * 1000}


@pytest.fixture
def client(redis_server: RedisServer) -> Iterator[redis.Redis]:
    with redis_server.client() as client:
        yield client


@pytest.fixture
def connection(redis_server: RedisServer) -> Iterator[Connection]:
    app = make_app(read({"REDIS_URL": redis_server.url}), QUEUE)
    with app.connection_for_read() as connection:
        app.amqp.queues[QUEUE].bind(connection.default_channel).declare()
        connection.Producer().publish(BODY, exchange=QUEUE, routing_key=QUEUE, headers={"id": TASK})
        yield connection


def _take(connection: Connection) -> Any:
    return connection.default_channel.basic_get(QUEUE, no_ack=False)


def test_a_taken_message_is_a_note_for_the_sweeper(
    client: redis.Redis, connection: Connection
) -> None:
    message = _take(connection)
    contents = queue_contents([(client, [QUEUE])])
    assert contents.taken == {DeliveredMessage(TASK, message.delivery_tag)}
    assert not contents.queued
    assert all(len(note) < 200 for note in client.hvals(TAKEN)), "without the body"
    message.ack()
    assert not client.exists(TAKEN, QUEUE)


@dataclass
class Loop:
    """An event loop whose timers go off when a test says so."""

    timers: list[Timer] = field(default_factory=list)

    def call_later(self, seconds: float, call: Callable[[str], None], tag: str) -> Timer:
        assert seconds == pytest.approx(0.2)
        self.timers.append(Timer(call, tag))
        return self.timers[-1]

    def pass_time(self) -> None:
        for timer in self.timers:
            if not timer.cancelled:
                timer.call(timer.tag)


@dataclass
class Timer:
    call: Callable[[str], None]
    tag: str
    cancelled: bool = False

    def cancel(self) -> None:
        self.cancelled = True


@pytest.fixture
def loop(monkeypatch: pytest.MonkeyPatch) -> Loop:
    loop = Loop()
    monkeypatch.setattr(broker, "get_event_loop", lambda: loop)
    return loop


def test_a_message_that_ends_soon_is_not_noted(
    client: redis.Redis,
    connection: Connection,
    loop: Loop,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    message = _take(connection)
    with monkeypatch.context() as patch:
        for command in ("hset", "hdel", "pipeline"):
            patch.setattr(redis.Redis, command, Mock(side_effect=AssertionError(command)))
        message.ack()
    loop.pass_time()
    assert not client.exists(TAKEN, QUEUE)


def test_a_message_that_is_held_for_a_moment_is_noted(
    client: redis.Redis, connection: Connection, loop: Loop
) -> None:
    message = _take(connection)
    assert not client.exists(TAKEN)
    loop.pass_time()
    assert client.hkeys(TAKEN) == [message.delivery_tag]
    message.ack()
    assert not client.exists(TAKEN, QUEUE)


@pytest.mark.parametrize("end", ["reject", "requeue"])
def test_a_message_that_was_given_back_is_not_noted_later(
    client: redis.Redis, connection: Connection, loop: Loop, end: str
) -> None:
    getattr(_take(connection), end)()
    loop.pass_time()
    assert not client.exists(TAKEN)
    assert client.llen(QUEUE) == (end == "requeue")


def test_a_worker_without_redis_notes_nothing_and_goes_on(
    client: redis.Redis,
    connection: Connection,
    loop: Loop,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    message = _take(connection)
    with monkeypatch.context() as patch:
        patch.setattr(redis.Redis, "hset", Mock(side_effect=redis.ConnectionError))
        loop.pass_time()
    assert not client.exists(TAKEN)
    message.ack()
    assert not client.exists(TAKEN, QUEUE)


def test_a_message_that_is_rejected_is_gone(client: redis.Redis, connection: Connection) -> None:
    _take(connection).reject()
    assert not client.exists(TAKEN, QUEUE)


def test_a_message_that_a_worker_returns_is_whole(
    client: redis.Redis, connection: Connection
) -> None:
    [sent] = client.lrange(QUEUE, 0, -1)
    _take(connection).requeue()
    assert not client.exists(TAKEN)
    [returned] = map(json.loads, client.lrange(QUEUE, 0, -1))
    assert returned["headers"].pop("redelivered")
    assert returned["properties"]["delivery_info"].pop("redelivered")
    assert returned == json.loads(sent)
    assert _take(connection).payload == BODY


def test_a_worker_that_ends_returns_what_it_has_not_acknowledged(
    client: redis.Redis, connection: Connection
) -> None:
    _take(connection)
    connection.default_channel.close()
    assert not client.exists(TAKEN)
    assert client.llen(QUEUE) == 1


def test_a_worker_that_is_full_leaves_no_message_unread(
    client: redis.Redis, connection: Connection
) -> None:
    """Its room may go, for a message that was paused, while a request for another is pending."""
    held = _take(connection)
    channel = connection.default_channel
    received: list[Any] = []
    channel.basic_qos(0, 2, False)
    channel.basic_consume(QUEUE, False, received.append, "consumer")
    with pytest.raises(TimeoutError):
        connection.drain_events(timeout=0.1)  # it asks for a second message
    channel.basic_qos(0, 1, False)
    client.lpush(QUEUE, json.dumps(held._raw))
    with pytest.raises(TimeoutError):
        connection.drain_events(timeout=0.1)
    assert client.llen(QUEUE) == 1
    assert received == []
    held.ack()
    connection.drain_events(timeout=5)
    assert len(received) == 1


def test_a_message_describes_its_arguments_in_short(
    client: redis.Redis, redis_server: RedisServer
) -> None:
    app = make_sender(read({"REDIS_URL": redis_server.url}))
    for args in ["job", 1, None], ["long" * 1000]:
        app.send_task("stage.voice", args=args, task_id=TASK, queue=QUEUE)
    long, short = (json.loads(text)["headers"] for text in client.lrange(QUEUE, 0, -1))
    assert (short["argsrepr"], short["kwargsrepr"]) == ("['job', 1, None]", "{}")
    assert len(long["argsrepr"]) == 1024
