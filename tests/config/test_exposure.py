"""What a server that other machines can reach must not leave open."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from config import exposure
from config.settings import ConfigurationError, Settings, read
from tests.deployment import ROOT

CLOSED = {
    "HOST": "0.0.0.0",
    "TRUSTED_PROXIES": "10.0.0.0/8",
    "OPERATOR_TOKEN": "0123456789abcdef",
    "SECRET_KEY": "fedcba9876543210",
    "REDIS_URL": "redis://web:secret@redis:6379/0",
    "DATABASE_URL": "postgresql+psycopg://callsheet@postgres/callsheet",
    "FLOWER_BASIC_AUTH": "callsheet:secret",
    "CORS_ORIGINS": "https://www.example.org, http://localhost:3000",
    "CLAMD": "required",
    "CONSENT": "required",
    "DEFAULT_MODE": "production",
}


@pytest.fixture(autouse=True)
def _no_debug(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FLASK_DEBUG", raising=False)


def settings(tmp_path: Path, changed: Mapping[str, str] | None = None) -> Settings:
    return read(CLOSED | {"CALLSHEET_STATE": str(tmp_path / "state")} | dict(changed or {}))


def test_a_closed_deployment_has_no_problem(tmp_path: Path) -> None:
    assert exposure.exposure_problems(settings(tmp_path)) == []
    exposure.enforce(settings(tmp_path))


REFUSED = {
    "redis": {"REDIS_URL": "redis://redis:6379/0"},
    "rates": {"REQUESTS_A_MINUTE": "0"},
    "operators": {"OPERATOR_TOKEN": "short"},
}
REPORTED = {
    "proxy": {"TRUSTED_PROXIES": ""},
    "operators": {"OPERATOR_TOKEN": ""},
    "secret-key": {"SECRET_KEY": ""},
    "redis": {"REDIS_URL": "redis://web:secret@8.8.8.8:6379/0"},
    "flower": {"FLOWER_BASIC_AUTH": ""},
    "cors": {"CORS_ORIGINS": "http://www.example.org"},
    "metrics": {"METRICS_PORT": "9100", "METRICS_HOST": "0.0.0.0"},
    "clamd": {"CLAMD": "optional"},
    "consent": {"CONSENT": "optional"},
    "mode": {"DEFAULT_MODE": "simulation"},
    "debug": {"LOG_LEVEL": "DEBUG"},
}


@pytest.mark.parametrize(("name", "changed"), REFUSED.items())
def test_an_exposed_server_does_not_start_with_an_unsafe_configuration(
    tmp_path: Path, name: str, changed: dict[str, str]
) -> None:
    (found,) = exposure.exposure_problems(settings(tmp_path, changed))
    assert (found.name, found.refuses) == (f"exposed/{name}", True)
    with pytest.raises(ConfigurationError, match="lets other machines in") as refusal:
        exposure.enforce(settings(tmp_path, changed))
    assert found.remedy in str(refusal.value)
    exposure.enforce(settings(tmp_path, changed | {"EXPOSURE_CHECK": "warn"}))
    exposure.enforce(settings(tmp_path, changed | {"HOST": "127.0.0.1"}))


def test_the_shared_secret_of_a_supabase_project_is_warned_of_on_every_host(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    secret = {"SUPABASE_JWT_SECRET": "a" * 40}
    for host in ("127.0.0.1", "0.0.0.0"):
        caplog.clear()
        with caplog.at_level(logging.WARNING, "config.exposure"):
            exposure.report(settings(tmp_path, secret | {"HOST": host}))
        [warning] = caplog.records
        assert "Supabase ends shared secrets with 2026" in warning.problem  # type: ignore[attr-defined]
        assert "a" * 40 not in str(vars(warning))


@pytest.mark.parametrize(("name", "changed"), REPORTED.items())
def test_problems_of_an_exposed_server_are_logged_once(
    tmp_path: Path, name: str, changed: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    (found,) = exposure.exposure_problems(settings(tmp_path, changed))
    assert (found.name, found.refuses) == (f"exposed/{name}", False)
    exposure.enforce(settings(tmp_path, changed))
    with caplog.at_level(logging.WARNING, "config.exposure"):
        exposure.report(settings(tmp_path, changed | {"HOST": "127.0.0.1"}))
        assert caplog.messages == []
        exposure.report(settings(tmp_path, changed))
    (line,) = caplog.records
    assert (line.problem, line.remedy) == (found.problem, found.remedy)  # type: ignore[attr-defined]


@pytest.mark.parametrize("url", ["unix:///run/redis.sock", "redis://127.0.0.1:6379/0"])
def test_a_local_redis_needs_no_password(tmp_path: Path, url: str) -> None:
    assert exposure.exposure_problems(settings(tmp_path, {"REDIS_URL": url})) == []


@pytest.mark.parametrize(
    "url", ["rediss://:secret@redis.example.org", "redis://redis/0?password=secret"]
)
def test_a_password_is_found_anywhere_in_the_url(tmp_path: Path, url: str) -> None:
    assert exposure.exposure_problems(settings(tmp_path, {"REDIS_URL": url})) == []


def test_an_open_state_directory_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir(mode=0o700)
    assert exposure.exposure_problems(settings(tmp_path)) == []
    (tmp_path / "state").chmod(0o755)
    (found,) = exposure.exposure_problems(settings(tmp_path))
    assert found.name == "exposed/state"


def test_sqlite_on_a_network_file_system_is_a_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(
        "/dev/sda1 / ext4 rw 0 0\nfiler:/export /srv/shared\\040disk nfs4 rw 0 0\n"
        "tmpfs /srv/shared\\040disk/fast tmpfs rw 0 0\n"
    )
    monkeypatch.setattr(exposure, "MOUNTS", mounts)

    def names(path: str) -> list[str]:
        changed = {"DATABASE_URL": f"sqlite:///{path}"}
        return [found.name for found in exposure.exposure_problems(settings(tmp_path, changed))]

    assert names("/srv/shared disk/callsheet.db") == ["exposed/database"]
    assert names("/srv/shared disk/fast/callsheet.db") == []
    assert names("/var/lib/callsheet.db") == []


def test_flask_debug_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLASK_DEBUG", "1")
    with pytest.raises(ConfigurationError, match="FLASK_DEBUG"):
        exposure.enforce(settings(tmp_path))


def test_the_web_process_refuses_with_exit_code_2(tmp_path: Path) -> None:
    """Before it opens a database or a port: nothing of the rest is there."""
    environ = os.environ | CLOSED | REFUSED["rates"] | {"CALLSHEET_STATE": str(tmp_path / "state")}
    done = subprocess.run(
        [sys.executable, "-m", "web.wsgi"],
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 2
    assert "REQUESTS_A_MINUTE=60" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "state").exists()
