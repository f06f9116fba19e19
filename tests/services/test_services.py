"""The services that other tests stand on do what their names say."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import httpx
import obstore
import psycopg
import pytest
import redis
from obstore.exceptions import AlreadyExistsError
from obstore.store import from_url

from tests.services import binaries
from tests.services.postgres import Postgres, database_name
from tests.services.redis_server import RedisServer
from tests.services.redis_shelf import RedisShelf
from tests.services.s3 import S3Server
from tests.services.waiting import until


def test_redis_keeps_its_data_over_a_restart_and_loses_it_by_a_wipe(
    redis_server: RedisServer,
) -> None:
    with redis_server.client() as client:
        client.set("key", "value")
    redis_server.stop()
    redis_server.start()
    with redis_server.client() as client:
        assert client.get("key") == "value"
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
    redis_server.flush()
    with redis_server.client() as client:
        assert client.dbsize() == 0


def test_a_redis_serves_the_next_test_only_if_the_last_one_left_it_as_it_was(
    tmp_path: Path,
) -> None:
    shelf = RedisShelf(lambda: Path(tempfile.mkdtemp(dir=tmp_path)))
    changes: dict[str, Callable[[RedisServer, redis.Redis], object]] = {
        "a user": lambda _, client: client.acl_setuser("guest", enabled=True),
        "a setting": lambda _, client: client.config_set("maxmemory", "10mb"),
        "a kill": lambda server, _: server.kill(),
        "a restart": lambda server, _: (server.stop(), server.start()),
    }
    for change in changes.values():
        first = shelf.take()
        shelf.give_back()
        assert shelf.take() is first
        with first.client() as client:
            change(first, client)
        shelf.give_back()
        assert shelf.take() is not first
    server = shelf.take()
    with server.client() as client, server.client() as other:
        other.set("key", "value")
        forgotten = str(other.client_id())
        shelf.give_back()
        assert (shelf.take(), client.dbsize()) == (server, 0)
        assert forgotten not in {one["id"] for one in client.client_list()}
    shelf.close()


def test_redis_comes_back_after_a_kill(redis_server: RedisServer) -> None:
    first = redis_server.pid
    redis_server.kill()
    redis_server.start()
    assert redis_server.pid != first


def test_each_database_is_its_own(postgres: Postgres, postgres_url: str) -> None:
    with psycopg.connect(postgres_url.replace("+psycopg", "")) as connection:
        connection.execute("CREATE TABLE seen (id int)")
    copy = postgres.create(template=database_name(postgres_url))
    empty = postgres.create()
    counts = []
    for url in (copy, empty):
        with psycopg.connect(url.replace("+psycopg", "")) as connection:
            row = connection.execute("SELECT count(*) FROM pg_tables WHERE tablename = 'seen'")
            counts.append(row.fetchone())
        postgres.drop(url)
    assert counts == [(1,), (0,)]


def test_postgres_recovers_from_a_kill(postgres: Postgres, postgres_url: str) -> None:
    plain = postgres_url.replace("+psycopg", "")
    with psycopg.connect(plain) as connection:
        connection.execute("CREATE TABLE kept (id int)")
    postgres.kill()
    postgres.start()
    with psycopg.connect(plain) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)


def test_s3_takes_a_key_once_and_signs_links(s3: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in s3.environment.items():
        monkeypatch.setenv(name, value)
    store = from_url(s3.bucket())
    obstore.put(store, "key", b"first", mode="create")
    with pytest.raises(AlreadyExistsError):
        obstore.put(store, "key", b"second", mode="create")
    link = obstore.sign(store, "GET", "key", timedelta(minutes=1))
    assert httpx.get(link).content == b"first"


def test_a_missing_service_skips_here_and_fails_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="apt-get install nothing"):
        binaries.require("no-such-program", "nothing")
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="no-such-program is not installed"):
        binaries.require("no-such-program", "nothing")


@pytest.mark.parametrize("nothing", [None, False, 0, "", [], {}], ids=repr)
def test_waiting_does_not_end_with_an_empty_answer(nothing: object) -> None:
    answers = iter([nothing, nothing, "there"])
    assert until(lambda: next(answers), "something is there", 10) == "there"
    with pytest.raises(TimeoutError, match="something is there"):
        until(lambda: nothing, "something is there", 0)
