"""Chords: our script answers what Celery's own does, and the body is sent once."""

from __future__ import annotations

import itertools
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
import redis
from celery import Celery, Signature
from celery.backends.redis import CHORD_PART_RETURN_LUA

from config.settings import read
from tasks.messaging import chord_scripts
from tasks.messaging.app import CHORD_EXPIRES, make_sender
from tasks.messaging.chord_scripts import PART_RETURN
from tests.services.redis_server import RedisServer

PARTS = [("a", "done", 0), ("b", "done", 1), ("a", "dropped", 0), ("a", "other", 2)]
"""Task, result and place; the third is a repetition, the fourth another part of the same id."""


def run(
    client: redis.Redis, script: str, chord: str, part: tuple[str, str, int], order: int
) -> Any:
    task, result, place = part
    keys = [f"{chord}{suffix}" for suffix in (".j", ".t", ".s", ".d", "", ".c")]
    values = [task, f"{task} {result}", order, place, CHORD_EXPIRES, 600, 10, "token"]
    return client.eval(script, len(keys), *keys, *values)


@pytest.mark.parametrize("order", [0, 1])
def test_parts_are_counted_like_celery_counts_them(redis_server: RedisServer, order: int) -> None:
    for parts in itertools.permutations(PARTS):
        with redis_server.client() as client:
            client.flushdb()
            for chord in ("theirs", "ours"):
                client.set(f"{chord}.s", 3)
            for part in (*parts, parts[0]):
                theirs = run(client, CHORD_PART_RETURN_LUA, "theirs", part, order)
                assert run(client, PART_RETURN, "ours", part, order) == theirs
            read = client.zrange if order else client.lrange
            assert read("ours.j", 0, -1) == read("theirs.j", 0, -1)
            assert client.get("ours.c") == client.get("theirs.c") == "token"
            client.mset({"ours.c": "done", "theirs.c": "done"})
            late = [-1, 0, 0, 0]
            assert run(client, CHORD_PART_RETURN_LUA, "theirs", parts[0], order) == late
            assert run(client, PART_RETURN, "ours", parts[0], order) == late


def test_an_incomplete_chord_expires(redis_server: RedisServer) -> None:
    with redis_server.client() as client:
        client.set("ours.s", 3, ex=CHORD_EXPIRES)
        run(client, PART_RETURN, "ours", PARTS[0], 1)
        assert all(client.ttl(key) > CHORD_EXPIRES - 60 for key in client.keys("ours.*"))


@pytest.fixture
def app(redis_server: RedisServer) -> Celery:
    app = make_sender(read({"REDIS_URL": redis_server.url}))
    chord_scripts.install(app, waits=False)
    app.backend.set_chord_size("chord", 2)
    return app


def _ends(app: Celery, place: int, state: str = "SUCCESS") -> None:
    """A part of a chord of two ends."""
    body = Signature("stage.assemble", immutable=True, options={"queue": "lite"}, app=app)
    part = SimpleNamespace(id=f"part-{place}", group="chord", group_index=place, chord=body)
    app.backend.on_chord_part_return(part, state, "done")


def test_the_last_part_sends_the_body_once(app: Celery, redis_server: RedisServer) -> None:
    with redis_server.client() as client:
        _ends(app, 0)
        _ends(app, 0)
        assert not client.exists("lite")
        _ends(app, 1)
        assert client.llen("lite") == 1
        _ends(app, 0)
        _ends(app, 1)
        assert client.llen("lite") == 1
        assert [key for key in client.keys("*") if "chord" in key] == [
            app.backend.get_key_for_group("chord", ".c").decode()
        ]


def test_a_part_that_failed_does_not_count(app: Celery, redis_server: RedisServer) -> None:
    with redis_server.client() as client:
        _ends(app, 0)
        _ends(app, 1, "FAILURE")
        assert not client.exists("lite")


def test_workers_of_an_older_version_count_parts_of_the_same_chord(
    app: Celery, redis_server: RedisServer
) -> None:
    with redis_server.client() as client:
        _ends(app, 0)
        older = type(app.backend).on_chord_part_return
        app.backend.on_chord_part_return = partial(older, app.backend)
        _ends(app, 1)
        assert client.llen("lite") == 1
