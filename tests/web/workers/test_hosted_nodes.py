"""Nodes with a token call hosted models, and learn and may no more than that needs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import redis

from config.environments import HOSTED
from config.settings import read
from tasks.domain.hosted import (
    ClipOrder,
    Outcome,
    Purchase,
    Remote,
    Report,
    Task,
    Verb,
    artifact_key,
)
from tasks.domain.job import JobState
from tasks.messaging import keys
from tasks.messaging.call_keys import CallKeys
from tasks.messaging.provider_call import ProviderCall, read_reports
from tasks.nodes.mailbox import sign
from tasks.store.artifacts import Artifacts
from tests.deployment import Deployment
from tests.services.redis_server import RedisServer
from tests.services.video_provider import selling
from tests.services.waiting import until
from tests.web.providers.clips import KEYS, calls_of, order, sell_at
from web.control.node_desk import NodeDesk
from web.workers import tokens

SECRET = b"of the installation"
WORKER = "hosted@shop-1.host.1"
REMOTE = Remote("shop", "runway", "https://shop.example", "one", a_minute=1, at_once=1)
ORDER = ClipOrder("A fox", 5.0, "16:9")
CALL = ProviderCall.submit(Purchase("pvc_1", "job", 1, REMOTE, ORDER), "pvc_1.1")
TASK = Task("pvc_1", "job", REMOTE, "t1", "main", ORDER)


@pytest.mark.timeout(180)
def test_a_node_with_a_token_buys_a_clip(tmp_path: Path, redis_server: RedisServer) -> None:
    """Its key of the provider is nowhere else, and Redis had nothing to refuse."""
    with selling() as provider, Deployment(tmp_path, redis_server) as system:
        sell_at(system, provider.url)
        system.start_control()
        with closing(redis_server.client()) as client:
            secret = system.services.secret_key
            made = tokens.create(client, redis_server.url, "shop-1", ["hosted"], secret)
        assert made.key.queues == {}
        own = {"REDIS_URL": made.redis_url, "NODE_KEY": str(made.key), "PROVIDER_KEYS": KEYS}
        system.start("worker-shop", "gpu_worker", "hosted", **own)
        system.start_workers("media")
        until(lambda: len(system.nodes()) == 2, "the node beats", 60)
        job_id = order(system)
        job = system.until_ended(job_id, 120)
        assert job.state == JobState.SUCCEEDED, job.error_message
        (call,) = calls_of(system, job_id)
        assert (call.state, call.key_label, len(provider.sold)) == ("done", "main", 1)
        with closing(redis_server.client()) as client:
            assert client.acl_log() == []


class Desk:
    """A controller's desk, and a node of `hosted` that sends it requests."""

    def __init__(self, server: RedisServer, directory: Path) -> None:
        self.admin = server.client()
        token = tokens.create(self.admin, server.url, "shop-1", ["hosted"], SECRET)
        self.node: redis.Redis = redis.Redis.from_url(token.redis_url, decode_responses=True)
        self.token = token
        self.refused: list[str] = []
        services: Any = SimpleNamespace(
            secret_key=SECRET,
            settings=read({"REDIS_URL": server.url}),
            artifacts=Artifacts(directory.as_uri()),
        )
        self._desk = NodeDesk(services, lambda _, why: self.refused.append(why), lambda: True)

    def ask(self, do: str, **arguments: Any) -> Any:
        """Return the answer to a request; None if it was refused."""
        text = json.dumps({"id": "1", "do": do, "worker": WORKER, **arguments})
        signature = sign(self.token.key.secret, self.token.name, text)
        self.node.xadd(keys.inbox("shop-1"), {"request": text, "signature": signature})
        self._desk.turn(block_ms=1)
        answer: Any = self.node.blpop([keys.answer("shop-1", "1")], timeout=1)
        return json.loads(answer[1]).get("value")

    def begin(self, call: ProviderCall, signature: str = "") -> Any:
        right = CallKeys.derive(SECRET, [HOSTED]).sign(call, HOSTED)
        return self.ask("begin_call", call=call.args, signature=signature or right)

    def report(self, outcome: Outcome, call_id: str = "pvc_1", **more: Any) -> None:
        told = {"call_id": call_id, "outcome": outcome.value, **more}
        self.ask("report_call", report=told)

    def reports(self) -> list[Report]:
        return [Report.from_json(text) for _, text in read_reports(self.admin, 100)]


@pytest.fixture
def desk(tmp_path: Path, redis_server: RedisServer) -> Iterator[Desk]:
    made = Desk(redis_server, tmp_path / "store")
    with closing(made.admin), closing(made.node):
        yield made


def test_a_call_is_granted_to_the_node_that_shows_its_signed_message(desk: Desk) -> None:
    assert desk.begin(CALL) is True
    assert desk.ask("hold_call", call_id="pvc_1", token="t", seconds=15.0) is True
    assert desk.ask("take_key", call_id="pvc_1", labels=["main"]) == {"label": "main"}
    full = desk.ask("take_key", call_id="pvc_1", labels=["main"])
    assert 0 < full["seconds"] <= 60  # the limit is that of the message
    desk.ask("rest_key", call_id="pvc_1", label="main", seconds=20.0)
    desk.report(Outcome.SUBMITTED, task_id="t1", key="main", attempt=1)
    desk.ask("renew_call", call_id="pvc_1", token="t", seconds=15.0)
    desk.ask("release_call", call_id="pvc_1")
    desk.ask("release_key", call_id="pvc_1", label="main")
    assert desk.refused == []
    (report,) = desk.reports()
    assert (report.outcome, report.task_id, report.worker) == ("submitted", "t1", WORKER)
    assert not desk.admin.exists(keys.step_heartbeat("provider.pvc_1"))


@pytest.mark.parametrize("forged", ["0" * 64, "é", "f" * 10])
def test_a_message_that_was_not_sent_grants_nothing(desk: Desk, forged: str) -> None:
    assert desk.begin(CALL, forged) is None
    desk.report(Outcome.SUBMITTED, task_id="t1")
    assert desk.ask("take_key", call_id="pvc_1", labels=["main"]) is None
    assert desk.ask("hold_call", call_id="pvc_1", token="t", seconds=15.0) is None
    assert desk.refused == ["forbidden"] * 4
    assert desk.reports() == []


def test_a_message_grants_its_own_calls_and_outcomes_only(desk: Desk) -> None:
    desk.begin(ProviderCall.of_tasks(Verb.FETCH, [TASK], "pvc_1.2"))
    wrong: list[dict[str, Any]] = [
        {"call_id": "pvc_2", "outcome": Outcome.GONE},
        {"outcome": Outcome.SUBMITTED, "task_id": "t1"},
        {"outcome": Outcome.FINISHED, "artifact": artifact_key(TASK)},
        {"outcome": Outcome.FETCHED, "artifact": "a" * 64},
        {"outcome": Outcome.FETCHED, "task_id": "t9", "artifact": artifact_key(TASK)},
    ]
    for one in wrong:
        desk.report(**one)
    assert desk.refused == ["forbidden"] * len(wrong)
    assert desk.reports() == []
    desk.refused.clear()
    desk.ask("refuse_key", call_id="pvc_1", label="main", why="it is spent")
    desk.ask("take_key", call_id="pvc_1", labels=["main"])
    assert desk.refused == ["forbidden"] * 2  # a file is fetched without a new task
    desk.report(Outcome.FETCHED, task_id="t1", artifact=artifact_key(TASK))
    assert [one.outcome for one in desk.reports()] == ["fetched"]


def test_a_call_that_another_worker_holds_is_left_to_it(desk: Desk) -> None:
    desk.begin(CALL)
    desk.admin.set(keys.step_heartbeat("provider.pvc_1"), "hosted@other.1 token")
    assert desk.ask("hold_call", call_id="pvc_1", token="t", seconds=15.0) is False
    desk.ask("renew_call", call_id="pvc_1", token="t", seconds=15.0)
    desk.ask("release_call", call_id="pvc_1")
    assert desk.refused == ["forbidden"] * 2
    assert desk.admin.get(keys.step_heartbeat("provider.pvc_1")) == "hosted@other.1 token"


def test_clips_are_not_made_or_finished_with_a_token(desk: Desk) -> None:
    for verb in (Verb.RENDER, Verb.FINISH):
        assert desk.begin(ProviderCall.of_tasks(verb, [TASK], "pvc_1.3")) is None
    assert desk.refused == ["forbidden"] * 2
    assert asdict(TASK)["salt"] == ""
