"""Cleaning: what goes, what stays, and what it reports."""

from __future__ import annotations

import os
import time
from datetime import timedelta

import httpx
import pytest
from flask import Flask

from config.settings import Settings
from tests.web.caller import Caller, problem
from web.control import maintenance
from web.control.maintenance import Cleaner
from web.db.columns import now
from web.db.engine import writing
from web.jobs.models import Job
from web.services import current_services
from web.sessions.models import Output, UserSession
from web.sessions.names import name_of
from web.storage.cleanup import Cleanup


@pytest.fixture
def manager(app: Flask) -> Cleanup:
    return Cleanup(current_services())


def made(session_id: str, job_id: str, days_ago: float) -> str:
    """A job that ended so long ago, with an output; the digest of that."""
    blob = current_services().artifacts.put_bytes(os.urandom(2_000_000), "video/mp4")
    with writing() as db:
        job = db.get_one(Job, job_id)
        job.state, job.finished_at = "succeeded", now() - timedelta(days=days_ago)
        db.add(
            Output(
                session_id=name_of(session_id),
                job_id=job_id,
                filename=f"{job_id}.mp4",
                kind="final_output",
                sha256=blob.sha256,
                bytes=blob.bytes,
                media_type=blob.media_type,
            )
        )
    return blob.sha256


def stored(settings: Settings) -> set[str]:
    return {path.name for path in settings.path("store", "blobs").rglob("*") if path.is_file()}


@pytest.mark.parametrize("emergency", [False, True])
def test_cleanup_deletes_only_expired_files(
    manager: Cleanup, caller: Caller, settings: Settings, emergency: bool
) -> None:
    session_id = caller.ready_session()
    old, young, live = (caller.start(session_id).json()["job_id"] for _ in range(3))
    gone, kept = made(session_id, old, 8), made(session_id, young, 6)
    face = caller.http.get(f"/session/{session_id}/status").json()["uploads"][0]["sha256"]
    with writing() as db:  # ended long ago, but a job is still at work on its face
        db.get_one(UserSession, name_of(session_id)).ended_at = now() - timedelta(days=9)
    settings.path("temp").mkdir(exist_ok=True)
    stale, fresh = settings.path("temp", "stale"), settings.path("temp", "fresh")
    for path in (stale, fresh):
        path.write_bytes(bytes(1_000_000))
    hours_ago = time.time() - 2 * 3600
    os.utime(stale, (hours_ago, hours_ago))

    report = manager.emergency_cleanup() if emergency else manager.force_cleanup()
    while emergency and (more := manager.emergency_cleanup())["space_freed_mb"]:
        report["space_freed_mb"] += more["space_freed_mb"]
    assert not stale.exists()
    assert fresh.exists()
    assert gone not in stored(settings)
    assert {kept, face} <= stored(settings)
    assert report["space_freed_mb"] >= 2.8
    assert caller.http.get(f"/process/{live}").status_code == 200
    assert manager.force_cleanup()["space_freed_mb"] == 0


def test_caller_cleans_its_own_session(caller: Caller, operator: httpx.Client) -> None:
    session_id = caller.ready_session()
    newest = caller.face(session_id).json()["upload_id"]
    answer = caller.http.post("/cleanup", json={"session_id": session_id})
    assert answer.status_code == 200, answer.text
    [left] = caller.http.get(f"/session/{session_id}/status").json()["uploads"]
    assert left["upload_id"] == newest
    problem(caller.http.post("/cleanup", json={"session_id": "0" * 32}), 404, "SESSION_NOT_FOUND")
    assert operator.post("/cleanup", json={"emergency": True}).status_code == 200
    for garbage in ({}, {"session_id": 5}, {"emergency": "maybe"}, [], "text"):
        problem(caller.http.post("/cleanup", json=garbage), 403, "OPERATORS_ONLY")
    problem(operator.post("/cleanup", json={"emergency": "maybe"}), 422, "VALIDATION_FAILED")


def test_health_follows_the_thresholds(manager: Cleanup) -> None:
    usage = manager.get_resource_usage()["system_stats"]
    assert 0 < usage["memory"]["used_percent"] < 100
    assert (manager.memory_warning_threshold, manager.storage_warning_threshold) == (70, 80)
    manager.storage_warning_threshold, manager.memory_warning_threshold = 100.1, 100.1
    manager.storage_critical_threshold = manager.memory_critical_threshold = 100.1
    assert manager.check_resource_health()["overall_health"] == "healthy"
    manager.storage_warning_threshold = 0.01
    warned = manager.check_resource_health()
    assert (warned["overall_health"], warned["immediate_actions_needed"]) == ("warning", False)
    manager.storage_critical_threshold = 0.02
    critical = manager.check_resource_health()
    assert (critical["overall_health"], critical["immediate_actions_needed"]) == ("critical", True)
    assert len(critical["recommendations"]) == 1


def test_controller_ends_idle_sessions_on_schedule(
    manager: Cleanup, caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    session_id = caller.session()

    def make_idle() -> None:
        with writing() as db:
            room = db.get_one(UserSession, name_of(session_id))
            room.seen_at, room.ended_at = now() - timedelta(hours=3), None

    def state() -> str:
        return str(caller.http.get(f"/session/{session_id}/status").json()["state"])

    cleaner = Cleaner(manager)
    make_idle()
    cleaner.run_due()
    assert state() == "ended"
    make_idle()
    cleaner.run_due()
    assert state() == "active"  # not due again
    monkeypatch.setattr(maintenance, "SESSIONS_SECONDS", 0.0)
    cleaner.run_due()
    assert state() == "ended"
