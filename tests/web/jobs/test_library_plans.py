"""No list reads a whole table: the database finds an owner's rows, in their order, by an index."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, Final

import pytest
from sqlalchemy import Connection, event, insert, select, text
from sqlalchemy.orm import Session

from config.settings import Settings
from tests.web.conftest import close
from web.app import create_app
from web.db.columns import now
from web.db.engine import db as database
from web.db.engine import reading, writing
from web.jobs import library, queue
from web.jobs.library import Search
from web.jobs.models import Job
from web.sessions.models import Output, Upload, UserSession

OWNER: Final = "visitor:0"
AGES: Final = {"created_after": now() - timedelta(days=9), "created_before": now()}
LISTS: Final[dict[str, Callable[[Session], Any]]] = {
    "jobs": lambda db: library.jobs(db, Search(OWNER)),
    "running jobs": lambda db: library.jobs(db, Search(OWNER, state="running")),
    "jobs by title": lambda db: library.jobs(db, Search(OWNER, q="tea", kind="pipeline")),
    "jobs by age": lambda db: library.jobs(db, Search(OWNER, expired=True, **AGES)),
    "jobs of a session": lambda db: library.jobs(db, Search(OWNER, "s0")),
    "later jobs": lambda db: library.jobs(
        db, Search(OWNER, cursor=library.jobs(db, Search(OWNER, limit=1)).next_cursor)
    ),
    "outputs of jobs": lambda db: library.job_entries(db, library.jobs(db, Search(OWNER)).rows),
    "uploads": lambda db: library.uploads(db, Search(OWNER)),
    "uploads by title": lambda db: library.uploads(db, Search(OWNER, q="ada", kind="face", **AGES)),
    "limit of jobs": lambda db: queue.require_user_capacity(db, OWNER, 10**6),
}


@contextmanager
def _statements(connection: Connection) -> Iterator[list[tuple[str, Any]]]:
    """Collect the statements that run on a connection."""
    seen: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        seen.append((statement, parameters))

    event.listen(connection, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(connection, "before_cursor_execute", note)


def _plans(db: Session, run: Callable[[Session], Any]) -> list[str]:
    connection = db.connection()
    with _statements(connection) as seen:
        run(db)
    explain = "EXPLAIN QUERY PLAN " if connection.dialect.name == "sqlite" else "EXPLAIN "
    return [
        "\n".join(
            " ".join(map(str, row)) for row in connection.exec_driver_sql(explain + query, values)
        )
        for query, values in seen
        if query.startswith("SELECT")
    ]


def _fill(rows: int, owners: int) -> None:
    """Add as many jobs, uploads and outputs of so many owners."""
    with writing() as db:
        names = [f"s{number}" for number in range(owners)]
        of = [{"session_id": name, "owner": f"visitor:{n}"} for n, name in enumerate(names)]
        for name, owned in zip(names, of, strict=True):
            db.add(UserSession(id=name, user_id="ada", owner=owned["owner"]))
        db.flush()
        at = [now() - timedelta(minutes=number) for number in range(rows)]
        ids = [uuid.uuid4().hex[:20] for _ in range(rows)]
        states = ("succeeded", "failed", "running")
        common = [of[n % owners] | {"created_at": at[n], "id": ids[n]} for n in range(rows)]
        job = {"options": {"topic": "Tea"}, "inputs": {}}
        db.execute(
            insert(Job), [row | job | {"state": states[n % 3]} for n, row in enumerate(common)]
        )
        file = {"sha256": "a", "bytes": 1, "media_type": "x/y"}
        face = file | {"kind": "face", "filename": "ada.png"}
        db.execute(insert(Upload), [row | face for row in common])
        film = file | {"kind": "final_output"}
        db.execute(
            insert(Output),
            [row | film | {"job_id": row["id"], "filename": row["id"]} for row in common],
        )


def test_each_list_has_its_index(either: Settings) -> None:
    app = create_app(either)
    with app.app_context():
        _fill(6, 2)
        with reading() as db:
            if either.database_url.startswith("postgresql"):
                # So few rows are read faster without an index; this asks if one would do.
                db.execute(text("SET LOCAL enable_seqscan = off"))
            found = {name: _plans(db, run) for name, run in LISTS.items()}
            (everything,) = _plans(db, lambda db: list(db.scalars(select(Job).limit(1))))
    close(app)
    assert all(found.values())
    assert _scans(everything)
    scans = {name: plan for name, plans in found.items() for plan in plans if _scans(plan)}
    assert scans == {}


@pytest.mark.slow
def test_no_list_reads_a_table_of_100_000_rows(either: Settings) -> None:
    app = create_app(either)
    with app.app_context():
        _fill(100_000, 50)
        with database.engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("ANALYZE"))
        with reading() as db:
            found = {name: _plans(db, run) for name, run in LISTS.items()}
    close(app)
    scans = {name: plan for name, plans in found.items() for plan in plans if _scans(plan)}
    assert scans == {}


def _scans(plan: str) -> bool:
    """Return whether a plan reads a whole table: SQLite says SCAN, PostgreSQL Seq Scan.

    SQLite says the same of the few rows of a subquery, which is no table.
    """
    return "Seq Scan" in plan or bool(re.search(r"SCAN (?!\(subquery|anon_|CONSTANT)", plan))
