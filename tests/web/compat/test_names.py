"""`docs/first-design.md`: every name is there, every call answers as the page says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask

from config.settings import Settings
from tasks.domain.errors import SessionNotFoundError
from tests.deployment import ROOT
from tests.services.redis_server import RedisServer
from tests.web.samples import picture, recording
from web.compat.errors import ExceptionHandler
from web.compat.progress import RealtimeProgressManager
from web.compat.resources import CleanupPriority, MemoryCleanupManager
from web.compat.sessions import ConcurrentSessionManager
from web.errors import SessionLimit, StorageFull
from web.services import current_services
from web.sessions.names import name_of
from web.uploads.candidate import FileType

PAGE = (ROOT / "docs" / "first-design.md").read_text(encoding="utf-8")
IMPORTS = re.findall(r"^\| `(\w+)`.* \| `(from [\w.]+ import \w+)` \|$", PAGE, re.MULTILINE)
PROMISED = (
    *("ConcurrentSessionManager", "SecureFileValidator", "FileType", "MemoryCleanupManager"),
    *("CleanupPriority", "ExceptionHandler", "SessionNotFoundError", "RealtimeProgressManager"),
)


@pytest.mark.parametrize(("name", "statement"), IMPORTS)
def test_every_name_is_there(name: str, statement: str) -> None:
    found: dict[str, object] = {}
    exec(statement, found)
    assert getattr(found[name], "__name__", None) == name


def test_every_promised_name_is_on_the_page() -> None:
    assert set(PROMISED) <= {name for name, _ in IMPORTS}


def test_the_program_of_the_page(tmp_path: Path, redis_server: RedisServer) -> None:
    """As in a program without our application."""
    [program] = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    environ = os.environ | {"CALLSHEET_STATE": str(tmp_path / "state"), "CLAMD": "off"}
    environ |= {"REDIS_URL": redis_server.url, "PYTHONPATH": str(ROOT)}
    environ |= {"MEMORY_CRITICAL_PERCENT": "100", "MEMORY_WARNING_PERCENT": "100"}
    environ |= {"STORAGE_WARNING_PERCENT": "100", "DISK_FULL_PERCENT": "100"}
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=environ,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0].startswith("False ['")
    assert done.stdout.splitlines()[1:] == ["healthy False", "SESSION_NOT_FOUND", "True low"]


def test_sessions(app: Flask) -> None:
    manager = ConcurrentSessionManager(max_concurrent_sessions=1)
    session_id = manager.create_session(user_id="ada")
    with pytest.raises(SessionLimit):
        manager.create_session(user_id="eve")
    place = manager.get_session_isolation_path(session_id)
    rooms = {"metadata", "assets", "processing", "output", "temp"}
    assert {path.name for path in place.iterdir()} == rooms
    status = manager.get_system_status()
    assert status == {"active_sessions": 1, "max_sessions": 1, "system_healthy": True}
    [listed] = manager.list_active_sessions()
    assert listed["session_id"] == name_of(session_id)
    told = {"session_id", "user_id", "created_at", "seen_at", "storage_bytes", "working"}
    assert set(listed) == told
    assert manager.cleanup_session(session_id, force=True) is True
    assert manager.list_active_sessions() == []


def test_files(app: Flask, tmp_path: Path) -> None:
    validator = current_services().validator
    sizes = validator.max_file_sizes
    assert sizes[FileType.FACE_IMAGE] == 10 * 1024**2
    assert sizes[FileType.VOICE_AUDIO] == 50 * 1024**2
    for name, data, expected in (
        ("me.png", picture(), FileType.FACE_IMAGE),
        ("me.wav", recording(), FileType.VOICE_AUDIO),
    ):
        path = tmp_path / name
        path.write_bytes(data)
        verdict = validator.validate_file(file_path=str(path), expected_type=expected)
        assert (verdict.is_valid, verdict.errors) == (True, [])
        other = next(kind for kind in FileType if kind is not expected)
        refused = validator.validate_file(str(path), other)
        assert refused.is_valid is False
        assert {"layer", "code", "message"} <= set(refused.errors[0])
        copy = validator.create_safe_copy(str(path), str(tmp_path / f"copy-{name}"))
        assert Path(copy).stat().st_size > 0


def test_resources(app: Flask, settings: Settings) -> None:
    manager = MemoryCleanupManager()
    assert (manager.memory_warning_threshold, manager.storage_warning_threshold) == (70.0, 80.0)
    assert set(manager.cleanup_intervals) == set(CleanupPriority)
    assert manager.cleanup_intervals[CleanupPriority.HIGH] == 300
    manager.memory_warning_threshold = manager.memory_critical_threshold = 100.0
    manager.storage_warning_threshold = manager.storage_critical_threshold = 100.0
    health = manager.check_resource_health()
    assert (health["overall_health"], health["immediate_actions_needed"]) == ("healthy", False)
    manager.memory_critical_threshold = 0.0
    health = manager.check_resource_health()
    assert (health["overall_health"], health["immediate_actions_needed"]) == ("critical", True)
    assert isinstance(health["recommendations"], list)
    used = manager.get_resource_usage()["system_stats"]
    assert set(used) >= {"memory", "storage", "cpu", "network"}
    assert 0 < used["memory"]["used_percent"] < 100
    for cleaned in (manager.force_cleanup(), manager.emergency_cleanup()):
        keys = {"space_freed_mb", "priority", "seconds", "storage_usage_percent"}
        assert set(cleaned) == keys
        assert cleaned["space_freed_mb"] == 0
    assert settings.state.is_dir()


@pytest.mark.parametrize(
    ("raised", "code"),
    [
        (SessionNotFoundError(), "SESSION_NOT_FOUND"),
        (StorageFull(), "STORAGE_FULL"),
        (KeyError("/etc/passwd"), "INTERNAL_ERROR"),
    ],
)
def test_exception_names_of_the_first_design(app: Flask, raised: Exception, code: str) -> None:
    told = ExceptionHandler().handle_exception(raised)
    assert told["error_code"] == code
    assert told["user_message"]
    assert "details" in told
    assert "passwd" not in str(told)


def test_progress(app: Flask) -> None:
    session_id = ConcurrentSessionManager().create_session(user_id="ada")
    manager = RealtimeProgressManager(app)
    assert manager.get_session_progress(session_id)["jobs"] == []
