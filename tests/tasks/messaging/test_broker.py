"""Messages as our transport takes, acknowledges and returns them, on a real Redis."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import redis
from kombu import Connection

from config.settings import read
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
