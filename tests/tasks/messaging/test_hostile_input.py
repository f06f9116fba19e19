"""Readers of what other processes send: they read it, or refuse it, and nothing else happens."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import redis
from flask import Flask
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from config.environments import ENVIRONMENTS
from config.settings import read
from tasks.domain.events import Event, EventType, id_order
from tasks.domain.job import JobOptions, JobState
from tasks.domain.offers import Offer
from tasks.domain.wire import LONGEST, Malformed, parse
from tasks.messaging import keys
from tasks.messaging.entries import decode, decode_live
from tasks.messaging.event_bus import StreamBatch, StreamEntry
from tasks.messaging.redis_client import connect
from tasks.messaging.routing import unacked
from tasks.messaging.stage_call import StageCall
from tasks.nodes import registry
from tasks.nodes.gpu_memory import GpuMemoryTable, WorkerUsage
from tasks.nodes.registry import Node
from tasks.telemetry.host_metrics import Usage
from tests.services.redis_server import RedisServer
from tests.tasks.messaging import hostility
from tests.web.control.databases import ATTEMPTS, STEPS, event, fresh
from web.app import create_app
from web.control import cancellations, projection
from web.control.sweeper import queue_contents
from web.db.columns import now
from web.db.engine import db, reading, writing
from web.dead_letters.models import DeadLetter
from web.jobs import transitions
from web.jobs.models import Job, StageRun
from web.monitoring import heartbeats
from web.services import current_services

QUICK = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
FEW = settings(QUICK, max_examples=40)
HONEST = Node("honest", "lite", "h", 1, "cpu", 1, 1, ())


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    app = create_app(read({"CALLSHEET_STATE": str(tmp_path_factory.mktemp("hostile"))}))
    with app.app_context():
        db.create_all()
        yield app
        db.engine.dispose()
    app.extensions["callsheet"].redis.close()


def refused_or_read(read: Callable[[], Any]) -> Any:
    try:
        return read()
    except Malformed as wrong:
        str(wrong).encode()  # the reason can be written down
        return None


@QUICK
@given(raw=hostility.events(), percent=st.text(max_size=6), eta=st.text(max_size=9))
def test_events_are_parsed_or_malformed(raw: Any, percent: str, eta: str) -> None:
    text = hostility.dumps(raw)
    entry = {"event": text, "percent": percent, "eta": eta}
    for read_one in (
        lambda: Event.from_json(text),
        lambda: Event.from_dict(raw),
        lambda: decode("5-0", entry),
        lambda: decode("5-0", entry | {"percent": "5", "eta": "1 2 3"}),
        lambda: decode_live(f"5-0|5||{text}"),
        lambda: decode_live(text),
    ):
        found = refused_or_read(read_one)
        if found is not None:
            assert Event.from_json(found.to_json()) == found
            assert found.to_json().encode()
            assert 0 <= found.progress_percent <= 100
            json.dumps(found.to_dict(), allow_nan=False)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[redis.Redis]:
    """A client of a Redis that these tests share, as the product opens it."""
    with (
        RedisServer(tmp_path_factory.mktemp("redis")) as server,
        connect(read({"REDIS_URL": server.url})) as client,
    ):
        yield client


@QUICK
@given(text=hostility.texts)
def test_other_messages_are_parsed_or_malformed(text: str | bytes) -> None:
    refused_or_read(lambda: parse(text))
    string = text if isinstance(text, str) else text.decode("utf-8", "replace")
    for read_one in (Node.from_json, StageCall.from_task_id):
        refused_or_read(lambda read_one=read_one: read_one(string))  # type: ignore[misc]


@QUICK
@given(text=hostility.texts)
def test_entries_in_redis_that_cannot_be_read_hide_no_others(
    client: redis.Redis, text: str | bytes
) -> None:
    """A worker or a stranger may write anything where others look."""
    hostile = text if isinstance(text, bytes) else text.encode("utf-8", "replace")
    client.flushall()
    memory = GpuMemoryTable(client, "card", 1000)
    memory.report("honest", WorkerUsage(base_mb=5))
    registry.send_heartbeat(client, HONEST)
    message: dict[str, Any] = {"headers": {"id": "one"}, "properties": {"delivery_tag": "tag"}}
    taken = unacked("lite")["unacked_key"]
    client.rpush("lite", json.dumps(message), hostile)
    told = {"name": "honest", "role": "web", "host": "h", "pid": 1, "started": 1.0}
    told["seen"] = registry.clock(client)
    for table, honest in (
        (taken, json.dumps([message])),
        (keys.PROCESSES, json.dumps(told)),
    ):
        client.hset(table, "honest", honest)
    for table in (taken, keys.PROCESSES, keys.NODES, keys.gpu_memory("card")):
        client.hset(table, "hostile", hostile)
    assert [node.name for node in registry.alive(client)] == ["honest"]
    assert [process.name for process in heartbeats.known(client)] == ["honest"]
    assert memory.tenants().keys() == {"honest"}
    found = queue_contents([(client, list(ENVIRONMENTS))])
    assert "one" in found.queued
    assert ("one", "tag") in found.taken


@QUICK
@given(wrong=st.dictionaries(st.sampled_from(list(Node.__dataclass_fields__)), hostility.values))
def test_node_entries_are_parsed_or_malformed(wrong: dict[str, Any]) -> None:
    good = json.loads(HONEST.to_json())
    node = refused_or_read(lambda: Node.from_json(hostility.dumps(good | wrong)))
    if node is not None:
        assert node.queues is not None
        assert node.usage is None or node.usage.percents


@QUICK
@given(raw=hostility.values)
def test_parts_of_heartbeats_are_parsed_or_malformed(client: redis.Redis, raw: Any) -> None:
    for kind in (Offer, Usage):
        refused_or_read(lambda kind=kind: kind.from_dict(raw))  # type: ignore[misc]
    told = {"name": "p", "role": "web", "host": "h", "pid": 1, "started": 1.0, "usage": raw}
    client.delete(keys.PROCESSES)
    client.hset(keys.PROCESSES, "p", hostility.dumps(told | {"seen": registry.clock(client)}))
    for process in heartbeats.known(client):
        assert process.usage == raw, "only what can be read is told"
        assert heartbeats.usages(client) == ([Usage.from_dict(raw)] if raw else [])


def test_messages_too_large_or_too_deep_are_malformed() -> None:
    for text in ("[" * 100_000, "9" * 5000, "1" + "0" * LONGEST, "[" * 40 + "]" * 40, "{", "NaN x"):
        with pytest.raises(Malformed):
            parse(text)
    assert parse("NaN") is None, "an engine may report the loudness of silence"
    assert parse('"\\ud800\\u0000a"') == "\ufffd\ufffda"


# --- the ledger ---------------------------------------------------------------------------

SHAPES = ("pipeline", "external", "simulated", "cancelled", "revised")


def prepare(shape: str) -> None:
    """A job as controllers find it."""
    fresh(attempt=1)
    with writing() as db:
        job = db.get_one(Job, "job")
        job.options = JobOptions(script="One.").to_dict()
        if shape == "external":
            job.kind, job.revision = "external", 0
            db.execute(update(StageRun).values(revision=0))
        elif shape == "simulated":
            db.execute(update(StageRun).values(kind="simulated"))
        elif shape == "revised":
            job.revision = 2
            of_job: dict[str, Any] = {"job_id": "job", "revision": 2, "engine": "another"}
            db.add_all(StageRun(step=name, stage=name, **of_job) for name in STEPS)
        elif shape == "cancelled":
            job.cancel_requested_at = now()
    cancellations.decide_requested()


PLAUSIBLE = event(1, EventType.STAGE_COMPLETED, "script", 1).details


def take_in(told: list[Event]) -> None:
    entries = [StreamEntry(one, "") for one in told]
    batch = StreamBatch(entries, told[-1].event_id, "0-0")
    projection.apply_batch(batch, current_services(), ATTEMPTS)


@FEW
@given(
    shape=st.sampled_from(SHAPES),
    story=st.lists(
        st.tuples(
            st.sampled_from(list(EventType)),
            st.sampled_from((*STEPS, "no such", "voice.0")),
            st.none() | st.integers(0, 5),
            hostility.details(PLAUSIBLE),
            st.floats(0, 100),
        ),
        min_size=1,
        max_size=6,
    ),
)
def test_every_job_ends_whatever_events_arrive(
    app: Flask, shape: str, story: list[tuple[EventType, str, int | None, dict[str, Any], float]]
) -> None:
    prepare(shape)
    told = [
        Event(kind, "room", "job", stage, scene, "", said, percent, None, f"{number}-0")
        for number, (kind, stage, scene, said, percent) in enumerate(story, start=1)
    ]
    take_in(told)
    with reading() as db:
        job = db.get_one(Job, "job")
        letters = db.scalar(select(func.count()).select_from(DeadLetter)) or 0
        of_this = db.scalar(select(DeadLetter.id).where(DeadLetter.job_id == "job").limit(1))
    if of_this is not None:
        assert letters
        assert JobState(job.state).terminal, "what could not be applied left no job open"
    # A job that is still open ends as soon as its steps are done.
    number = id_order(told[-1].event_id)[0]
    for step in STEPS:
        number += 1
        take_in([event(number, EventType.STAGE_COMPLETED, step, 9, job.revision)])
    with reading() as db:
        assert JobState(db.get_one(Job, "job").state).terminal
    with writing() as db:
        db.query(DeadLetter).delete()


@FEW
@given(options=hostility.values, inputs=hostility.values, consent=hostility.values)
def test_a_job_can_be_ended_whatever_its_row_contains(
    app: Flask, options: Any, inputs: Any, consent: Any
) -> None:
    def storable(value: Any) -> Any:
        text = hostility.dumps(value)
        assume("\\u0000" not in text)  # the database refuses it (web/db/nul.py)
        return json.loads(text)

    fresh(attempt=1)
    with writing() as db:
        job = db.get_one(Job, "job")
        job.options, job.inputs, job.consent = map(storable, (options, inputs, consent))
        job.cancel_requested_at = now()
    cancellations.decide_requested()
    with reading() as db:
        assert db.get_one(Job, "job").state == JobState.CANCELLED
    with writing() as db:
        db.get_one(Job, "job").state = JobState.RUNNING.value
        db.flush()
        assert transitions.fail_unread(db, "job", now())
        assert not transitions.fail_unread(db, "job", now()), "an end never changes"
