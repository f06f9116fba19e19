"""No question of operators reads a whole table, however many jobs there were."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from config.settings import Settings
from tests.web.analytics.works import Past
from tests.web.conftest import close
from tests.web.jobs.test_library_plans import _plans, _scans
from web.analytics import daily, report, rollup
from web.app import create_app
from web.db.columns import now
from web.db.engine import db as database
from web.db.engine import reading
from web.jobs import overview
from web.jobs.overview import Search
from web.services import current_services

OWNER: Final = "visitor:7"
DAYS: Final = 30
QUESTIONS: Final[dict[str, Callable[[Session], Any]]] = {
    "figures of a day": lambda db: daily.compute(db, now().date() - timedelta(days=1)),
    "analytics": lambda db: report.report(db, current_services().settings, DAYS, now().date()),
    "jobs": lambda db: overview.jobs(db, Search()),
    "failed jobs": lambda db: overview.jobs(db, Search(state="failed")),
    "jobs by code": lambda db: overview.jobs(db, Search(code="STAGE_FAILED", state="failed")),
    "jobs of an owner": lambda db: overview.jobs(db, Search(owner=OWNER)),
    "jobs by age": lambda db: overview.jobs(
        db, Search(created_before=now() - timedelta(days=2), created_after=now() - timedelta(9))
    ),
    "later jobs": lambda db: overview.jobs(
        db, Search(cursor=overview.jobs(db, Search(limit=1)).next_cursor)
    ),
    "engines of jobs": lambda db: overview.entries(db, overview.jobs(db, Search()).rows),
}
MOST_SECONDS: Final = 0.2


def _unindexed(plan: str) -> bool:
    """Return whether a plan reads a whole table; the pages of all jobs read along an index."""
    return any(_scans(line) and "USING" not in line for line in plan.splitlines())


def test_each_question_has_its_index(either: Settings) -> None:
    app = create_app(either)
    with app.app_context():
        Past(30, now(), timedelta(hours=8)).write()
        rollup.refresh(current_services().redis)
        with reading() as db:
            if either.database_url.startswith("postgresql"):
                # So few rows are read faster without an index; this asks if one would do.
                db.execute(text("SET LOCAL enable_seqscan = off"))
            found = {name: _plans(db, run) for name, run in QUESTIONS.items()}
    close(app)
    assert all(found.values())
    assert {n: plan for n, plans in found.items() for plan in plans if _unindexed(plan)} == {}


@pytest.mark.slow
@pytest.mark.timeout(1800)  # to fill the tables
def test_questions_are_answered_fast_at_100_000_jobs(either: Settings) -> None:
    app = create_app(either)
    with app.app_context():
        Past(100_000, now(), timedelta(days=DAYS) / 100_000, owners=5_000).write()
        with database.engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("ANALYZE"))
        client = current_services().redis
        for _ in range(DAYS + 1):  # one turn computes a day at least
            rollup.refresh(client)
        with reading() as db:
            took = {name: min(_timed(db, run) for _ in range(3)) for name, run in QUESTIONS.items()}
            found = report.report(db, current_services().settings, DAYS, now().date())
    close(app)
    assert found["jobs"]["started"] >= 96_000  # those of the first, cut day are not asked for
    print({name: round(1000 * seconds) for name, seconds in took.items()}, "ms")
    # What the controller computes in the background may take longer: no request waits for it.
    assert took.pop("figures of a day") < 15 * MOST_SECONDS
    assert {name: seconds for name, seconds in took.items() if seconds > MOST_SECONDS} == {}


def _timed(db: Session, run: Callable[[Session], Any]) -> float:
    began = time.perf_counter()
    run(db)
    return time.perf_counter() - began
