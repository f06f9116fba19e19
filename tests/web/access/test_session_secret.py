"""A session's id is known to its caller alone: wherever we write something, stands its name."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import flask_migrate
import httpx
import pytest
import redis
from sqlalchemy import text

from config.settings import Settings
from tests.deployment import Deployment
from tests.services.redis_server import RedisServer
from tests.services.waiting import until
from tests.web.caller import Caller, problem
from tests.web.conftest import close, serving
from tests.web.listener import listening
from tests.web.samples import recording
from web.app import create_app
from web.compat.progress import RealtimeProgressManager
from web.compat.sessions import ConcurrentSessionManager
from web.db.engine import db
from web.migrate import upgrade
from web.sessions.names import name_of


@contextmanager
def overheard(server: RedisServer) -> Iterator[list[str]]:
    """Everything that anybody says to Redis: keys, values, messages, Flower's events."""
    said: list[str] = []

    def overhear() -> None:
        for command in monitor.listen():
            said.append(str(command["command"]))
            if said[-1] == f"ECHO {over}":
                return

    over = "that was all"
    # Without a limit: processes that start say nothing for long.
    client = redis.Redis("127.0.0.1", server.port, decode_responses=True, socket_timeout=None)
    with client.monitor() as monitor:
        hearing = threading.Thread(target=overhear)
        hearing.start()
        try:
            yield said
        finally:
            client.echo(over)
            hearing.join()


def test_an_id_is_written_nowhere(tmp_path: Path, redis_server: RedisServer) -> None:
    extra = {"LOG_LEVEL": "DEBUG", "LOG_FORMAT": "json", "METRICS_PORT": "0"}
    with Deployment(tmp_path, redis_server, **extra) as deployment, overheard(redis_server) as said:
        deployment.start_control()
        deployment.start_workers("lite")
        with httpx.Client(base_url=deployment.start_web(), timeout=60) as http:
            caller = Caller(http)
            session_id = caller.ready_session()
            with listening(str(http.base_url)) as listener:
                assert listener.subscribe(session_id)["ok"]
                job_id = caller.start(session_id, mode="simulation").json()["job_id"]
                while (event := listener.next(60))["event_type"] != "pipeline_completed":
                    assert event["session_id"] == session_id
            assert caller.voice(session_id, recording()[:-7] + b"garbage").status_code < 500
            assert caller.face(session_id, b"no picture").status_code == 422
            report = http.get(f"/process/{job_id}").json()
            assert http.get(report["result"]["final_output"]["url"]).status_code == 200
            told = [
                http.get(path, headers=deployment.operator).text
                for path in ("/sessions", "/metrics", "/operations", "/quarantine", "/workers")
            ]
            http.get(f"/nothing/{session_id}")
            http.get(f"/process/{session_id}")
            assert http.post(f"/session/{session_id}/close").status_code == 200
        name = name_of(session_id)
        assert name in told[0]
        until(lambda: any(name in command for command in said), "Redis hears of the session")
        assert name in deployment.log
        places = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
        assert any(name.encode() in kept for kept in places.values())
        assert [command for command in said if session_id in command] == []
        assert [text_ for text_ in told if session_id in text_] == []
        assert [path for path, kept in places.items() if session_id.encode() in kept] == []
        assert [path for path in tmp_path.rglob("*") if session_id in path.name] == []


def test_a_name_opens_nothing(caller: Caller) -> None:
    session_id = caller.ready_session()
    name = name_of(session_id)
    problem(caller.http.get(f"/session/{name}/status"), 404, "SESSION_NOT_FOUND")
    problem(caller.face(name), 404, "SESSION_NOT_FOUND")
    problem(caller.start(name), 404, "SESSION_NOT_FOUND")
    key = {"X-Session-ID": name}
    job_id = caller.start(session_id).json()["job_id"]
    problem(caller.http.get(f"/process/{job_id}", headers=key), 404, "JOB_NOT_FOUND")


def test_sessions_from_before_go_on(either: Settings) -> None:
    """Their ids were kept as they are: each is its own name until it has ended."""
    session_id, other = "0123456789abcdef" * 2, "fedcba9876543210" * 2
    app = create_app(either)
    upgrade(app)
    with app.app_context():
        flask_migrate.downgrade(revision="0008")
        with db.engine.begin() as connection:
            for known in (session_id, other):
                connection.execute(
                    text(
                        "INSERT INTO session (id, user_id, created_at, seen_at)"
                        f" VALUES ('{known}', 'ada', '2026-01-01', '2099-01-01')"
                    )
                )
        flask_migrate.upgrade()
    close(app)
    with serving(either) as address, httpx.Client(base_url=address, timeout=30) as http:
        caller = Caller(http)
        assert caller.face(session_id).status_code == 201
        job_id = caller.start(session_id).json()["job_id"]
        report = http.get(f"/process/{job_id}", headers={"X-Session-ID": session_id}).json()
        assert report["session_id"] == session_id
        foreign = http.get(f"/process/{job_id}", headers={"X-Session-ID": other})
        problem(foreign, 404, "JOB_NOT_FOUND")
        with listening(address) as listener:
            assert listener.subscribe(session_id)["snapshot"]["session_id"] == session_id


@pytest.mark.parametrize("says", ["id", "name"])
def test_programs_of_ours_may_say_either(deployment: Deployment, says: str) -> None:
    with deployment.app.app_context():
        session_id = ConcurrentSessionManager().create_session("ada")
    said = session_id if says == "id" else name_of(session_id)
    manager = RealtimeProgressManager(deployment.app)
    job_id = manager.start_stage(said, "voice", 5.0)
    picture = manager.get_session_progress(said)
    assert picture["session_id"] == said
    assert [job["job_id"] for job in picture["jobs"]] == [job_id]
    with deployment.app.app_context():
        assert deployment.job(job_id).session_id == name_of(session_id)
