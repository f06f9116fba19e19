"""The stage cache: what is kept, what goes first, and what it says of itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from flask import Flask
from sqlalchemy import select

from config.settings import Settings
from tasks.domain.artifact import Artifact
from tasks.domain.job import JobState
from tasks.store.cache import mark_in_use
from tests.deployment import Deployment
from tests.services.http_server import Answer, serving
from tests.services.redis_server import RedisServer
from tests.services.s3 import S3Server
from tests.web.caller import Caller, problem
from tests.web.conftest import close
from web.app import create_app
from web.db.columns import now
from web.db.engine import reading, writing
from web.jobs.models import Job, StageRun
from web.jobs.report import report as job_report
from web.monitoring.reports.cache import statistics
from web.services import Services, current_services
from web.sessions import salts
from web.sessions.models import UserSession
from web.storage.cache import CacheStatistics
from web.storage.eviction import MEGABYTE, Eviction
from web.storage.models import CacheBlob, CacheEntry
from web.storage.references import drop_job


@pytest.fixture(params=["local", "s3"])
def app(
    request: pytest.FixtureRequest, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Flask]:
    """An application with room for one megabyte of results; its store here or on S3."""
    if request.param == "s3":
        s3: S3Server = request.getfixturevalue("s3")
        for name, value in s3.environment.items():
            monkeypatch.setenv(name, value)
        settings = replace(settings, artifacts_url=s3.bucket())
    app = create_app(replace(settings, cache_mb=1))
    with app.app_context():
        yield app
    close(app)


def keep(name: str, used: float, made: float, uses: int = 0, bytes_: bytes = b"") -> str:
    """A result of half a megabyte that no job shows; hours ago."""
    store = current_services().artifacts
    blob = store.put_bytes(bytes_ or name.encode() * (MEGABYTE // 2 // len(name)), "video/mp4")
    store.commit(Artifact(name, "voice", "any", {"speech.wav": blob}, {}))
    moment = now()
    with writing() as db:
        db.add(
            CacheEntry(
                key=name,
                stage="voice",
                bytes=blob.bytes,
                uses=uses,
                created_at=moment - timedelta(hours=made),
                used_at=moment - timedelta(hours=used),
            )
        )
        db.flush()
        db.add(
            CacheBlob(key=name, sha256=blob.sha256, bytes=blob.bytes, media_type=blob.media_type)
        )
    return name


def show(key: str, *, expired: bool = False) -> str:
    """A job that has made this result."""
    with writing() as db:
        room = UserSession(user_id="ada")
        db.add(room)
        db.flush()
        job = Job(session_id=room.id, options={}, inputs={}, state="succeeded")
        job.expired_at = now() if expired else None
        db.add(job)
        db.flush()
        run = {"stage": "voice", "step": "voice.0", "engine": "any", "state": "done"}
        db.add(StageRun(job_id=job.id, revision=1, artifact=key, **run))
        return job.id


def left() -> set[str]:
    """By the ledger, and by the store, which must say the same."""
    store = current_services().artifacts
    with reading() as db:
        keys = set(db.scalars(select(CacheEntry.key)))
    assert keys == {key for key in ("alpha", "beta", "gamma") if store.find(key) is not None}
    return keys


def clear(held: Services) -> int:
    """Let everything go that no job shows."""
    return sum(step() for step in Eviction(held).in_turn())


@pytest.mark.parametrize(
    ("policy", "first"), [("lru", "beta"), ("lfu", "gamma"), ("fifo", "alpha"), ("ttl", "alpha")]
)
def test_policy_decides_eviction_order(app: Flask, policy: str, first: str) -> None:
    keep("alpha", used=2, made=9, uses=7)
    keep("beta", used=5, made=8, uses=9)
    keep("gamma", used=3, made=7, uses=1)
    held = app.extensions["callsheet"]
    freed = Eviction(_with(held, cache_policy=policy)).evict()
    assert left() == {"alpha", "beta", "gamma"} - {first}
    assert freed == pytest.approx(MEGABYTE / 2, rel=0.01)
    assert Eviction(_with(held, cache_policy=policy)).evict() == 0


@pytest.mark.parametrize(
    ("policy", "turns"),
    [
        ("lru", ["beta", "gamma", "alpha"]),
        ("lfu", ["gamma", "alpha", "beta"]),
        ("fifo", ["alpha", "beta", "gamma"]),
    ],
)
def test_emergency_cleanup_follows_the_same_policy(
    app: Flask, policy: str, turns: list[str]
) -> None:
    keep("alpha", used=2, made=9, uses=7)
    keep("beta", used=5, made=8, uses=9)
    keep("gamma", used=3, made=7, uses=1)
    steps = Eviction(_with(app.extensions["callsheet"], cache_policy=policy)).in_turn()
    for gone in range(1, 4):
        assert next(steps)() == pytest.approx(MEGABYTE / 2, rel=0.01)
        assert left() == set(turns[gone:])


@pytest.mark.parametrize(("policy", "gone"), [("lru", {"beta"}), ("ttl", {"alpha", "beta"})])
def test_age_counts_from_last_use_or_creation(app: Flask, policy: str, gone: set[str]) -> None:
    keep("alpha", used=1, made=30)
    keep("beta", used=25, made=30)
    Eviction(_with(app.extensions["callsheet"], cache_policy=policy)).evict()
    assert left() == {"alpha", "beta"} - gone


def test_result_in_use_is_not_evicted(app: Flask) -> None:
    held = app.extensions["callsheet"]
    show(keep("alpha", used=99, made=99))
    keep("beta", used=99, made=99)
    assert mark_in_use(held.redis, "beta")
    show(keep("gamma", used=99, made=99), expired=True)
    clear(held)
    assert left() == {"alpha", "beta"}


def test_bytes_shared_with_another_result_are_kept(app: Flask) -> None:
    same = b"the same" * 1000
    keep("alpha", used=99, made=99, bytes_=same)
    keep("beta", used=1, made=1, bytes_=same)
    assert Eviction(app.extensions["callsheet"]).evict() == 0
    assert left() == {"beta"}
    store = current_services().artifacts
    kept = store.find("beta")
    assert kept is not None
    assert b"".join(store.read(kept.parts["speech.wav"])) == same


def test_deleted_results_are_not_cached(app: Flask) -> None:
    expired, deleted = show(keep("alpha", 1, 1)), show(keep("beta", 1, 1))
    held = app.extensions["callsheet"]
    drop_job(held, expired, keep_results=True)
    assert drop_job(held, deleted) == pytest.approx(MEGABYTE / 2, rel=0.01)
    assert left() == {"alpha"}


def test_cache_use_is_counted_by_stage(app: Flask) -> None:
    store = current_services().artifacts
    made = Artifact("alpha", "voice", "any", {"a": store.put_bytes(bytes(1000), "audio/wav")}, {})
    store.commit(made)
    for found in (False, True, True):
        run = StageRun(stage="voice", found=found, expected_seconds=2.5)
        with writing() as db:
            noted = CacheStatistics(db)
            noted.add(run, made, now())
            noted.write()
    clear(app.extensions["callsheet"])
    with reading() as db:
        told = statistics(db, current_services().settings)
    [voice] = [row for row in told["stages"] if row["stage"] == "voice"]
    assert (voice["hits"], voice["misses"], voice["bytes_found"]) == (2, 1, 2000)
    assert (voice["seconds_saved"], voice["evictions"], voice["bytes_evicted"]) == (5.0, 1, 1000)
    assert told["total"]["entries"] == 0


def _with(held: Services, **settings: object) -> Services:
    return replace(held, settings=replace(held.settings, **settings))  # type: ignore[arg-type]


def test_operators_read_cache_statistics(caller: Caller, operator: httpx.Client) -> None:
    assert operator.get("/cache").json()["policy"] == "lru"
    [jobs] = operator.get("/estimates").json()["estimates"]
    assert (jobs["what"], jobs["runs"]) == ("job", 0)
    for path in ("/cache", "/estimates"):
        problem(caller.http.get(path), 403, "OPERATORS_ONLY")


def test_results_outlive_their_job_until_they_are_evicted(deployment: Deployment) -> None:
    deployment.start_control()
    deployment.start_workers("lite")

    def run() -> list[bool]:
        _, job_id = deployment.submit(script="A short one.")
        assert deployment.until_ended(job_id).state == JobState.SUCCEEDED
        with deployment.app.app_context():
            drop_job(deployment.services, job_id, keep_results=True)
        return [row.found for row in deployment.runs(job_id)]

    assert not any(run())
    assert all(run())
    for key in deployment.services.redis.scan_iter("callsheet:used:*"):
        deployment.services.redis.delete(key)  # as an hour later
    with deployment.app.app_context():
        assert clear(deployment.services) > 0
    assert not list(deployment.settings.path("store", "artifacts").iterdir())
    assert not any(run())


def test_a_known_portrait_is_reused_under_other_words(deployment: Deployment) -> None:
    deployment.start_control()
    deployment.start_workers("lite")

    def reused(script: str) -> set[str]:
        _, job_id = deployment.submit(script=script)
        assert deployment.until_ended(job_id).state == JobState.SUCCEEDED
        with deployment.app.app_context(), reading() as db:
            stages = job_report(db, db.get_one(Job, job_id))["stages"]
        return {stage["stage"] for stage in stages if stage["found"]}

    assert reused("A short one.") == set()
    assert reused("Another one, and that is longer.") == {"face"}


@pytest.mark.parametrize(("shared", "found"), [("false", False), ("true", True)])
def test_results_are_reused_by_their_owner_only_unless_shared(
    tmp_path: Path, redis_server: RedisServer, shared: str, found: bool
) -> None:
    with Deployment(tmp_path, redis_server, CACHE_SHARED=shared) as deployment:
        deployment.start_control()
        deployment.start_workers("lite")

        def reused(owner: str) -> list[bool]:
            _, job_id = deployment.submit(script="A short one.", owner=owner)
            assert deployment.until_ended(job_id).state == JobState.SUCCEEDED
            return [row.found for row in deployment.runs(job_id)]

        assert not any(reused("ada"))
        # Nothing reveals that another owner has made the same: no flag, and no time saved.
        assert set(reused("bob")) == {found}
        assert all(reused("ada"))


def test_salt_depends_on_the_owner_without_revealing_it(app: Flask) -> None:
    # No hexadecimal digits, so that a digest cannot contain the name by chance.
    held = current_services()
    salt = salts.of_owner(held, "zoe")
    assert salt == salts.of_owner(held, "zoe") != salts.of_owner(held, "bob")
    assert salt != salts.of_owner(replace(held, secret_key=b"another"), "zoe")
    assert "zoe" not in salt
    assert salts.of_owner(_with(held, cache_shared="true"), "zoe") == ""


@pytest.mark.slow
def test_language_model_is_called_once_for_equal_requests(
    tmp_path: Path, redis_server: RedisServer
) -> None:
    said = json.dumps({"scenes": [{"text": "Bees dance to tell the way."}]})
    choice = {"index": 0, "message": {"role": "assistant", "content": said}}
    whole = {"id": "1", "object": "chat.completion", "created": 1, "model": "m"}
    whole["choices"] = [choice | {"finish_reason": "stop"}]
    with serving() as server:
        server.answer = lambda _: Answer.of(
            whole | {"choices": [choice | {"finish_reason": "stop"}]}
        )
        asks = {"OPENAI_BASE_URL": f"{server.url}/v1", "OPENAI_MODEL": "little-writer"}
        with Deployment(tmp_path, redis_server, **asks) as deployment:
            deployment.start_control()
            deployment.start_workers("script", "lite")

            def asked(**wish: object) -> int:
                stages = ("voice", "face", "animate", "enhance")
                engines = dict.fromkeys(stages, "simulated") | {"script": "openai_chat"}
                topic = {"script": None, "topic": "bees", "scenes": 1, "mode": "auto"}
                _, job_id = deployment.submit(**topic, engines=engines, **wish)
                job = deployment.until_ended(job_id)
                assert job.state == JobState.SUCCEEDED, job.error_message
                return len(server.asked)

            assert asked() == 1
            assert asked() == 1
            assert asked(captions=True) == 1
            assert asked(seed=8) == 2
