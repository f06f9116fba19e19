"""One control leads; a standby takes its place when it dies, and when it stands still."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise

import pytest
from flask import Flask
from kombu.exceptions import OperationalError
from sqlalchemy import create_engine, text

from config.settings import Settings
from tests.services.waiting import until
from tests.web.conftest import close
from web.app import create_app
from web.control.cancellations import Terminations
from web.control.leader import Leadership
from web.control.loop import DOCUMENTS_AT_ONCE, Controller
from web.db.columns import now
from web.db.engine import db, writing
from web.jobs.models import Job
from web.services import current_services
from web.sessions.directories import directory_of
from web.sessions.models import UserSession

PATIENCE = 1.5
LEADER = """
import sys, time
from sqlalchemy import create_engine
from web.control.leader import Leadership

leadership = Leadership(create_engine(sys.argv[1]), float(sys.argv[2]))
assert leadership.acquire()
while leadership.is_held():
    print("leads", flush=True)
    time.sleep(0.1)
print("leads no more", flush=True)
"""


@pytest.fixture
def app(either: Settings) -> Iterator[Flask]:
    app = create_app(either)
    with app.app_context():
        yield app
    close(app)


@pytest.fixture
def standby(app: Flask) -> Iterator[Leadership]:
    leadership = Leadership(db.engine, PATIENCE)
    yield leadership
    leadership.close()


@contextmanager
def a_leader(settings: Settings) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", LEADER, settings.database_url, str(PATIENCE)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "leads\n"
        yield process
        process.kill()


def test_one_that_is_stopped_leads_no_more(standby: Leadership, either: Settings) -> None:
    with a_leader(either) as leader:
        assert not standby.acquire()
        leader.send_signal(signal.SIGSTOP)
        until(standby.acquire, "the standby leads")
        assert standby.is_held()
        leader.send_signal(signal.SIGCONT)
        told, _ = leader.communicate(timeout=10)
        assert leader.returncode == -signal.SIGKILL or told.endswith("leads no more\n")
        assert standby.is_held()


def test_no_connection_keeps_locks_for_one_that_is_stopped(postgres_url: str) -> None:
    """Not even one that was there before."""
    engine = create_engine(postgres_url)
    with engine.connect():
        """It goes back to the pool."""
    leadership = Leadership(engine, PATIENCE)
    with engine.connect() as connection:
        patience = connection.scalar(text("SHOW idle_in_transaction_session_timeout"))
    leadership.close()
    engine.dispose()
    assert patience == f"{int(1000 * PATIENCE)}ms"


def test_one_that_turns_is_left_alone(standby: Leadership, either: Settings) -> None:
    with a_leader(either) as leader:
        assert leader.stdout is not None
        for _ in range(20):  # for longer than patience lasts
            assert leader.stdout.readline() == "leads\n"
            assert not standby.acquire()
        leader.kill()
        until(standby.acquire, "the standby leads")


def test_one_whose_broker_goes_away_goes_on(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who ends a process tells it through Celery, and that speaks of Redis by its own error."""
    control = Controller(current_services())
    asked = 0

    def enforce(_: Terminations) -> None:
        nonlocal asked
        asked += 1
        if asked == 1:
            raise OperationalError("connection refused")
        control.stop_event.set()

    monkeypatch.setattr(Terminations, "enforce", enforce)
    control.run()
    assert asked == 2


def test_a_new_leader_writes_session_documents_in_batches_and_confirms_its_lead_between_them(
    app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or it loses the lead again meanwhile, and the next one as well."""
    services, jobs = current_services(), 2 * DOCUMENTS_AT_ONCE
    with writing() as db:
        db.add(UserSession(id="session", user_id="ada"))
        db.flush()
        ended = {"options": {}, "inputs": {}, "state": "cancelled", "finished_at": now()}
        db.add_all(Job(session_id="session", **ended) for _ in range(jobs))
    directory = directory_of(services.settings, "session")
    directory.make()
    control = Controller(services)
    confirm = Leadership.is_held
    written = [0]

    def is_held(leadership: Leadership) -> bool:
        written.append(len(directory.names("metadata")))
        if written[-1] >= jobs:
            control.stop_event.set()
        return confirm(leadership)

    monkeypatch.setattr(Leadership, "is_held", is_held)
    control.run()
    assert written[-1] >= jobs
    # The description of the session itself lies beside those of the jobs.
    assert max(after - before for before, after in pairwise(written)) <= DOCUMENTS_AT_ONCE + 1
