"""Worker nodes with rights of their own, on a real Redis with its ACLs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import redis
from click.testing import CliRunner, Result
from redis.exceptions import NoPermissionError

from config.environments import ENVIRONMENTS
from tasks import keys
from tasks.routing import lists_of, unacked
from tests.house import House
from tests.services.redis_server import RedisServer
from tests.services.waiting import until
from web.cli import main
from web.nodes import tokens


def a_token(server: RedisServer, name: str, *environments: str) -> str:
    with closing(server.client()) as client:
        return tokens.create(client, server.url, name, environments).redis_url


def refusals(server: RedisServer) -> list[dict[str, Any]]:
    with closing(server.client()) as client:
        return [
            {name: entry[name] for name in ("context", "reason", "object", "username")}
            for entry in client.acl_log()
        ]


def as_node(house: House, name: str, *environments: str) -> None:
    """Start a worker of the first environment with a token of its own."""
    url = a_token(house.redis_server, name, *environments)
    house.start(f"worker-{name}", "gpu_worker", environments[0], REDIS_URL=url)


def test_a_node_does_its_work_with_its_token(house: House) -> None:
    as_node(house, "one", "lite")
    until(house.nodes, "the node beats", 60)
    house.start_control()
    _, job_id = house.submit()
    assert house.until_ended(job_id).state == "succeeded"
    assert refusals(house.redis_server) == []


@pytest.mark.slow
def test_a_node_for_each_environment_makes_a_video_together(house: House) -> None:
    alone = [name for name in ENVIRONMENTS if name != "lite"]
    for name in alone:
        as_node(house, name, name)
    until(lambda: len(house.nodes()) == len(alone), "all nodes beat", 120)
    house.start_control()
    _, job_id = house.submit()
    assert house.until_ended(job_id, 120).state == "succeeded"
    workers = {run.worker.partition("@")[0] for run in house.runs(job_id)}
    assert workers == set(alone)
    # One that is drained by its own host, with its own rights, and taken back by ours.
    drained = next(node for node in house.nodes() if node.environment == "media")
    house.services.redis.set(keys.drained(drained.name), "1")
    until(lambda: _of(house, "media").draining, "it takes nothing new")
    house.services.redis.delete(keys.drained(drained.name))
    until(lambda: not _of(house, "media").draining, "it takes work again")
    assert refusals(house.redis_server) == []


def _of(house: House, environment: str) -> Any:
    return next(node for node in house.nodes() if node.environment == environment)


@pytest.fixture(scope="module")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with RedisServer(tmp_path_factory.mktemp("shared")) as server:
        yield server


@pytest.fixture
def media(shared_server: RedisServer) -> Iterator[redis.Redis]:
    """Redis as a node of `media` has it."""
    url = a_token(shared_server, "media-1", "media")
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


SESSION = keys.session("somebody-else")
FORBIDDEN: dict[str, Callable[[redis.Redis], object]] = {
    "take from another queue": lambda node: node.brpop("xtts", timeout=1),
    "read another queue": lambda node: node.lrange("lite", 0, -1),
    "empty another queue": lambda node: node.delete("script"),
    "what others have taken": lambda node: node.hvals(unacked("xtts")["unacked_key"]),
    "read the ledger": lambda node: node.xrange(keys.LEDGER),
    "follow the ledger": lambda node: node.xread({keys.LEDGER: "0"}),
    "cut the ledger off": lambda node: node.delete("callsheet:control"),
    "read a session": lambda node: node.xrange(SESSION),
    "the mode of all": lambda node: node.set(keys.MODE, "simulation"),
    "let a job stop": lambda node: node.set(keys.stop("job"), 9),
    "count requests": lambda node: node.get(f"{keys.RATES}:somebody"),
    "read the alarms": lambda node: node.hgetall(keys.ALARMS),
    "FLUSHALL": lambda node: node.flushall(),
    "FLUSHDB": lambda node: node.flushdb(),
    "CONFIG GET": lambda node: node.config_get("*"),
    "CONFIG SET": lambda node: node.config_set("dir", "/"),
    "KEYS": lambda node: node.keys("*"),
    "SCAN": lambda node: node.scan(),
    "RANDOMKEY": lambda node: node.randomkey(),
    "EVAL": lambda node: node.eval("return 1", 0),
    "ACL LIST": lambda node: node.acl_list(),
    "ACL SETUSER": lambda node: node.acl_setuser("mine", enabled=True),
    "CLIENT LIST": lambda node: node.client_list(),
    "CLIENT KILL": lambda node: node.client_kill_filter(_type="normal"),
    "SHUTDOWN": lambda node: node.shutdown(nosave=True),
    "MONITOR": lambda node: node.execute_command("MONITOR"),
    "REPLICAOF": lambda node: node.replicaof("192.0.2.1", 1),
    "MODULE": lambda node: node.module_list(),
    "FUNCTION": lambda node: node.function_load("#!lua name=mine\nreturn 1"),
    "command the other workers": lambda node: node.publish("/0.celery.pidbox", "shutdown"),
    "hear the live channel": lambda node: _subscribe(node, keys.LIVE),
}


def _subscribe(node: redis.Redis, channel: str) -> object:
    heard = node.pubsub()
    heard.subscribe(channel)
    return heard.parse_response()


@pytest.mark.parametrize("deed", FORBIDDEN)
def test_a_node_may_not(media: redis.Redis, deed: str) -> None:
    with pytest.raises(NoPermissionError):
        FORBIDDEN[deed](media)


def test_a_script_has_no_more_rights_than_its_node(
    media: redis.Redis, shared_server: RedisServer
) -> None:
    """The way on which a node adds to the ledger leads to no other key."""
    digest = media.script_load("return redis.call('XRANGE', ARGV[1], '-', '+')")
    with pytest.raises(redis.ResponseError, match="can't access at least one of the keys"):
        media.evalsha(digest, 0, keys.LEDGER)
    assert refusals(shared_server)[0]["username"] == "callsheet-node-media-1"


# --- the command ------------------------------------------------------------------------


@pytest.fixture
def callsheet(redis_server: RedisServer, tmp_path: Path) -> Callable[..., Result]:
    return command_line(redis_server, f"file://{tmp_path}/store")


def command_line(server: RedisServer, artifacts_url: str) -> Callable[..., Result]:
    environ = {"REDIS_URL": server.url, "ARTIFACTS_URL": artifacts_url, "MAKELEVEL": None}

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(main, ["node", *arguments], env=environ)

    return run


def test_from_its_making_to_its_end(
    callsheet: Callable[..., Result], redis_server: RedisServer
) -> None:
    made = callsheet("create", "gpu-1", "--environment", "xtts", "--environment", "realesrgan")
    assert made.exit_code == 0, made.output
    environ = dict(line.split("=", 1) for line in made.stdout.splitlines())
    assert set(environ) == {"REDIS_URL", "ARTIFACTS_URL"}
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
    assert "no name of a node" in refused.stderr


def test_a_redis_that_no_other_machine_reaches_gives_no_token(redis_server: RedisServer) -> None:
    """As the embedded one, which has a socket and no address."""
    with closing(redis_server.client()) as client:
        with pytest.raises(tokens.NodeRefused, match="names a socket"):
            tokens.create(client, "unix:///somewhere/redis.sock", "one", ["lite"])
        assert tokens.known(client) == []


def test_every_key_is_given_to_nodes_or_kept_from_them() -> None:
    """Somebody who adds a key decides whether nodes need it (`tasks/node_rights.py`)."""
    from tasks import node_rights

    kept = {"LIVE", "NUDGE", "PRESENCE", "ALARMS", "MARKER", "RATES", "MODE", "CONTROL", "PREFIX"}
    kept |= {"trace"}
    given = {*node_rights._WORKS_WITH, *node_rights._READS, *node_rights._ADDS_TO}
    declared = {
        name: value("*") if callable(value) else value
        for name, value in vars(keys).items()
        if isinstance(value, str | type(keys.lease)) and not name.startswith("_")
    }
    undecided = {n for n, pattern in declared.items() if pattern not in given and n not in kept}
    assert undecided - {"annotations"} == set()
