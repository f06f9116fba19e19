"""Migrations and models say the same, on both databases, and survive a common start."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import flask_migrate
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from config.settings import Settings
from tests.web.conftest import close
from web.app import create_app
from web.db.engine import Base, db
from web.migrate import upgrade


def test_migrated_database_matches_the_models(either: Settings) -> None:
    app = create_app(either)
    with app.app_context(), db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, Base.metadata)
    close(app)
    assert differences == []


def test_migrations_can_be_reverted_and_applied_again(either: Settings) -> None:
    app = create_app(either)
    upgrade(app)
    with app.app_context():
        flask_migrate.downgrade(revision="base")
        assert inspect(db.engine).get_table_names() == ["alembic_version"]
        flask_migrate.upgrade()
        assert "job" in inspect(db.engine).get_table_names()
    close(app)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_several_processes_may_migrate_at_once(
    kind: str, settings: Settings, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = f"sqlite:///{tmp_path}/fresh.db"
    if kind == "postgresql":
        url = request.getfixturevalue("postgres_url")
    environ = {
        "PATH": "/usr/bin:/bin",
        "DATABASE_URL": url,
        "CALLSHEET_STATE": str(tmp_path),
        "REDIS_URL": settings.redis_url,
    }
    command = [sys.executable, "-m", "web.migrate"]
    starts = [
        subprocess.Popen(command, env=environ, stderr=subprocess.PIPE, text=True) for _ in range(3)
    ]
    ends = [(process.communicate(timeout=60)[1], process.returncode) for process in starts]
    assert [code for _, code in ends] == [0, 0, 0], ends
    app = create_app(replace(settings, database_url=url))
    upgrade(app)
    close(app)


def test_rows_survive_every_migration(either: Settings) -> None:
    app = create_app(either)
    upgrade(app)
    with app.app_context():
        flask_migrate.downgrade(revision="0001")
        with db.engine.begin() as connection:
            for statement in (
                "INSERT INTO session (id, user_id, created_at, seen_at)"
                " VALUES ('s', 'ada', '2026-01-01', '2026-01-01')",
                "INSERT INTO job (id, session_id, state, options, inputs, rank, revision, attempt,"
                " failures, published, percent, created_at)"
                " VALUES ('j', 's', 'queued', '{}', '{}', 1, 1, 1, 0, false, 0, '2026-01-01')",
                "INSERT INTO plan_revision (job_id, revision, plan, created_at)"
                " VALUES ('j', 1, '{}', '2026-01-01')",
            ):
                connection.execute(text(statement))
        flask_migrate.upgrade()
        with db.engine.connect() as connection:
            assert connection.execute(text("SELECT job_id FROM plan_revision")).scalar() == "j"
            assert connection.execute(text("SELECT id FROM job")).scalar() == "j"
            assert connection.execute(text("SELECT owner FROM session")).scalar() == "s"
    close(app)


CLAIM = "2026-01-01 00:00:10"
ROWS = {
    # id: (state, published, attempt, failures, waiting_since)
    "claimed": ("queued", False, 1, 0, None),
    "backing-off": ("running", False, 2, 1, None),
    "waits-for-a-worker": ("queued", False, 1, 0, "2026-01-01"),
    "ended": ("failed", False, 1, 0, None),
}


def test_a_claim_gets_its_own_column_and_a_back_off_keeps_it(either: Settings) -> None:
    app = create_app(either)
    upgrade(app)
    with app.app_context():
        flask_migrate.downgrade(revision="0012")
        with db.engine.begin() as connection:
            connection.execute(
                text(
                    "INSERT INTO session (id, user_id, owner, opened_from, created_at, seen_at)"
                    " VALUES ('s', 'ada', 's', '', '2026-01-01', '2026-01-01')"
                )
            )
            for name, (state, published, attempt, failures, waiting) in ROWS.items():
                connection.execute(
                    text(
                        "INSERT INTO job (id, session_id, kind, state, options, inputs,"
                        " request_id, rank, revision, attempt, rounds, failures, published,"
                        " retry_at, waiting_since, given_up, percent, size, created_at)"
                        " VALUES (:id, 's', 'pipeline', :state, '{}', '{}', '', 1, 1, :attempt,"
                        " 0, :failures, :published, :retry_at, :waiting, '[]', 0, 0,"
                        " '2026-01-01')"
                    ),
                    {
                        "id": name,
                        "state": state,
                        "attempt": attempt,
                        "failures": failures,
                        "published": published,
                        "retry_at": CLAIM,
                        "waiting": waiting,
                    },
                )
        flask_migrate.upgrade()
        assert _filled("claimed_until") == {"claimed"}
        assert _filled("retry_at") == ROWS.keys() - {"claimed"}
        flask_migrate.downgrade(revision="0012")
        assert _filled("retry_at") == ROWS.keys()
        flask_migrate.upgrade()
    close(app)


def _filled(column: str) -> set[str]:
    with db.engine.connect() as connection:
        found = connection.execute(text(f"SELECT id FROM job WHERE {column} IS NOT NULL"))
        return set(found.scalars())


def test_rows_get_the_owner_of_their_session_and_their_title(either: Settings) -> None:
    app = create_app(either)
    upgrade(app)
    with app.app_context():
        flask_migrate.downgrade(revision="0014")
        with db.engine.begin() as connection:
            for statement in OWNED_ROWS:
                connection.execute(text(statement))
        for _ in range(2):
            flask_migrate.upgrade()
            assert _rows("SELECT id, owner, org_id, title FROM job ORDER BY id") == [
                ("j1", "key:studio", None, "Tea at five"),
                ("j2", "s2", None, "A recording"),
                ("j3", "s2", None, "A recording"),
            ]
            assert _rows("SELECT id, owner, title FROM upload ORDER BY id") == [
                ("u1", "key:studio", "me.png"),
                ("u2", "key:studio", "face-preview.jpg"),
            ]
            assert _rows("SELECT id, owner FROM output") == [("o1", "key:studio")]
            flask_migrate.downgrade(revision="0014")
            assert _rows("SELECT id, owner FROM session ORDER BY id") == [
                ("s1", "key:studio"),
                ("s2", "s2"),
            ]
    close(app)


_JOB = (
    "INSERT INTO job (id, session_id, kind, state, options, inputs, request_id, rank, revision,"
    " attempt, rounds, failures, published, given_up, percent, size, created_at) VALUES"
    " ('{}', '{}', 'pipeline', 'failed', '{}', '{{}}', '', 1, 1, 1, 0, 0, false, '[]', 0, 0,"
    " '2026-01-01')"
)
_FILE = "(id, session_id, filename, kind, sha256, bytes, media_type, created_at"
OWNED_ROWS = (
    "INSERT INTO session (id, user_id, owner, opened_from, created_at, seen_at)"
    " VALUES ('s1', 'ada', 'key:studio', '', '2026-01-01', '2026-01-01')",
    "INSERT INTO session (id, user_id, owner, opened_from, created_at, seen_at)"
    " VALUES ('s2', 'ada', 's2', '', '2026-01-01', '2026-01-01')",
    _JOB.format("j1", "s1", '{"topic": "Tea at five"}'),
    _JOB.format("j2", "s2", "{}"),
    _JOB.format("j3", "s2", '["no object"]'),
    f"INSERT INTO upload {_FILE}, original_name, scanned)"
    " VALUES ('u1', 's1', 'face.png', 'face', 'a', 1, 'image/png', '2026-01-01', 'me.png', false)",
    f"INSERT INTO upload {_FILE}, original_name, shows_id, scanned) VALUES ('u2', 's1',"
    " 'face-preview.jpg', 'preview', 'b', 1, 'image/jpeg', '2026-01-01', '', 'u1', false)",
    f"INSERT INTO output {_FILE}, job_id)"
    " VALUES ('o1', 's1', 'f.mp4', 'final_output', 'c', 1, 'video/mp4', '2026-01-01', 'j1')",
)


OF_AN_ACCOUNT = (
    "INSERT INTO orgs (id, name, created_at) VALUES ('o', 'Personal', '2026-01-01')",
    "INSERT INTO users (id, email, role, org_id, created_at)"
    " VALUES ('u', 'ada@example.com', 'admin', 'o', '2026-01-01')",
    "INSERT INTO org_members (org_id, user_id, role, created_at)"
    " VALUES ('o', 'u', 'owner', '2026-01-01')",
    "INSERT INTO logins (id, user_id, device, created_at, seen_at, expires_at)"
    " VALUES ('l', 'u', '', '2026-01-01', '2026-01-01', '2026-01-31')",
    "INSERT INTO refresh_tokens (digest, login_id, created_at, expires_at)"
    " VALUES ('r', 'l', '2026-01-01', '2026-01-31')",
    "INSERT INTO identities (issuer, subject, user_id, created_at)"
    " VALUES ('https://id.example.com', '1', 'u', '2026-01-01')",
    "INSERT INTO invitations (id, digest, role, created_at, expires_at, used_by)"
    " VALUES ('i', 'i', 'user', '2026-01-01', '2026-01-08', 'u')",
    "INSERT INTO api_keys (id, user_id, org_id, name, prefix, digest, scopes, jobs_day,"
    " jobs_today, created_at, last_used_from) VALUES"
    " ('k', 'u', 'o', 'nightly', 'cs_live_ab', 'd', '[]', '', 0, '2026-01-01', '')",
    "INSERT INTO totp_factors (user_id, sealed_secret, last_step, created_at)"
    " VALUES ('u', 's', 1, '2026-01-01')",
    "INSERT INTO recovery_codes (digest, user_id, created_at) VALUES ('c', 'u', '2026-01-01')",
    "INSERT INTO audit_log (at, actor, action, target, details, address, request_id)"
    " VALUES ('2026-01-01', 'user:u', 'login.opened', 'user:u', '{}', '', '')",
)


def test_accounts_and_what_belongs_to_them_survive_later_migrations(either: Settings) -> None:
    app = create_app(either)
    upgrade(app)
    with app.app_context():
        flask_migrate.downgrade(revision="0019")
        with db.engine.begin() as connection:
            for statement in OF_AN_ACCOUNT:
                connection.execute(text(statement))
        for _ in range(2):
            flask_migrate.upgrade()
            assert _rows("SELECT email, role, plan FROM users") == [
                ("ada@example.com", "admin", "free")
            ]
            _require_all_of_an_account()
            flask_migrate.downgrade(revision="0019")
            _require_all_of_an_account()
    close(app)


def _require_all_of_an_account() -> None:
    for statement in OF_AN_ACCOUNT:
        table = statement.split()[2]
        assert _rows(f"SELECT count(*) FROM {table}") == [(1,)], table


def _rows(query: str) -> list[tuple[object, ...]]:
    with db.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]
