"""Worker nodes with rights of their own, on a real Redis with its ACLs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from inspect import signature
from pathlib import Path
from typing import Any

import pytest
import redis
from click.testing import CliRunner, Result

from config.environments import ENVIRONMENTS
from config.node_keys import parse
from tasks.domain.events import EventType
from tasks.messaging import keys
from tasks.messaging.routing import lists_of, unacked
from tasks.nodes.rights import rule
from tests.deployment import Deployment
from tests.services.redis_server import RedisServer
from tests.services.waiting import until
from web.cli.__main__ import main
from web.workers import tokens

SECRET = b"of the installation"


def a_token(
    server: RedisServer, name: str, *environments: str, secret: bytes = SECRET
) -> tokens.Token:
    with closing(server.client()) as client:
        return tokens.create(client, server.url, name, environments, secret)


def refusals(server: RedisServer) -> list[dict[str, Any]]:
    with closing(server.client()) as client:
        return [
            {name: entry[name] for name in ("context", "reason", "object", "username")}
            for entry in client.acl_log()
        ]


def as_node(deployment: Deployment, name: str, *environments: str) -> None:
    """Start a worker of the first environment with a token of its own."""
    secret = deployment.services.secret_key
    made = a_token(deployment.redis_server, name, *environments, secret=secret)
    own = {"REDIS_URL": made.redis_url, "NODE_KEY": str(made.key)}
    deployment.start(f"worker-{name}", "gpu_worker", environments[0], **own)


def test_a_node_does_its_work_with_its_token(deployment: Deployment) -> None:
    deployment.start_control()
    as_node(deployment, "one", "lite")
    until(deployment.nodes, "the node beats", 60)
    # It may load no script: it waits until the controller has loaded what it needs.
    deployment.services.redis.script_flush()
    _, job_id = deployment.submit()
    assert deployment.until_ended(job_id).state == "succeeded"
    # What every client has heard was in the event stream, each event once.
    ends = [e.stage for e in deployment.ledger(job_id) if e.event_type is EventType.STAGE_COMPLETED]
    assert len(ends) == len(deployment.runs(job_id))
    assert all(run.worker.startswith("lite@one.") for run in deployment.runs(job_id))
    # Operators ask it as they ask every worker.
    (answer,) = deployment.services.celery.control.ping(timeout=5, limit=1)
    assert next(iter(answer)).startswith("lite@one.")
    assert refusals(deployment.redis_server) == []


@pytest.mark.slow
def test_without_a_controller_a_node_ends_its_step_and_begins_none(
    deployment: Deployment,
) -> None:
    deployment.variables["SIMULATION_SPEED"] = "0.1"
    deployment.start_control()
    as_node(deployment, "one", "lite")
    until(deployment.nodes, "the node beats", 60)
    _, job_id = deployment.submit(mode="simulation")
    deployment.until_running(job_id, "script")
    deployment.kill("control")
    client = deployment.services.redis

    def sent(word: str) -> list[str]:
        requests: Any = client.xrange(keys.inbox("one"))
        return [entry["request"] for _, entry in requests if word in entry["request"]]

    # The step that it holds is computed and committed; the reports wait for a controller.
    until(lambda: sent('"stage_completed"'), "the running step is done", 60)
    until(lambda: "no controller answered" in deployment.log, "it asks in vain", 60)
    held = {json.loads(request)["call"][3] for request in sent('"stage_completed"')}
    begun = {json.loads(request)["call"][3] for request in sent('"stage_started"')}
    assert begun <= held, "a step was begun without a lease"
    deployment.start_control("control-2")
    assert deployment.until_ended(job_id, 120).state == "succeeded"


@pytest.mark.slow
def test_a_node_for_each_environment_makes_a_video_together(deployment: Deployment) -> None:
    alone = [name for name in ENVIRONMENTS if name not in ("lite", "hosted")]
    deployment.start_control()
    for name in alone:
        as_node(deployment, name, name)
    until(lambda: len(deployment.nodes()) == len(alone), "all nodes beat", 120)
    _, job_id = deployment.submit()
    assert deployment.until_ended(job_id, 120).state == "succeeded"
    workers = {run.worker.partition("@")[0] for run in deployment.runs(job_id)}
    assert workers == set(alone)
    # One that is drained by its own host, with its own rights, and taken back by ours.
    drained = next(node for node in deployment.nodes() if node.environment == "media")
    deployment.services.redis.set(keys.drained(drained.name), "1")
    until(lambda: _of(deployment, "media").draining, "it takes nothing new")
    deployment.services.redis.delete(keys.drained(drained.name))
    until(lambda: not _of(deployment, "media").draining, "it takes work again")
    assert refusals(deployment.redis_server) == []


def _of(deployment: Deployment, environment: str) -> Any:
    return next(node for node in deployment.nodes() if node.environment == environment)


@pytest.fixture(scope="module")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with RedisServer(tmp_path_factory.mktemp("shared")) as server:
        yield server


@pytest.fixture
def media(shared_server: RedisServer) -> Iterator[redis.Redis]:
    """Redis as a node of `media` has it."""
    url = a_token(shared_server, "media-1", "media").redis_url
    with closing(redis.Redis.from_url(url, decode_responses=True)) as client:
        yield client


def test_a_node_pushes_to_every_queue_and_takes_from_its_own(media: redis.Redis) -> None:
    for environment in ENVIRONMENTS:
        for waiting in lists_of(environment):
            media.lpush(waiting, "a message")
    for waiting in lists_of("media"):
        assert media.rpop(waiting) == "a message"
    media.lpush("media", "another")
    assert media.brpop(lists_of("media"), timeout=1)
    media.hset(unacked("media")["unacked_key"], "tag", "taken")


# --- the command ------------------------------------------------------------------------


@pytest.fixture
def callsheet(redis_server: RedisServer, tmp_path: Path) -> Callable[..., Result]:
    return command_line(redis_server, f"file://{tmp_path}/store")


def command_line(server: RedisServer, artifacts_url: str) -> Callable[..., Result]:
    environ = {"REDIS_URL": server.url, "ARTIFACTS_URL": artifacts_url, "MAKELEVEL": None}
    environ |= {"SECRET_KEY": "of a test"}

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(main, ["node", *arguments], env=environ)

    return run


def test_from_its_making_to_its_end(
    callsheet: Callable[..., Result], redis_server: RedisServer
) -> None:
    made = callsheet("create", "gpu-1", "--environment", "xtts", "--environment", "realesrgan")
    assert made.exit_code == 0, made.output
    environ = dict(line.split("=", 1) for line in made.stdout.splitlines())
    assert set(environ) == {"REDIS_URL", "NODE_KEY", "ARTIFACTS_URL"}
    assert parse(environ["NODE_KEY"]).queues.keys() == {"xtts", "realesrgan"}
    assert environ["NODE_KEY"] not in made.stderr
    password = environ["REDIS_URL"].split(":")[2].partition("@")[0]
    assert password not in made.stderr
    assert "a restart of it forgets this" in made.stderr

    node = redis.Redis.from_url(environ["REDIS_URL"])
    assert node.ping()
    (told,) = json.loads(callsheet("list", "--json").stdout)
    assert told["name"] == "gpu-1"
    assert told["environments"] == ["xtts", "realesrgan"]
    assert told["connections"] == 1
    assert "gpu-1" in callsheet("list").stdout

    # The same name again: the old password ends.
    again = json.loads(callsheet("create", "gpu-1", "--environment", "xtts", "--json").stdout)
    assert password not in again["environ"]["REDIS_URL"]
    with pytest.raises(redis.AuthenticationError):
        redis.Redis.from_url(environ["REDIS_URL"]).ping()

    assert again["environ"]["NODE_KEY"] != environ["NODE_KEY"]
    newer = redis.Redis.from_url(again["environ"]["REDIS_URL"])
    assert newer.ping()
    assert callsheet("revoke", "gpu-1").exit_code == 0
    with pytest.raises((redis.AuthenticationError, redis.ConnectionError)):
        newer.ping()
    assert json.loads(callsheet("list", "--json").stdout) == []
    assert callsheet("revoke", "gpu-1").exit_code == 1


def test_an_acl_file_keeps_it_over_a_restart(tmp_path: Path) -> None:
    (tmp_path / "users.acl").touch()
    with RedisServer(tmp_path, "--aclfile", str(tmp_path / "users.acl")) as server:
        run = command_line(server, "s3://films")
        made = json.loads(run("create", "gpu-1", "--environment", "media", "--json").stdout)
        assert made["kept"]
        # What is printed for a file written by hand is what Redis itself makes of it.
        (tmp_path / "users.acl").write_text(f"user default on nopass ~* &* +@all\n{made['acl']}\n")
        server.stop()
        server.start()
        assert redis.Redis.from_url(made["environ"]["REDIS_URL"]).ping()
        (told,) = json.loads(run("list", "--json").stdout)
        assert told["environments"] == ["media"]


def test_a_name_that_could_be_something_else_is_refused(callsheet: Callable[..., Result]) -> None:
    refused = callsheet("create", "gpu 1 allkeys", "--environment", "media")
    assert refused.exit_code == 1
    assert "not a valid node name" in refused.stderr


def test_several_brokers_give_no_token(
    callsheet: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BROKER_URLS", "xtts=redis://127.0.0.1:1/0")
    refused = callsheet("create", "one", "--environment", "xtts")
    assert refused.exit_code == 1
    assert "BROKER_URLS" in refused.stderr


def test_a_redis_that_no_other_machine_reaches_gives_no_token(redis_server: RedisServer) -> None:
    """As the embedded one, which has a socket and no address."""
    with closing(redis_server.client()) as client:
        with pytest.raises(tokens.NodeRefused, match="redis:// or rediss://"):
            tokens.create(client, "unix:///somewhere/redis.sock", "one", ["lite"], SECRET)
        assert tokens.known(client) == []


def test_every_key_is_given_to_nodes_or_kept_from_them() -> None:
    """Every new key needs a decision whether nodes may use it (`tasks/nodes/rights.py`)."""
    given = {"stop", "attempt", "engine_failures", "drained", "inbox", "answer", "unload_requests"}
    asked_for = {
        "EVENT_STREAM",
        "DECISIONS",
        "LIVE",
        "NODES",
        "RUNNING_TASKS",
        "MODEL_SIZES",
        "session",
        "progress",
    }
    asked_for |= {
        "lease",
        "step_heartbeat",
        "used",
        "holder",
        "gpu_memory",
        "failed_over",
        "expected_worker",
        "examination",
    }
    kept = {"WAKE", "PROCESSES", "ALARMS", "MARKER", "RATES", "MODE", "CONTROL", "CIRCUITS"}
    kept |= {"evicting", "trace", "PREFIX", "operator_link", "operator_signed_out", "TRAFFIC"}
    kept |= {"ATTEMPTS", "sign_in_flow", "ticket", "passkey_challenge", "WIPED"}
    kept |= {"PROVIDER_REPORTS", "provider_key", "provider_alerts", "provider_grant"}
    kept |= {"LIVE_SIGN_INS", "ENDED_SIGN_INS", "SIGN_INS_TURN", "SIGN_INS_CHECKED"}
    declared = {
        name
        for name, value in vars(keys).items()
        if isinstance(value, str | type(keys.lease)) and not name.startswith("_")
    }
    assert declared - {"annotations"} == given | asked_for | kept
    rights = " ".join(rule("one", ["media"]))
    for name in (asked_for | kept) - {"PREFIX"}:
        value = getattr(keys, name)
        if callable(value):
            value = value(*[""] * len(signature(value).parameters))
        assert value not in rights
