"""Redis of docker/redis/start.sh: no anonymous access, and no administration by workers."""

from __future__ import annotations

import os
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from tasks.domain.job import JobState
from tests.deployment import ROOT, Deployment
from tests.services.redis_server import RedisServer

START = ROOT / "docker" / "redis" / "start.sh"
PASSWORDS = {"redis_password": "plane-0123456789", "redis_worker_password": "worker-0123456789"}
FORBIDDEN = [
    ("ACL", "LIST"),
    ("CONFIG", "GET", "*"),
    ("FLUSHALL",),
    ("FLUSHDB",),
    ("FUNCTION", "FLUSH"),
    ("KEYS", "*"),
    ("MODULE", "LIST"),
    ("MONITOR",),
    ("REPLICAOF", "127.0.0.1", "1"),
    ("SAVE",),
    ("SHUTDOWN", "NOSAVE"),
    ("SLAVEOF", "127.0.0.1", "1"),
    ("SWAPDB", "0", "1"),
]


class GuardedRedis(RedisServer):
    """A server that our script starts; `client` and `url` are the control plane's."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self.secrets = directory / "secrets"
        self.secrets.mkdir()
        for name, password in PASSWORDS.items():
            (self.secrets / name).write_text(f"{password}\n")

    @property
    def environ(self) -> dict[str, str]:
        places = {"REDIS_DATA": str(self.directory), "REDIS_SECRETS": str(self.secrets)}
        return {**os.environ, **places}

    @property
    def url(self) -> str:
        return self.url_of("callsheet", PASSWORDS["redis_password"])

    @property
    def worker_url(self) -> str:
        return self.url_of("worker", PASSWORDS["redis_worker_password"])

    def url_of(self, user: str, password: str) -> str:
        return f"redis://{user}:{password}@127.0.0.1:{self.port}/0"

    def client(self) -> redis.Redis:
        return redis.Redis.from_url(self.url, decode_responses=True)

    def start(self) -> None:
        options = ["--port", str(self.port), "--bind", "127.0.0.1"]
        self._run(["sh", START, *options], env=self.environ)


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[GuardedRedis]:
    directory = tmp_path / "guarded"
    directory.mkdir()
    with GuardedRedis(directory) as server:
        yield server


def test_start_requires_a_user_id(guarded: GuardedRedis) -> None:
    for url in (f"redis://127.0.0.1:{guarded.port}/0", guarded.url_of("worker", "wrong" * 4)):
        with redis.Redis.from_url(url) as stranger, pytest.raises(redis.AuthenticationError):
            stranger.ping()
    with guarded.client() as plane:
        assert plane.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        assert plane.config_get("appendonly") == {"appendonly": "yes"}


@pytest.mark.parametrize("command", FORBIDDEN, ids=" ".join)
def test_a_worker_administers_nothing(guarded: GuardedRedis, command: tuple[str, ...]) -> None:
    with redis.Redis.from_url(guarded.worker_url) as worker:
        worker.set("key", "value")
        with pytest.raises(redis.exceptions.NoPermissionError):
            worker.execute_command(*command)


def test_a_job_ends_with_workers_of_that_user(guarded: GuardedRedis, tmp_path: Path) -> None:
    with Deployment(tmp_path, guarded) as deployment:
        deployment.start_control()
        deployment.variables["REDIS_URL"] = guarded.worker_url
        deployment.start_workers("lite")
        _, job_id = deployment.submit()
        assert deployment.until_ended(job_id).state == JobState.SUCCEEDED


def test_tokens_of_nodes_and_new_passwords_outlive_a_restart(guarded: GuardedRedis) -> None:
    with guarded.client() as plane:
        plane.acl_setuser("node-1", enabled=True, passwords=["+node-0123456789"], keys=["mine"])
        plane.acl_save()
    guarded.stop()
    (guarded.secrets / "redis_worker_password").write_text("another-0123456789")
    guarded.start()
    with guarded.client() as plane:
        assert sorted(plane.acl_users()) == ["callsheet", "default", "node-1", "worker"]
        assert plane.acl_getuser("node-1")["keys"] == ["~mine"]
    with redis.Redis.from_url(guarded.worker_url) as old, pytest.raises(redis.AuthenticationError):
        old.ping()
    with redis.Redis.from_url(guarded.url_of("worker", "another-0123456789")) as worker:
        assert worker.ping()


def test_the_acl_file_holds_digests_for_its_owner_only(guarded: GuardedRedis) -> None:
    file = guarded.directory / "users.acl"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert not any(password in file.read_text() for password in PASSWORDS.values())


def test_a_short_password_is_refused(guarded: GuardedRedis) -> None:
    (guarded.secrets / "redis_password").write_text("short")
    done = subprocess.run(
        ["sh", START], env=guarded.environ, capture_output=True, text=True, check=False, timeout=30
    )
    assert done.returncode == 1
    assert "shorter than 16 characters" in done.stderr
