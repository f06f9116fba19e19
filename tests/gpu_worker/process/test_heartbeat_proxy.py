"""What a worker's parent says while its pool process is replaced."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from celery.worker import state

from config.settings import read
from gpu_worker.process import heartbeat_proxy
from gpu_worker.process.heartbeat_proxy import HeartbeatProxy
from tasks.messaging import keys
from tasks.messaging.redis_client import connect_fail_fast
from tasks.nodes import registry
from tasks.nodes.coordination import Coordination
from tests.services.redis_server import RedisServer
from tests.web import fake_nodes as samples

WORKER = "lite@here"


class _Request:
    """A message that a worker has taken from the broker."""

    def __init__(self, name: str) -> None:
        self.id = name


@pytest.fixture
def behind() -> Iterator[_Request]:
    """Waits in the parent's hands for the process; another one is at work."""
    requests = [_Request("at-work"), _Request("behind")]
    state.reserved_requests.update(requests)
    state.active_requests.add(requests[0])
    yield requests[1]
    state.reserved_requests.clear()
    state.active_requests.clear()


def test_the_parent_holds_waiting_messages_and_keeps_the_worker_registered(
    redis_server: RedisServer, behind: _Request, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = redis_server.client()
    samples.beat(client, *samples.real(), name=WORKER)
    [before] = registry.alive(client)
    parent = HeartbeatProxy(
        Coordination(connect_fail_fast(read({"REDIS_URL": redis_server.url}))), WORKER, 3.0
    )
    parent.send()  # a process is there and speaks for itself
    assert registry.alive(client) == [before]
    assert not client.exists(keys.step_heartbeat(behind.id))
    parent.begin()
    parent.send()
    assert registry.alive(client) == [before]  # it has just spoken
    silent = replace(before, seen=before.seen - registry.ALIVE_SECONDS)
    client.hset(keys.NODES, WORKER, silent.to_json())
    parent.send()
    [after] = registry.alive(client)
    assert after == replace(silent, seen=after.seen)
    assert 0 < client.pttl(keys.step_heartbeat(behind.id)) <= 3000
    assert not client.exists(keys.step_heartbeat("at-work"))  # the process that runs it reports it
    client.delete(keys.step_heartbeat(behind.id), keys.NODES)
    parent.send()
    assert registry.alive(client) == []  # one that has left is not called back
    # A process that does not come up is no worker.
    monkeypatch.setattr(heartbeat_proxy, "START_SECONDS", -1.0)
    client.delete(keys.step_heartbeat(behind.id))
    parent.begin()
    parent.send()
    assert not client.exists(keys.step_heartbeat(behind.id))


def test_without_redis_the_heartbeat_proxy_does_nothing(
    redis_server: RedisServer, behind: _Request
) -> None:
    parent = HeartbeatProxy(
        Coordination(connect_fail_fast(read({"REDIS_URL": redis_server.url}))), WORKER, 3.0
    )
    redis_server.kill()
    parent.begin()
    parent.send()
    assert behind in state.reserved_requests
