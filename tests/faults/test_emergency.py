"""A disk that is really full: what is deleted, what is kept, and that running jobs succeed."""

from __future__ import annotations

import ast
import os
import re
import time
from collections.abc import Iterator
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

import httpx
import psutil
import pytest

from tasks.domain.artifact import Artifact
from tests.deployment import Deployment
from tests.services.redis_server import RedisServer
from tests.services.small_disk import small_disk
from tests.services.waiting import until
from tests.web.caller import Caller, problem
from web.db.columns import now
from web.db.engine import writing
from web.jobs.models import Job
from web.sessions.models import Output
from web.storage.cleanup import Cleanup
from web.storage.models import CacheBlob, CacheEntry

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

MEGABYTE = 1024**2


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Path]:
    """256 MB for the state directory."""
    with small_disk(tmp_path / "state", 256) as place:
        yield place


def percent(disk: Path) -> float:
    return psutil.disk_usage(str(disk)).percent


def ended(
    deployment: Deployment,
    state: str,
    megabytes: int,
    days: float = 0,
    fetched_hours: float | None = None,
) -> Path:
    """A job that ended so long ago, with a file of this size; where its bytes lie."""
    blob = deployment.services.artifacts.put_bytes(os.urandom(megabytes * MEGABYTE), "video/mp4")
    # Its end is written below without a settlement, so its owner is one that does not pay.
    _, job_id = deployment.accept(owner="key:tester")
    fetched = None if fetched_hours is None else now() - timedelta(hours=fetched_hours)
    with deployment.app.app_context(), writing() as db:
        job = db.get_one(Job, job_id)
        job.state, job.finished_at = state, now() - timedelta(days=days, seconds=1)
        db.add(
            Output(
                session_id=job.session_id,
                job_id=job_id,
                filename=f"{job_id}-final.mp4",
                kind="final_output" if state == "succeeded" else "video_clip",
                fetched_at=fetched,
                **asdict(blob),
            )
        )
    return deployment.settings.path("store", blob.path)


def left_over(path: Path, megabytes: int, minutes: float) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(bytes(megabytes * MEGABYTE))
    before = time.time() - 60 * minutes
    os.utime(path, (before, before))
    return path


def cached(
    deployment: Deployment, name: str, megabytes: int, used_hours: float, made_hours: float
) -> str:
    """A result that no job shows any more."""
    store = deployment.services.artifacts
    blob = store.put_bytes(os.urandom(megabytes * MEGABYTE), "video/mp4")
    store.commit(Artifact(name, "animate", "any", {"video.mp4": blob}, {}))
    with deployment.app.app_context(), writing() as db:
        times = {
            "used_at": now() - timedelta(hours=used_hours),
            "created_at": now() - timedelta(hours=made_hours),
        }
        db.add(CacheEntry(key=name, stage="animate", bytes=blob.bytes, uses=0, **times))
        db.flush()
        db.add(CacheBlob(key=name, **asdict(blob)))
    return name


@pytest.mark.parametrize(("policy", "left"), [("lru", ["c", "d"]), ("fifo", ["a", "b"])])
def test_the_cache_is_evicted_by_its_policy_and_only_as_far_as_needed(
    tmp_path: Path, state: Path, redis_server: RedisServer, policy: str, left: list[str]
) -> None:
    with Deployment(tmp_path, redis_server, CACHE_POLICY=policy) as deployment:
        names = [
            cached(deployment, name, 20, used_hours=hours, made_hours=10 - hours)
            for name, hours in (("a", 4), ("b", 3), ("c", 2), ("d", 1))
        ]
        failed = ended(deployment, "failed", 8)
        room = psutil.disk_usage(str(state))
        ballast = deployment.settings.path("ballast")
        ballast.write_bytes(bytes(int(0.94 * room.total) - room.used))
        with deployment.app.app_context():
            report = Cleanup(deployment.services).emergency_cleanup()
        assert [name for name in names if deployment.services.artifacts.find(name)] == left
        assert failed.exists()  # less useful to the machine, more to a person: not its turn
        assert report["space_freed_mb"] == pytest.approx(40, abs=1)
        assert report["storage_usage_percent"] < 80


def test_an_emergency_frees_the_least_valuable_first(
    tmp_path: Path, state: Path, redis_server: RedisServer
) -> None:
    with Deployment(tmp_path, redis_server, SIMULATION_SPEED="0.08") as deployment:
        deployment.start_workers("lite")
        address = deployment.start_web()
        temporary = deployment.settings.path("temp")
        gone = [
            left_over(temporary / "old", 8, 120),
            left_over(temporary / "younger", 8, 20),
            ended(deployment, "failed", 12),
            ended(deployment, "succeeded", 10, days=8),
            ended(deployment, "succeeded", 14, fetched_hours=3),
        ]
        kept = [
            left_over(temporary / "young", 4, 2),
            ended(deployment, "succeeded", 14, fetched_hours=1),
            ended(deployment, "succeeded", 30, days=6),  # not downloaded yet
        ]
        with httpx.Client(base_url=address, headers=deployment.credentials, timeout=30) as http:
            caller = Caller(http)
            waiting = caller.ready_session()
            _, live = deployment.submit()
            until(lambda: [n for n in deployment.nodes() if n.doing] or None, "somebody works", 30)
            room = psutil.disk_usage(str(state))
            ballast = deployment.settings.path("ballast")
            ballast.write_bytes(bytes(int(0.972 * room.total) - room.used))
            full = percent(state)
            assert full >= 97.0
            problem(caller.face(waiting), 507, "STORAGE_FULL")
            refused = caller.start(waiting)
            problem(refused, 503, "SERVER_FULL")
            assert refused.headers["retry-after"]
            began = time.monotonic()
            deployment.start_control()
            until(lambda: percent(state) < 80 or None, "there is room again", 60)
            seconds = time.monotonic() - began
            job = deployment.until_ended(live, 120)
            assert job.state == "succeeded", job.error_message
            assert job.attempt == 1
            until(
                lambda: "emergency cleanup finished" in deployment.log or None,
                "the cleanup is logged",
                30,
            )
            said = re.search(r"emergency cleanup finished \[report=(\{[^}]*\})", deployment.log)
            assert said is not None
            report = ast.literal_eval(said[1])
            assert caller.face(waiting).status_code == 201
        assert [path.name for path in gone if path.exists()] == []
        assert [path.name for path in kept if not path.exists()] == []
        assert report["space_freed_mb"] == pytest.approx(52, abs=1)
        print(
            f"\n256 MB at {full:.1f} %: {report['space_freed_mb']:.1f} MB freed in "
            f"{report['seconds']:.2f} s, then at {report['storage_usage_percent']:.1f} %; "
            f"{seconds:.1f} s after control began to start"
        )
