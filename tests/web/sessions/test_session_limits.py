"""Limits of sessions, their isolation and their end."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from flask import Flask

from config.networks import parse
from config.settings import Settings
from tasks.domain.errors import FileNotFound, SessionNotFoundError
from tests.web.caller import Caller, problem
from tests.web.conftest import close, serving
from tests.web.samples import recording
from web.app import create_app
from web.compat.sessions import ConcurrentSessionManager
from web.db.columns import now
from web.db.engine import reading, writing
from web.errors import SessionEnded, SessionLimit
from web.jobs import submission
from web.jobs.models import Job
from web.services import current_services
from web.sessions import lifecycle
from web.sessions.limits import SessionLimits
from web.sessions.models import Upload, UserSession
from web.sessions.names import name_of
from web.storage import retention
from web.storage.session_service import open_session


@pytest.fixture
def manager(app: Flask) -> ConcurrentSessionManager:
    return ConcurrentSessionManager(current_services(), max_concurrent_sessions=2)


def fill(settings: Settings, session_ids: list[str], age: timedelta = timedelta()) -> None:
    """Give sessions an upload each, as if they had been used so long ago."""
    with writing() as db:
        for session_id in session_ids:
            db.get_one(UserSession, session_id).seen_at = now() - age
            details = {"filename": "a.png", "kind": "face", "sha256": "0" * 64}
            db.add(Upload(session_id=session_id, bytes=1, media_type="image/png", **details))


def test_many_first_uploads_at_once_never_exceed_the_limit(either: Settings) -> None:
    """Forty empty sessions count for nothing; five of them may become used."""
    limits = replace(SessionLimits.of(either), most=5, empty_per_address=0)
    app = create_app(either)

    def use(session_id: str) -> bool:
        with app.app_context(), writing() as db:
            try:
                lifecycle.find_active(db, session_id, limits)
            except SessionLimit:
                return False
            details = {"filename": "a.png", "kind": "face", "sha256": "0" * 64}
            db.add(Upload(session_id=session_id, bytes=1, media_type="image/png", **details))
            return True

    with app.app_context():
        opened = [lifecycle.create("ada", limits, opened_from="somewhere").id for _ in range(40)]
    with ThreadPoolExecutor(8) as pool:
        used = [s for s, taken in zip(opened, pool.map(use, opened), strict=True) if taken]
    assert len(used) == 5
    with app.app_context():
        with pytest.raises(SessionLimit):
            lifecycle.create("eve", limits, opened_from="elsewhere")
        assert use(used[0])  # a session in use goes on
        submission.end_session(used[1])
        assert use(next(s for s in opened if s not in used))
    close(app)


def test_empty_sessions_do_not_fill_the_server(settings: Settings) -> None:
    """Five anonymous creates once closed the server for two hours."""
    small = replace(settings, max_sessions=2, empty_sessions_per_address=3)
    small = replace(small, trusted_proxies=parse("127.0.0.1"))
    with serving(small) as address, httpx.Client(base_url=address, timeout=30) as http:

        def create(sender: str) -> httpx.Response:
            headers = {"X-Forwarded-For": sender}
            return http.post("/session/create", json={"user_id": "ada"}, headers=headers)

        mine = [create("203.0.113.1") for _ in range(3)]
        assert [answer.status_code for answer in mine] == [201] * 3
        refused = create("203.0.113.1")
        told = problem(refused, 429, "RATE_LIMITED")
        assert "unused sessions" in told["user_message"]
        seconds = small.empty_session_minutes * 60
        assert seconds - 30 < int(refused.headers["retry-after"]) <= seconds
        # Neighbours in one IPv6 network are one address, others are not concerned.
        for number in range(3):
            assert create(f"2001:db8::{number}").status_code == 201
        assert create("2001:db8::ffff").status_code == 429
        assert create("203.0.113.2").status_code == 201
        # One that is used, or closed, is not empty any more.
        caller = Caller(http)
        session_id = mine[0].json()["session_id"]
        assert caller.face(session_id).status_code == 201
        assert create("203.0.113.1").status_code == 201
        assert create("203.0.113.1").status_code == 429
        assert http.post(f"/session/{mine[1].json()['session_id']}/close").status_code == 200
        assert create("203.0.113.1").status_code == 201


def test_full_server_returns_time_until_next_session_expires(
    app: Flask, settings: Settings
) -> None:
    limits = replace(SessionLimits.of(settings), most=2)
    first, second = (lifecycle.create("ada", limits, opened_from="somewhere").id for _ in range(2))
    fill(settings, [first], age=timedelta(minutes=90))
    fill(settings, [second], age=timedelta(minutes=10))
    with pytest.raises(SessionLimit) as full:
        lifecycle.create("eve", limits, opened_from="elsewhere")
    assert full.value.user_message == "The server is full. Try again in a few minutes."
    assert 29 * 60 < full.value.details["retry_after"] <= 30 * 60
    # A session at work does not expire; the other one is the next.
    with writing() as db:
        db.add(Job(session_id=first, options={}, inputs={}))
    with pytest.raises(SessionLimit) as full:
        lifecycle.create("eve", limits, opened_from="elsewhere")
    assert 109 * 60 < full.value.details["retry_after"] <= 110 * 60
    # What was said comes true without waiting for anybody to clean.
    with writing() as db:
        db.get_one(UserSession, second).seen_at = now() - timedelta(hours=2, seconds=1)
    lifecycle.create("eve", limits, opened_from="elsewhere")
    with reading() as db:
        assert lifecycle.find(db, second).ended_at is not None


def test_an_empty_session_expires_after_minutes(app: Flask, settings: Settings) -> None:
    limits = SessionLimits.of(settings)
    services = current_services()
    empty, fresh, used = (
        open_session(services, "ada", opened_from="somewhere").id for _ in range(3)
    )
    program = open_session(services, "ada").id
    fill(settings, [used])
    with writing() as db:
        for session_id in (empty, used, program):
            db.get_one(UserSession, session_id).seen_at = now() - timedelta(minutes=31)
    retention.idle_sessions(current_services())
    with reading() as db:
        ended = [s for s in (empty, fresh, used, program) if lifecycle.find(db, s).ended_at]
    assert ended == [empty]
    assert not settings.path("sessions", empty).exists()
    assert settings.path("sessions", fresh).exists()
    assert lifecycle.expire(limits) == []


def test_quota_is_checked_before_bytes_are_stored(settings: Settings) -> None:
    poor = replace(settings, session_quota_mb=1)
    with serving(poor) as address, httpx.Client(base_url=address, timeout=60) as http:
        caller = Caller(http)
        session_id = caller.session()
        # 20 s at 48 kHz are 1.9 MB after re-encoding.
        problem(caller.voice(session_id, recording(20.0, 8000)), 413, "QUOTA_EXCEEDED")
        problem(caller.voice(session_id, bytes(2 * 1024**2)), 413, "QUOTA_EXCEEDED")
        assert [path for path in poor.path("store").rglob("*") if path.is_file()] == []
        assert caller.face(session_id).status_code == 201


def test_idle_session_expires_unless_a_job_is_open(
    app: Flask, caller: Caller, settings: Settings
) -> None:
    idle, working, fresh = caller.ready_session(), caller.ready_session(), caller.session()
    caller.start(working)
    with writing() as db:
        for session_id in (idle, working):
            db.get_one(UserSession, name_of(session_id)).seen_at = now() - timedelta(hours=3)
    limits = SessionLimits.of(settings)
    assert lifecycle.expire(limits) == [name_of(idle)]
    problem(caller.face(idle), 410, "SESSION_EXPIRED")
    assert caller.face(working).status_code == caller.face(fresh).status_code == 201
    for file in caller.http.get(f"/outputs/{idle}").json()["outputs"]:
        assert caller.http.get(file["url"]).status_code == 200
    with writing() as db:
        db.get_one(UserSession, name_of(working)).seen_at = now() - timedelta(hours=3)
        for job in db.query(Job):
            job.state, job.finished_at = "succeeded", now() - timedelta(hours=1)
    assert lifecycle.expire(limits) == []


def test_sessions_cannot_access_each_other(caller: Caller) -> None:
    mine, other = caller.ready_session(), caller.session()
    listed = caller.http.get(f"/outputs/{mine}").json()["outputs"]
    assert len(listed) == 2
    assert caller.http.get(f"/outputs/{other}").json()["outputs"] == []
    for file in listed:
        name = file["filename"]
        for guess in (name, f"..%2f{mine}%2f{name}", f"%2e%2e%2f{mine}%2f{name}"):
            answer = caller.http.get(f"/download/{other}/{guess}")
            assert answer.status_code == 404, guess
    problem(caller.start(other), 409, "FACE_MISSING")


def test_forced_end_cancels_jobs_and_deletes_files(
    caller: Caller, operator: httpx.Client, settings: Settings
) -> None:
    session_id = caller.ready_session()
    job_id = caller.start(session_id).json()["job_id"]
    assert operator.post(f"/session/{session_id}/end").status_code == 204
    assert caller.http.get(f"/process/{job_id}").json()["cancel_requested"] is True
    assert caller.http.get(f"/outputs/{session_id}").json()["outputs"] == []
    assert not settings.path("sessions", name_of(session_id)).exists()
    problem(caller.face(session_id), 410, "SESSION_EXPIRED")


def test_shared_bytes_are_deleted_with_their_last_reference(
    caller: Caller, operator: httpx.Client, settings: Settings
) -> None:
    first, second = caller.ready_session(), caller.ready_session()
    uploads = [
        caller.http.get(f"/session/{s}/status").json()["uploads"][0] for s in (first, second)
    ]
    digest = uploads[0]["sha256"]
    assert digest == uploads[1]["sha256"]
    stored = settings.path("store", "blobs", digest[:2], digest)
    assert stored.is_file()
    operator.post(f"/session/{first}/end")
    assert stored.is_file()
    assert caller.http.get(uploads[1]["url"]).status_code == 200
    operator.post(f"/session/{second}/end")
    assert not stored.exists()
    assert caller.face(caller.session()).status_code == 201  # and they may come again
    assert stored.is_file()


# --- the names of the first design ----------------------------------------------------


def test_manager_opens_lists_and_ends_sessions(manager: ConcurrentSessionManager) -> None:
    first, second = manager.create_session(user_id="ada"), manager.create_session(user_id="eve")
    with pytest.raises(SessionLimit):
        manager.create_session(user_id="bob")
    status = manager.get_system_status()
    assert (status["active_sessions"], status["system_healthy"]) == (2, True)
    assert [s["session_id"] for s in manager.list_active_sessions()] == [
        name_of(session_id) for session_id in (first, second)
    ]
    places = {manager.get_session_isolation_path(s) for s in (first, second)}
    assert len(places) == 2
    assert manager.cleanup_session(first) is True
    assert manager.get_system_status()["active_sessions"] == 1
    with pytest.raises(SessionNotFoundError):
        manager.get_session_isolation_path("0" * 32)


def test_session_with_open_job_is_only_ended_by_force(
    manager: ConcurrentSessionManager, caller: Caller
) -> None:
    session_id = caller.ready_session()
    caller.start(session_id)
    assert manager.cleanup_session(session_id) is False
    assert manager.cleanup_session(session_id, force=True) is True
    with reading() as db:
        assert lifecycle.find(db, name_of(session_id)).ended_at is not None


def test_no_file_name_leads_out_of_a_session_directory(
    manager: ConcurrentSessionManager, settings: Settings, tmp_path: Path
) -> None:
    session_id = manager.create_session(user_id="ada")
    with manager.session(session_id) as mine:
        good = mine.path("assets", "face.png")
        good.write_bytes(b"x")
        assert good.is_relative_to(settings.path("sessions", name_of(session_id)))
        for name in ("", ".", "..", "../x", "a/b", "/etc/passwd", "a\0b", "../../../x"):
            with pytest.raises(FileNotFound):
                mine.path("assets", name)
        with pytest.raises(FileNotFound):
            mine.path("elsewhere", "x")  # type: ignore[arg-type]
        (mine.root / "temp" / "link").symlink_to("/etc")
        with pytest.raises(FileNotFound):
            mine.path("temp", "link")
        written = [path for path in mine.root.rglob("*") if path.is_file()]
        assert mine.path("metadata", f"session_{name_of(session_id)}.json") in written
    manager.cleanup_session(session_id)
    with pytest.raises(SessionEnded), manager.session(session_id):
        pass
