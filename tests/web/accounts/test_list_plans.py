"""No list of accounts, invitations or audit entries reads a whole table."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

import pytest
from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from config.settings import Settings
from tests.web.conftest import close
from tests.web.jobs.test_library_plans import _plans, _scans
from web.accounts import administration, api_keys, invitations
from web.accounts.administration import Search
from web.accounts.identities import Identity
from web.accounts.models import Invitation, Org, User, owner_of
from web.app import create_app
from web.audit import log
from web.db.columns import now
from web.db.engine import db as database
from web.db.engine import reading, writing

ANYONE: Final = Identity("https://id.example.com", "1", "user1@example.com")
LISTS: Final[dict[str, Callable[[Session], Any]]] = {
    "administrators": lambda db: administration.users(db, Search(role="admin")),
    "premium users": lambda db: administration.users(db, Search(plan="premium")),
    "users by address": lambda db: administration.users(db, Search(q="user1")),
    "suspended users by address": lambda db: administration.users(
        db, Search(q="user1", suspended=True)
    ),
    "later users": lambda db: administration.users(
        db, Search(cursor=administration.users(db, Search(limit=1)).next_cursor)
    ),
    "keys of a user": lambda db: api_keys.of_user(db, "usr_1"),
    "invitation of an address": lambda db: invitations.of_address(db, str(ANYONE.email)),
    "audit of a person": lambda db: log.about(db, owner_of("usr_1")),
}
IN_ORDER: Final[dict[str, Callable[[Session], Any]]] = {
    "users_by_age": lambda db: administration.users(db, Search(limit=1, suspended=False)),
    "suspended_users_by_age": lambda db: administration.users(db, Search(suspended=True)),
    "invitations_by_age": lambda db: invitations.listed(db, None, 1),
}


def _fill() -> None:
    with writing() as db:
        db.add(Org(id="org_1"))
        db.flush()
        for number in range(4):
            db.add(User(id=f"usr_{number}", email=f"user{number}@example.com", org_id="org_1"))
            db.add(Invitation(digest=f"{number}", expires_at=now()))


def test_each_list_of_accounts_has_its_index(either: Settings) -> None:
    app = create_app(either)
    with app.app_context():
        _fill()
        with reading() as db:
            if either.database_url.startswith("postgresql"):
                # So few rows are read faster without an index; this asks if one would do.
                db.execute(text("SET LOCAL enable_seqscan = off"))
                db.execute(text("SET LOCAL enable_sort = off"))
            found = {name: _plans(db, run)[-1] for name, run in LISTS.items()}
            in_order = {index: _plans(db, run)[-1] for index, run in IN_ORDER.items()}
    close(app)
    assert {name: plan for name, plan in found.items() if _scans(plan)} == {}
    # Their pages are the beginning of an index that has their order.
    for index, plan in in_order.items():
        assert f" {index}" in plan
        assert not any(word in plan for word in ("Seq Scan", "Sort", "TEMP B-TREE"))


@pytest.mark.slow
def test_addresses_are_found_among_100_000_by_their_index(either: Settings) -> None:
    app = create_app(either)
    with app.app_context():
        with writing() as db:
            db.add(Org(id="org_1"))
            db.flush()
            at = now()
            rows = [
                {
                    "id": f"usr_{number}",
                    "email": f"user{number}@example.com",
                    "org_id": "org_1",
                    "created_at": at - timedelta(seconds=number),
                }
                for number in range(100_000)
            ]
            db.execute(insert(User), rows)
        with database.engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("ANALYZE"))
        search = Search(q="USER99")
        with reading() as db:
            [plan] = _plans(db, lambda db: administration.users(db, search))
            page = administration.users(db, search)
    close(app)
    assert not _scans(plan)
    assert "email" in plan  # and not each user in the order of the list
    assert [user.id for user in page.rows[:3]] == ["usr_99", "usr_990", "usr_991"]
