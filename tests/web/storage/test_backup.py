"""A backup of a running system, restored beside it: another database, another store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deployment import House
from tests.services.redis_server import RedisServer
from tests.services.s3 import S3Server
from web.storage import backup
from web.storage.backup import BackupRefused


@pytest.fixture
def elsewhere(tmp_path: Path, postgres_url: str, s3: S3Server, monkeypatch) -> Iterator[House]:
    """PostgreSQL and S3 instead of SQLite and a directory, and a Redis that knows nothing."""
    for name, value in s3.environment.items():
        monkeypatch.setenv(name, value)
    place = tmp_path / "elsewhere"
    (place / "redis").mkdir(parents=True)
    variables = {"DATABASE_URL": postgres_url, "ARTIFACTS_URL": s3.bucket()}
    with RedisServer(place / "redis") as server, House(place, server, **variables) as house:
        yield house


@pytest.mark.slow
def test_what_was_saved_goes_on_elsewhere(house: House, elsewhere: House, tmp_path: Path) -> None:
    house.start_control()
    house.start_workers("lite")
    _, finished = house.submit(seed=1)
    done = house.until_ended(finished)
    assert done.state == "succeeded"
    house.kill_tree("worker-0")
    _, waiting = house.submit(seed=1, captions=False)

    saved = _save(house, tmp_path / "backup")
    again = _save(house, tmp_path / "backup")
    assert saved.objects > 10
    assert again.objects == 0
    assert again.rows >= saved.rows

    restored = _restore(elsewhere, tmp_path / "backup")
    assert (restored.rows, restored.objects) == (again.rows, saved.objects)
    assert elsewhere.job(finished).result == done.result
    assert [run.artifact for run in elsewhere.runs(finished)] == [
        run.artifact for run in house.runs(finished)
    ]
    # The job that waited goes on, and finds what the other one had made.
    elsewhere.start_control()
    elsewhere.start_workers("lite")
    assert elsewhere.until_ended(waiting).state == "succeeded"
    computed = {run.stage for run in elsewhere.runs(waiting) if not run.found}
    assert computed == {"assemble"}
    _, new = elsewhere.submit(seed=2)
    assert elsewhere.until_ended(new).state == "succeeded"


def test_a_backup_of_one_machine_on_another(
    house: House, tmp_path: Path, redis_server: RedisServer
) -> None:
    """SQLite and a directory, as most have it: every moment comes back as the moment it was."""
    _, job_id = house.accept()
    saved = _save(house, tmp_path / "backup")
    (tmp_path / "other").mkdir()
    with House(tmp_path / "other", redis_server) as other:
        restored = _restore(other, tmp_path / "backup")
        assert (restored.rows, restored.objects) == (saved.rows, saved.objects)
        assert other.job(job_id).created_at == house.job(job_id).created_at
        again = _save(other, tmp_path / "again")
    assert (again.rows, again.objects) == (saved.rows, saved.objects)


def test_nothing_is_restored_over_what_is_there(house: House, tmp_path: Path) -> None:
    house.accept()
    _save(house, tmp_path / "backup")
    with pytest.raises(BackupRefused, match="not empty"):
        _restore(house, tmp_path / "backup")
    with pytest.raises(BackupRefused, match="no backup"):
        _restore(house, tmp_path / "nothing")


def _save(house: House, directory: Path) -> backup.Summary:
    with house.app.app_context():
        return backup.save(house.settings.artifacts_url, directory)


def _restore(house: House, directory: Path) -> backup.Summary:
    with house.app.app_context():
        return backup.restore(house.settings.artifacts_url, directory)
