"""The state directory is closed to other users, and says so when it was not."""

from __future__ import annotations

import logging
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from config import private_files
from tests.services.modes import open_to_others


@pytest.fixture(autouse=True)
def open_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_files_written_after_protect_are_private(tmp_path: Path) -> None:
    state = tmp_path / "new" / "state"
    private_files.protect(state)
    (state / "logs").mkdir()
    (state / "logs" / "web.log").write_text("line\n")
    assert open_to_others(state) == []
    assert mode(state / "logs" / "web.log") == 0o600


def test_an_open_directory_is_closed_with_one_log_line(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    state, outside = tmp_path / "state", tmp_path / "outside"
    outside.write_text("not ours to change")
    for part in ("store/objects", "redis"):
        (state / part).mkdir(parents=True)
    (state / "store" / "objects" / "video").write_bytes(b"video")
    (state / "store" / "read-only").write_bytes(b"evidence")
    (state / "store" / "read-only").chmod(0o444)
    (state / "run.sh").write_text("#!/bin/sh\n")
    (state / "run.sh").chmod(0o755)
    (state / "link").symlink_to(outside)
    (state / "broken").symlink_to(tmp_path / "nothing")

    with caplog.at_level(logging.INFO, "config.private_files"):
        private_files.protect(state)
        private_files.protect(state)

    assert open_to_others(state) == []
    assert mode(state / "store" / "read-only") == 0o400
    assert mode(state / "run.sh") == 0o700
    assert mode(outside) == 0o666
    (record,) = caplog.records
    assert record.message == "state directory closed to other users"
    assert (record.directory, record.entries) == (str(state), 7)  # type: ignore[attr-defined]


def test_a_directory_of_another_user_is_reported_and_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A volume may belong to root and be open to the group of the container's user."""
    (tmp_path / "state").mkdir()
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    private_files.tighten(tmp_path / "state")
    assert mode(tmp_path / "state") == 0o777
    assert "belongs to another user" in caplog.text


def test_owner_only_restores_the_umask(tmp_path: Path) -> None:
    with private_files.owner_only():
        (tmp_path / "inside").touch()
    (tmp_path / "after").touch()
    assert (mode(tmp_path / "inside"), mode(tmp_path / "after")) == (0o600, 0o666)
