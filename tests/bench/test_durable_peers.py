"""The same 15 stages on our system, on bare Celery and on DBOS, in turns: one job, and fifty."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import psutil
import pytest

from tests.bench import costs
from tests.bench.bare import Bare
from tests.bench.dbos_peer import Peer
from tests.bench.monitor import Commands, counting
from tests.bench.report import Row, at_least, at_most, median, write, write_beside
from tests.bench.small import size
from tests.bench.system import CALM, SCENES, STAGES_OF_A_JOB, Caller, Ends, listening, start_workers
from tests.deployment import Deployment
from tests.services.postgres import Postgres
from tests.services.redis_server import RedisServer

ROUNDS = size(12, 1)
AT_ONCE = size(50, 3)
COUNTED = size(5, 1)
"""Jobs whose commands in Redis are counted, one after the other."""
WORKERS = 2
SHOWN = 14

pytestmark = [
    pytest.mark.bench,
    pytest.mark.timeout(900),
    pytest.mark.skipif(find_spec("dbos") is None, reason="needs the environment of `make bench`"),
]


def test_on_sqlite(tmp_path: Path, redis_server: RedisServer) -> None:
    _compare("durable_peers", tmp_path, redis_server, f"sqlite:///{tmp_path}/dbos.sqlite")


def test_on_postgresql(tmp_path: Path, redis_server: RedisServer, postgres: Postgres) -> None:
    ours, theirs = postgres.create(), postgres.create()
    _compare("durable_peers_postgresql", tmp_path, redis_server, theirs, DATABASE_URL=ours)


def _compare(name: str, place: Path, server: RedisServer, peer_url: str, **extra: str) -> None:
    extra |= CALM | {"SIMULATION_SPEED": "0", "JOBS_IN_FLIGHT": str(AT_ONCE)}
    beside = server.url.removesuffix("/0") + "/1"
    with ExitStack() as stack:
        deployment = stack.enter_context(Deployment(place, server, **extra))
        deployment.start_control()
        start_workers(deployment, WORKERS)
        for number in range(WORKERS):
            deployment.start(f"bare-{number}", "tests.bench.bare", REDIS_URL=beside)
        caller = Caller(deployment.start_web())
        bare = Bare(replace(deployment.settings, redis_url=beside))
        peer = stack.enter_context(Peer(peer_url))
        ends = stack.enter_context(listening(caller))
        alone = _in_turns(
            {
                "Callsheet": lambda: _one_of_ours(caller, ends),
                "bare Celery": lambda: _one_of_theirs(bare),
                "DBOS": lambda: peer.run(1),
            }
        )
        many: dict[str, float] = {}
        cpu: dict[str, dict[str, float]] = {}
        for who, run in {
            "Callsheet": lambda: _many_of_ours(caller, ends),
            "bare Celery": lambda: _many_of_theirs(bare),
        }.items():
            before = costs.spent(deployment)
            many[who] = run()
            cpu[who] = costs.since(before, costs.spent(deployment), AT_ONCE)
        before_peer = costs.cpu(psutil.Process(peer.pid))
        many["DBOS"] = AT_ONCE / peer.run(AT_ONCE)
        cpu_peer = (costs.cpu(psutil.Process(peer.pid)) - before_peer) * 1000 / AT_ONCE
        with counting(server) as counted:
            for _ in range(COUNTED):
                _one_of_ours(caller, ends)
                _one_of_theirs(bare)
    one, own = alone["Callsheet"], cpu["Callsheet"]
    write(
        name,
        [
            at_most("one job of 15 stages, API to Socket.IO", one, "ms", 120),
            Row("the same chord on bare Celery", alone["bare Celery"], "ms"),
            Row("the same graph on DBOS, in process", alone["DBOS"], "ms"),
            at_most("one job / bare Celery", one / alone["bare Celery"], "", 1.6),
            Row("one job / DBOS", one / alone["DBOS"], ""),
            at_least(f"jobs a second, {AT_ONCE} at once", many["Callsheet"], "jobs/s", 12),
            Row(f"bare chords a second, {AT_ONCE} at once", many["bare Celery"], "jobs/s"),
            Row(f"on DBOS a second, {AT_ONCE} at once", many["DBOS"], "jobs/s"),
            Row("rate / bare Celery", many["Callsheet"] / many["bare Celery"], ""),
            at_least("rate / DBOS", many["Callsheet"] / many["DBOS"], "", 1.2),
            *(Row(f"CPU a job: {part}", cost, "ms") for part, cost in own.items()),
            at_most("CPU a job: together", sum(own.values()), "ms", 150),
            Row("CPU a bare chord: together", sum(cpu["bare Celery"].values()), "ms"),
            Row("CPU a job on DBOS, without its database", cpu_peer, "ms"),
            *_commands(counted.of(0)),
            Row("bare Celery: commands a stage", _a_stage(counted.of(1).by_name), ""),
            Row("bare Celery: KB a job", counted.of(1).bytes / COUNTED / 1000, "KB"),
        ],
    )
    _write_keys(name, counted.of(0))


def _commands(ours: Commands) -> list[Row]:
    """The commands of jobs that follow each other at once: what an idle system sends is in them."""
    return [
        at_most("Redis commands a stage", _a_stage(ours.by_name), "", 25),
        Row("of these, inside scripts", _a_stage(ours.inside), ""),
        at_most("Redis, KB a job", ours.bytes / COUNTED / 1000, "KB", 100),
        *(Row(f"  {n} a job", c / COUNTED, "") for n, c in ours.by_name.most_common(SHOWN)),
    ]


def _a_stage(commands: Counter[str]) -> float:
    return commands.total() / COUNTED / STAGES_OF_A_JOB


def _write_keys(name: str, ours: Commands) -> None:
    """By command and key, beside the table: where to look next."""
    kinds = {kind: count / COUNTED for kind, count in ours.keys.most_common()}
    write_beside(f"{name}_commands.json", kinds)


def _in_turns(sides: dict[str, Callable[[], float]]) -> dict[str, float]:
    """The median of each in milliseconds, in turns so that all meet the same weather."""
    for run in sides.values():
        run()  # what is loaded once is not what a job costs
    took: dict[str, list[float]] = {who: [] for who in sides}
    for _ in range(ROUNDS):
        for who, run in sides.items():
            took[who].append(run())
    return {who: 1000 * median(seconds) for who, seconds in took.items()}


def _one_of_ours(caller: Caller, ends: Ends) -> float:
    began = time.monotonic()
    job_id = caller.start()
    return ends.of(1)[job_id] - began


def _many_of_ours(caller: Caller, ends: Ends) -> float:
    began = time.monotonic()
    caller.start_many(AT_ONCE)
    return AT_ONCE / (max(ends.of(AT_ONCE).values()) - began)


def _one_of_theirs(bare: Bare) -> float:
    began = time.monotonic()
    assert bare.send(SCENES) == bare.ended()
    return time.monotonic() - began


def _many_of_theirs(bare: Bare) -> float:
    began = time.monotonic()
    sent = {bare.send(SCENES) for _ in range(AT_ONCE)}
    assert {bare.ended() for _ in range(AT_ONCE)} == sent
    return AT_ONCE / (time.monotonic() - began)
