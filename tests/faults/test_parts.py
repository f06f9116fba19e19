"""Parts that fail under a job: wires, Redis, the database, the object store, the disk."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import psycopg
import pytest

from gpu_worker.process.watchdog import HANG_SECONDS
from tasks.domain.job import JobState
from tests.deployment import Deployment
from tests.faults.promise import assert_kept
from tests.faults.proxy import Proxy
from tests.services.postgres import Postgres, database_name
from tests.services.redis_server import RedisServer
from tests.services.s3 import S3Server
from tests.services.small_disk import small_disk
from tests.services.waiting import until

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]

SLOW_ENOUGH = {"SIMULATION_SPEED": "0.02"}
AT_ONCE = {"SIMULATION_SPEED": "0.001"}
RESETS = 12
"""Which of a worker's connections is looked at first is chance."""


def _full(server: RedisServer) -> None:
    with server.client() as client:
        client.config_set("maxmemory", "1mb")
        time.sleep(3)  # the fault's own length
        client.config_set("maxmemory", 0)


def _slow(wire: Proxy) -> None:
    wire.delay = 0.2
    time.sleep(3)
    wire.delay = 0.0


def _stalled(wire: Proxy) -> None:
    wire.freeze()
    time.sleep(5)
    wire.thaw()


STRIKES: dict[str, Callable[[Proxy], None]] = {
    "half-open": Proxy.half_open,
    "reset": Proxy.reset,
    "slow": _slow,
    "stalled": _stalled,
}


@pytest.mark.parametrize("fault", STRIKES)
def test_faults_of_the_connection_to_redis(
    tmp_path: Path, redis_server: RedisServer, fault: str
) -> None:
    with (
        Proxy(redis_server.port) as wire,
        Deployment(tmp_path, redis_server, **SLOW_ENOUGH) as deployment,
        deployment.listener() as heard,
    ):
        deployment.variables["REDIS_URL"] = f"redis://127.0.0.1:{wire.port}/0"
        deployment.start_control()
        deployment.start_workers("lite", "lite")
        _, job_id = deployment.submit()
        deployment.until_done(job_id, "face")
        STRIKES[fault](wire)
        _until_ended(deployment, job_id)
        assert_kept(deployment, job_id, heard)


def _until_ended(deployment: Deployment, job_id: str) -> None:
    """Meanwhile workers that have ended themselves come back, as under their manager."""

    def look() -> bool:
        for name in ("worker-0", "worker-1"):
            if deployment.process(name).status() == psutil.STATUS_ZOMBIE:
                deployment.kill(name)
                deployment.start(name, "gpu_worker", "lite")
        return JobState(deployment.job(job_id).state).terminal

    until(look, "the job ends", 150)


def test_a_worker_receives_messages_soon_after_each_reset(
    tmp_path: Path, redis_server: RedisServer
) -> None:
    """The broadcast channel must be connected again, too, or the worker receives nothing."""
    with (
        Proxy(redis_server.port) as wire,
        Deployment(tmp_path, redis_server, **AT_ONCE) as deployment,
    ):
        deployment.variables["REDIS_URL"] = f"redis://127.0.0.1:{wire.port}/0"
        deployment.start_control()
        deployment.start_workers("lite")
        for number in range(RESETS):
            wire.reset()
            _, job_id = deployment.submit(script=f"After {number} resets.")
            deployment.until_ended(job_id, HANG_SECONDS / 2)
    assert "consumer hangs" not in deployment.log


def test_jobs_survive_a_full_redis(tmp_path: Path, redis_server: RedisServer) -> None:
    """Workers survive it and continue: a restart would lose their warm models."""
    with (
        Deployment(tmp_path, redis_server, **SLOW_ENOUGH) as deployment,
        deployment.listener() as heard,
    ):
        deployment.start_control()
        deployment.start_workers("lite")
        _, job_id = deployment.submit()
        for stage in ("face", "voice", "animate"):
            deployment.until_done(job_id, stage, 120)
            _full(redis_server)
        deployment.until_ended(job_id, 120)
        assert_kept(deployment, job_id, heard)
        assert deployment.process("worker-0").status() != psutil.STATUS_ZOMBIE, (
            "the worker has ended"
        )


@pytest.mark.parametrize("fault", STRIKES)
def test_faults_of_the_connection_to_the_object_store(
    tmp_path: Path,
    redis_server: RedisServer,
    s3: S3Server,
    fault: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in s3.environment.items():
        monkeypatch.setenv(name, value)
    bucket, port = s3.bucket(), urlsplit(s3.endpoint).port
    assert port is not None
    with (
        Proxy(port) as wire,
        Deployment(tmp_path, redis_server, ARTIFACTS_URL=bucket, **SLOW_ENOUGH) as deployment,
        deployment.listener() as heard,
    ):
        deployment.variables["AWS_ENDPOINT_URL"] = f"http://127.0.0.1:{wire.port}"
        deployment.start_control()
        deployment.start_workers("lite", "lite")
        _, job_id = deployment.submit()
        deployment.until_done(job_id, "face")
        STRIKES[fault](wire)
        assert_kept(deployment, job_id, heard)


@pytest.mark.parametrize("how", ["restarted", "locked"])
def test_faults_of_the_database(
    tmp_path: Path, redis_server: RedisServer, postgres: Postgres, postgres_url: str, how: str
) -> None:
    extra = SLOW_ENOUGH | {"DATABASE_URL": postgres_url}
    with Deployment(tmp_path, redis_server, **extra) as deployment, deployment.listener() as heard:
        deployment.start_control()
        deployment.start_workers("lite", "lite")
        _, job_id = deployment.submit()
        deployment.until_done(job_id, "face")
        if how == "restarted":
            postgres.kill()
            postgres.start()
        else:
            _lock(postgres, postgres_url)
        assert_kept(deployment, job_id, heard)


def _lock(postgres: Postgres, url: str) -> None:
    with psycopg.connect(
        host=str(postgres.directory), user="callsheet", dbname=database_name(url)
    ) as connection:
        connection.execute("LOCK TABLE job IN ACCESS EXCLUSIVE MODE")
        time.sleep(5)


def test_jobs_survive_a_full_disk(tmp_path: Path, redis_server: RedisServer) -> None:
    extra = SLOW_ENOUGH | {"LOG_LEVEL": "DEBUG"}  # who comes back says so
    with (
        small_disk(tmp_path / "disk", 16) as disk,
        Deployment(tmp_path, redis_server, ARTIFACTS_URL=disk.as_uri(), **extra) as deployment,
        deployment.listener() as heard,
    ):
        deployment.start_control()
        deployment.start_workers("lite")
        _, job_id = deployment.submit()
        deployment.until_done(job_id, "face")
        filler = disk / "filler"
        _fill(filler)
        until(
            lambda: "the object store is unavailable" in deployment.log, "a stage found no room", 60
        )
        assert deployment.process("control").is_running()
        filler.unlink()
        assert_kept(deployment, job_id, heard)


def _fill(path: Path) -> None:
    with path.open("wb") as file:
        while True:
            try:
                file.write(os.urandom(65_536))
                file.flush()
            except OSError:
                return
