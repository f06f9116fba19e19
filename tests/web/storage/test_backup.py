"""A backup of a running system, restored beside it: another database, another store."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.settings import read
from tests.deployment import Deployment
from tests.services.redis_server import RedisServer
from tests.services.s3 import S3Server
from web.base_app import create_base_app
from web.cli.commands.backup import rehearse, restore_backup, save_backup
from web.db.engine import db
from web.migrate import upgrade
from web.storage import backup
from web.storage.backup import BackupRefused


@pytest.fixture
def elsewhere(tmp_path: Path, postgres_url: str, s3: S3Server, monkeypatch) -> Iterator[Deployment]:
    """PostgreSQL and S3 instead of SQLite and a directory, and a Redis that knows nothing."""
    for name, value in s3.environment.items():
        monkeypatch.setenv(name, value)
    place = tmp_path / "elsewhere"
    (place / "redis").mkdir(parents=True)
    variables = {"DATABASE_URL": postgres_url, "ARTIFACTS_URL": s3.bucket()}
    with (
        RedisServer(place / "redis") as server,
        Deployment(place, server, **variables) as deployment,
    ):
        yield deployment


@pytest.mark.slow
def test_restored_system_continues_on_other_services(
    deployment: Deployment, elsewhere: Deployment, tmp_path: Path
) -> None:
    deployment.start_control()
    deployment.start_workers("lite")
    _, finished = deployment.submit(seed=1)
    done = deployment.until_ended(finished)
    assert done.state == "succeeded"
    deployment.kill_tree("worker-0")
    _, waiting = deployment.submit(seed=1, captions=False)

    saved = _save(deployment, tmp_path / "backup")
    again = _save(deployment, tmp_path / "backup")
    assert saved.objects > 10
    assert again.objects == 0
    assert again.rows >= saved.rows

    restored = _restore(elsewhere, tmp_path / "backup")
    assert (restored.rows, restored.objects) == (again.rows, saved.objects)
    assert elsewhere.job(finished).result == done.result
    assert [run.artifact for run in elsewhere.runs(finished)] == [
        run.artifact for run in deployment.runs(finished)
    ]
    # The job that waited goes on, and finds what the other one had made.
    elsewhere.start_control()
    elsewhere.start_workers("lite")
    assert elsewhere.until_ended(waiting).state == "succeeded"
    computed = {run.stage for run in elsewhere.runs(waiting) if not run.found}
    assert computed == {"assemble"}
    _, new = elsewhere.submit(seed=2)
    assert elsewhere.until_ended(new).state == "succeeded"


def test_backup_is_restored_on_another_machine(
    deployment: Deployment, tmp_path: Path, redis_server: RedisServer
) -> None:
    """SQLite and a directory, as most have it: every moment comes back as the moment it was."""
    _, job_id = deployment.accept()
    saved = _save(deployment, tmp_path / "backup")
    (tmp_path / "other").mkdir()
    with Deployment(tmp_path / "other", redis_server) as other:
        restored = _restore(other, tmp_path / "backup")
        assert (restored.rows, restored.objects) == (saved.rows, saved.objects)
        assert other.job(job_id).created_at == deployment.job(job_id).created_at
        again = _save(other, tmp_path / "again")
    assert (again.rows, again.objects) == (saved.rows, saved.objects)


def test_older_rows_are_kept_and_the_drill_restores_the_newest(
    deployment: Deployment, tmp_path: Path, redis_server: RedisServer
) -> None:
    directory = tmp_path / "backup"
    counts = []
    for day in range(4):
        deployment.accept()
        saved = save_backup(deployment.app, deployment.settings.artifacts_url, directory, keep=3)
        counts.append(saved.rows)
        when = 1_700_000_000 + day * 86_400
        os.utime(directory / backup.ROWS_FILE, (when, when))
    older = sorted(path.name for path in directory.glob("ledger-*"))
    assert older == ["ledger-20231115T221320Z.jsonl.gz", "ledger-20231116T221320Z.jsonl.gz"]
    assert rehearse(deployment.settings, directory).rows == counts[-1]
    (tmp_path / "other").mkdir()
    with Deployment(tmp_path / "other", redis_server) as other:
        with pytest.raises(BackupRefused, match="20231115T221320Z, 20231116T221320Z"):
            restore_backup(other.app, other.settings.artifacts_url, directory, "yesterday")
        url = other.settings.artifacts_url
        assert restore_backup(other.app, url, directory, "20231115T221320Z").rows == counts[1]


def test_files_that_no_kept_backup_needs_leave_the_copy(tmp_path: Path) -> None:
    store, directory = tmp_path / "artifacts", tmp_path / "backup"
    app = create_base_app(read({"CALLSHEET_STATE": str(tmp_path / "state")}))
    with app.app_context():
        upgrade(app)
        kept, left = store / "blobs" / "aa" / "aaaa", store / "blobs" / "bb" / "bbbb"
        for number, path in enumerate((kept, left)):
            path.parent.mkdir(parents=True)
            path.write_text(str(number) * 10)
        copied = directory / "store" / "blobs" / "bb" / "bbbb"

        def save(day: int) -> int:
            pruned = backup.save(store.as_uri(), directory, keep=2).pruned_bytes
            when = 1_700_000_000 + day * 86_400
            os.utime(directory / backup.ROWS_FILE, (when, when))
            return pruned

        assert save(0) == 0
        left.unlink()
        assert save(1) == 0
        assert copied.exists()  # the older backup may be restored
        assert save(2) == 10
        assert not copied.exists()
        assert (directory / "store" / "blobs" / "aa" / "aaaa").exists()
        assert [path.name for path in directory.glob("objects-*")] == [
            "objects-20231115T221320Z.txt.gz"
        ]
        # A backup of a version that wrote no list keeps everything.
        kept.unlink()
        (directory / "objects-20231115T221320Z.txt.gz").unlink()
        (directory / "objects.txt.gz").unlink()
        assert save(3) == 0
        assert (directory / "store" / "blobs" / "aa" / "aaaa").exists()
        db.engine.dispose()


def test_the_drill_finds_a_damaged_backup(deployment: Deployment, tmp_path: Path) -> None:
    directory = tmp_path / "backup"
    deployment.accept()
    saved = _save(deployment, directory)
    assert rehearse(deployment.settings, directory).objects == saved.objects
    (file,) = (path for path in (directory / "store" / "blobs").rglob("*") if path.is_file())
    file.write_bytes(b"another")
    with pytest.raises(BackupRefused, match="damaged"):
        rehearse(deployment.settings, directory)
    rows = directory / backup.ROWS_FILE
    rows.write_bytes(rows.read_bytes()[:-20])
    with pytest.raises((BackupRefused, EOFError)):
        rehearse(deployment.settings, directory)


def test_restore_refuses_a_database_with_rows(deployment: Deployment, tmp_path: Path) -> None:
    deployment.accept()
    _save(deployment, tmp_path / "backup")
    with pytest.raises(BackupRefused, match="not empty"):
        _restore(deployment, tmp_path / "backup")
    with pytest.raises(BackupRefused, match="no backup"):
        _restore(deployment, tmp_path / "nothing")


def _save(deployment: Deployment, directory: Path) -> backup.Summary:
    return save_backup(deployment.app, deployment.settings.artifacts_url, directory)


def _restore(deployment: Deployment, directory: Path) -> backup.Summary:
    return restore_backup(deployment.app, deployment.settings.artifacts_url, directory)
