"""What everybody may read of the machinery: how many and what, never who or where."""

from __future__ import annotations

import re
from dataclasses import replace

import httpx
import pytest

from tasks.messaging import keys
from tasks.nodes import registry
from tasks.nodes.registry import Node
from tasks.telemetry.host_metrics import Usage
from tests.services.redis_server import RedisServer
from tests.web import fake_nodes
from tests.web.caller import Caller

REPORTS = ("/workers", "/capabilities", "/health", "/health/services", "/readyz", "/livez")
SECRETS = {
    "host": "secret-host.internal",
    "address": "10.77.66.55",
    "task": "0a1b2c3d4e5f.1.voice.0",
    "path": "/srv/secret/SadTalker",
    "version": "7.7.7-secret",
    "card": "GPU-secret-card",
}


@pytest.fixture
def busy(redis_server: RedisServer) -> Node:
    """A worker that tells all there is to tell of it."""
    offers = [
        replace(offer, ok=False, version=SECRETS["version"], why=f"no {SECRETS['path']}")
        for offer in fake_nodes.real()
    ]
    node = Node(
        name=f"lite@{SECRETS['host']}.77",
        environment="lite",
        host=SECRETS["host"],
        pid=77,
        device="cpu",
        memory_mb=1,
        memory_limit_mb=1,
        offers=tuple(replace(o, remedy=f"look into {SECRETS['path']}") for o in offers),
        metrics=f"{SECRETS['address']}:9100",
        card={"id": SECRETS["card"], "name": SECRETS["card"], "memory_mb": 1, "models": {}},
        extra={"usage": Usage(SECRETS["host"], 1.0, 1, 1.0, 1, 1.0, 1.0, 1, 1).to_dict()},
    )
    client = redis_server.client()
    registry.send_heartbeat(client, node)
    client.hset(keys.RUNNING_TASKS, node.name, SECRETS["task"])
    client.set(keys.CONTROL, f"{SECRETS['address']}:9100")
    assert [alive.name for alive in registry.alive(client)] == [node.name]
    return node


@pytest.mark.parametrize("path", REPORTS)
def test_public_answers_contain_counts_only(caller: Caller, busy: Node, path: str) -> None:
    told = caller.http.get(path).text
    found = [name for name, secret in SECRETS.items() if secret in told]
    assert found == []
    assert busy.name not in told
    assert not re.search(r"lite@|(\d{1,3}\.){3}\d{1,3}|/(srv|work|tmp|home|root|usr)/", told)


def test_operators_see_names_and_hosts(operator: httpx.Client, busy: Node) -> None:
    [worker] = operator.get("/workers").json()["workers"]
    assert (worker["name"], worker["doing"]) == (busy.name, SECRETS["task"])
    assert worker["engines"][0]["version"] == SECRETS["version"]
    each = operator.get("/health/services").json()
    assert each["environments"]["lite"] == [busy.name]
    assert list(each["hosts"]) == [SECRETS["host"]]


def test_counts_are_public(caller: Caller, busy: Node) -> None:
    [worker] = caller.http.get("/workers").json()["workers"]
    assert set(worker) == {"environment", "device", "draining", "engines"}
    assert caller.http.get("/health/services").json()["workers"][busy.environment] == 1
    environments = caller.http.get("/capabilities").json()["environments"]
    assert {e["name"]: e["worker_count"] for e in environments}["lite"] == 1
