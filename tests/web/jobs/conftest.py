"""A database for tests that need no process."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from config.settings import read
from tasks.domain.job import JobState
from web.app import create_app
from web.billing.charging import Credits
from web.db.engine import db as database
from web.db.engine import writing
from web.jobs import charging
from web.sessions.models import UserSession


@pytest.fixture(scope="module")
def jobs_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    app = create_app(read({"CALLSHEET_STATE": str(tmp_path_factory.mktemp("writes"))}))
    with app.app_context():
        database.create_all()
        yield app
        database.engine.dispose()
    app.extensions["callsheet"].redis.close()


@pytest.fixture
def db(jobs_app: Flask) -> Iterator[Session]:
    """A transaction that is taken back."""
    with jobs_app.app_context(), writing() as db:
        db.add(UserSession(id="session", user_id="ada", owner="user:ada"))
        db.flush()
        yield db
        db.rollback()


class Recorded(Credits):
    """Records the runs that end."""

    def __init__(self) -> None:
        self.ended: list[tuple[int, JobState]] = []

    def end(self, db: Session, job_id: str, run: int, outcome: JobState, at: datetime) -> None:
        self.ended.append((run, outcome))


@pytest.fixture
def charged() -> Iterator[list[tuple[int, JobState]]]:
    recorded = Recorded()
    charging.declare(recorded)
    yield recorded.ended
    charging.declare(Credits())
