"""A page of a large library is read by an index, and so are its near-duplicates and the queue."""

from __future__ import annotations

import secrets
import statistics
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

import pytest
from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from config.settings import Settings
from tests.web.conftest import close
from tests.web.jobs.test_library_plans import _plans as plans
from tests.web.jobs.test_library_plans import _scans as scans
from web.app import create_app
from web.db.columns import now
from web.db.engine import db as database
from web.db.engine import reading, writing
from web.images import listing, moderation
from web.images.listing import Search
from web.images.models import PREFIXES, STATES, LibraryItem
from web.sessions import limits

OWNER: Final = "user:usr_0"
FIRST: Final = f"img_{0:032x}"
AGES: Final = {"created_after": now() - timedelta(days=9), "created_before": now()}


def _later(db: Session) -> Any:
    first = listing.page(db, Search(OWNER, "face"))
    return listing.page(db, Search(OWNER, "face", cursor=first.next_cursor))


LISTS: Final[dict[str, Callable[[Session], Any]]] = {
    "pictures": lambda db: listing.page(db, Search(OWNER, "face")),
    "later pictures": _later,
    "recordings": lambda db: listing.page(db, Search(OWNER, "voice")),
    "recordings by name": lambda db: listing.page(db, Search(OWNER, "voice", q="ada")),
    "by state": lambda db: listing.page(db, Search(OWNER, "face", moderation="flagged")),
    "public": lambda db: listing.page(db, Search(OWNER, "face", public=True)),
    "private": lambda db: listing.page(db, Search(OWNER, "face", public=False)),
    "by age": lambda db: listing.page(db, Search(OWNER, "face", **AGES)),
    "by name": lambda db: listing.page(db, Search(OWNER, "face", q="ada")),
    "near-duplicates": lambda db: listing.page(db, Search(OWNER, "face", similar_to=FIRST)),
    "queue": lambda db: moderation.queue(db, limit=50),
}


def _fill(rows: int) -> None:
    """Add so many pictures and recordings of one owner, and a few of another."""
    common = {
        **{"name": "Ada", "original_name": "ada.png", "exif": {}},
        **{"source_sha256": "s", "sha256": "a", "bytes": 1, "media_type": "image/png"},
        **{"preview_sha256": "p", "preview_bytes": 1, "preview_type": "image/jpeg"},
    }
    items = [
        {
            **common,
            "id": f"{PREFIXES[kind]}{number:032x}",
            "kind": kind,
            "owner": OWNER if number < rows else "visitor:1",
            "moderation": STATES[number % len(STATES)],
            "public_id": secrets.token_hex(16) if number % 10 == 0 else None,
            "created_at": now() - timedelta(seconds=number),
            **{f"band_{band}": secrets.randbelow(2**16) for band in range(4)},
        }
        for kind in ("face", "voice")
        for number in range(rows + 20)
    ]
    with writing() as db:
        db.execute(insert(LibraryItem), items)


def test_each_list_has_its_index(either: Settings) -> None:
    app = create_app(either)
    with app.app_context():
        _fill(120)
        with reading() as db:
            if either.database_url.startswith("postgresql"):
                # So few rows are read faster without an index; this asks if one would do.
                db.execute(text("SET LOCAL enable_seqscan = off"))
            found = {name: plans(db, run) for name, run in LISTS.items()}
            found["quota"] = plans(db, lambda db: limits.owned_bytes(db, OWNER))
    close(app)
    assert all(found.values())
    assert {name: plan for name, made in found.items() for plan in made if scans(plan)} == {}


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_page_of_100_000_takes_at_most_50_ms(either: Settings) -> None:
    app = create_app(either)
    took: dict[str, float] = {}
    with app.app_context():
        _fill(100_000)
        with database.engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("ANALYZE"))
        for name, run in LISTS.items():
            took[name] = statistics.median(_seconds(run) for _ in range(7))
    close(app)
    print({name: f"{1000 * seconds:.1f} ms" for name, seconds in took.items()})
    assert {name: seconds for name, seconds in took.items() if seconds > 0.05} == {}


def _seconds(run: Callable[[Session], Any]) -> float:
    """Time a page in a transaction of its own."""
    with reading() as db:
        began = time.perf_counter()
        run(db)
        return time.perf_counter() - began
