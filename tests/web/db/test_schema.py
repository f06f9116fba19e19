"""An older version starts on the tables of a newer one that supports it, and on no others."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy import text

from config.settings import Settings
from web.cli.__main__ import main
from web.db.engine import db
from web.db.schema import SchemaNotUsable, SchemaState, revisions
from web.migrate import downgrade, require_tables, schema_of, upgrade

KNOWN = revisions()


def become_newer(app: Flask, oldest: str) -> None:
    """What an upgrade by a newer version leaves, which supports code from `oldest` on."""
    with app.app_context(), db.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9001'"))
        connection.execute(text("UPDATE schema_support SET revision = :oldest"), {"oldest": oldest})


def test_code_works_with_newer_tables_that_support_it(app: Flask) -> None:
    become_newer(app, KNOWN[0])
    upgrade(app)
    require_tables(app)
    assert schema_of(app).state is SchemaState.NEWER
    assert schema_of(app).present == "9001"


def test_code_refuses_newer_tables_that_do_not_support_it(app: Flask) -> None:
    become_newer(app, "9001")
    for use in (upgrade, require_tables):
        with pytest.raises(SchemaNotUsable, match="migrate down --to"):
            use(app)
    assert schema_of(app).present == "9001"


@pytest.mark.parametrize("oldest", [KNOWN[0], "9001"])
def test_only_the_newer_version_changes_its_tables_back(app: Flask, oldest: str) -> None:
    become_newer(app, oldest)
    with pytest.raises(SchemaNotUsable, match="only the version"):
        downgrade(app, KNOWN[1])


@pytest.mark.parametrize("revision", ["9001", "", "head-1", "base"])
def test_unknown_versions_are_refused(app: Flask, revision: str) -> None:
    for move in (upgrade, downgrade):
        with pytest.raises(SchemaNotUsable, match="does not know"):
            move(app, revision)
    assert schema_of(app).state is SchemaState.CURRENT


def run(settings: Settings, *arguments: str) -> Result:
    environ = {"CALLSHEET_STATE": str(settings.state), "REDIS_URL": settings.redis_url}
    return CliRunner(env=environ).invoke(main, arguments)


def test_commands_beside_a_system_do_not_upgrade_it(
    app: Flask, settings: Settings, tmp_path: Path
) -> None:
    downgrade(app, KNOWN[1])
    saved = run(settings, "backup", str(tmp_path / "backup"))
    listed = run(settings, "users", "list")
    assert saved.exit_code == 0, saved.output
    assert listed.exit_code == 1
    assert "callsheet migrate up" in listed.output
    assert schema_of(app).present == KNOWN[1]


def test_tables_are_shown_upgraded_and_changed_back(app: Flask, settings: Settings) -> None:
    assert run(settings, "migrate", "status").exit_code == 0
    back = run(settings, "migrate", "down", "--to", KNOWN[1], "--yes")
    assert back.exit_code == 0, back.output
    behind = run(settings, "migrate", "status")
    assert behind.exit_code == 1
    assert f"version {KNOWN[1]}" in behind.output
    assert run(settings, "migrate", "down", "--to", KNOWN[1]).exit_code == 1  # not confirmed
    assert run(settings, "migrate", "up").exit_code == 0
    assert run(settings, "migrate", "status").exit_code == 0
