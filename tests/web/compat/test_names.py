"""`docs/first-design.md`: every name is there, every call answers as the page says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from config.settings import Settings
from tasks.domain.errors import SessionNotFoundError
from tests.deployment import ROOT, Deployment
from tests.services.redis_server import RedisServer
from tests.web.samples import picture, recording
from web.compat.errors import ExceptionHandler
from web.compat.files import SecureFileValidator
from web.compat.progress import RealtimeProgressManager
from web.compat.resources import CleanupPriority, MemoryCleanupManager
from web.compat.sessions import ConcurrentSessionManager
from web.db.engine import writing
from web.errors import SessionLimit, StorageFull
from web.sessions.models import UserSession
from web.sessions.names import name_of
from web.state_directory import StateDirectory
from web.uploads.candidate import FileType

PAGE = (ROOT / "docs" / "first-design.md").read_text(encoding="utf-8")
IMPORTS = re.findall(
    r"^\| `(\w+)`.* \| `\w+` \| `(from [\w.]+ import \w+)` \|$", PAGE, re.MULTILINE
)
PROMISED = (
    *("ConcurrentSessionManager", "SecureFileValidator", "FileType", "MemoryCleanupManager"),
    *(
        "ProductionModeManager",
        "CleanupPriority",
        "ExceptionHandler",
        "SessionNotFoundError",
        "RealtimeProgressManager",
    ),
)

WHOLE_LINES = """
import sys
def print(*words): sys.stdout.write(" ".join(map(str, words)) + "\\n")
"""
"""Two threads print, and `print` writes a line and its end one after the other."""


@pytest.mark.parametrize(("name", "statement"), IMPORTS)
def test_every_name_is_there(name: str, statement: str) -> None:
    found: dict[str, object] = {}
    exec(statement, found)
    assert getattr(found[name], "__name__", None) == name


def test_every_promised_name_is_on_the_page() -> None:
    assert set(PROMISED) <= {name for name, _ in IMPORTS}


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Path]:
    """The state directory of a running system that `make serve` might have started."""
    state = StateDirectory(tmp_path / "state")
    state.make()
    (tmp_path / "redis").mkdir()
    with (
        RedisServer(tmp_path / "redis", "--unixsocket", str(state.redis_socket)) as redis_server,
        Deployment(tmp_path, redis_server) as deployment,
    ):
        deployment.start_control()
        yield state.directory


def run(program: str, directory: Path, **environ: str) -> list[str]:
    """Run a program that knows nothing of our tests; return what it prints."""
    unset = {name: value for name, value in os.environ.items() if name != "REDIS_URL"}
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=directory,
        env=unset | {"CLAMD": "off", "PYTHONPATH": str(ROOT)} | environ,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_the_blocks_of_the_page_beside_a_running_server(running: Path, tmp_path: Path) -> None:
    """They are one program, which is told where the server's state is, and not its Redis."""
    blocks = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "face.png").write_bytes(picture())
    (tmp_path / "notes.txt").write_text("no picture")
    settings = {"MEMORY_CRITICAL_PERCENT": "100", "DISK_FULL_PERCENT": "100"}
    told = run(
        "\n".join([WHOLE_LINES, *blocks]), tmp_path, CALLSHEET_STATE=str(running), **settings
    )
    events = [line.split() for line in told if line.startswith(("stage_", "pro", "pipeline_"))]
    assert [event[0] for event in events] == [
        *("processing_started", "stage_started", "progress_update", "stage_completed"),
        *("stage_started", "stage_completed", "pipeline_completed"),
    ]
    assert [line for line in told if line.split()[0] not in {event[0] for event in events}] == [
        "mode: simulation",
        "copied: assets",
        "refused: EXTENSION_NOT_ALLOWED",
        "voice: simulated",
        "percent: 100.0",
        "every: 300.0",
        "health: ['memory_health', 'overall_healthy', 'production_capabilities', 'session_health']",
        "memory: True",
        "freed: 0.0",
        "open: 1",
        "ended: True",
        "error: SESSION_NOT_FOUND - The session does not exist. Create a session first.",
    ]


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
    validator = SecureFileValidator()
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


def test_a_safe_copy_in_a_directory_replaces_no_other_file(app: Flask, tmp_path: Path) -> None:
    validator = SecureFileValidator()
    (tmp_path / "clean").mkdir()
    copies = []
    for size in (300, 310):
        (tmp_path / "me.png").write_bytes(picture(size, size))
        copies.append(validator.create_safe_copy(tmp_path / "me.png", tmp_path / "clean"))
    again = validator.create_safe_copy(tmp_path / "me.png", tmp_path / "clean")
    assert again == copies[1]
    assert set((tmp_path / "clean").iterdir()) == set(copies)
    assert len(set(copies)) == 2


def test_the_largest_sizes_may_be_set(app: Flask, tmp_path: Path) -> None:
    path = tmp_path / "me.png"
    path.write_bytes(picture())
    validator = SecureFileValidator()
    validator.max_file_sizes = {FileType.FACE_IMAGE: 100}
    [error] = validator.validate_file(path, FileType.FACE_IMAGE).errors
    assert error["code"] == "TOO_LARGE"
    validator.max_file_sizes = {FileType.FACE_IMAGE: 100 * 1024**2}
    assert validator.validate_file(path, FileType.FACE_IMAGE).is_valid


def test_idle_sessions_end_on_request(app: Flask) -> None:
    manager = ConcurrentSessionManager()
    session_id = manager.create_session(user_id="ada")
    manager._cleanup_expired_sessions()
    assert len(manager.list_active_sessions()) == 1
    with writing() as db:
        row = db.get(UserSession, name_of(session_id))
        assert row is not None
        row.seen_at -= timedelta(days=30)
    manager._cleanup_expired_sessions()
    assert manager.list_active_sessions() == []


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
