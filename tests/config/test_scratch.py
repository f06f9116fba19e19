"""Temporary files: those of dead processes are removed, those of living ones are kept."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from config import scratch
from config.scratch import remove_orphaned, run_directory
from config.settings import read


def test_directories_of_dead_processes_are_removed(tmp_path: Path) -> None:
    here = scratch.owner_mark().split(".")[0]
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        pass
    left = [f"job.1.voice.0.{here}.{ended.pid}.x", f"worker.{here}.{ended.pid}.own"]
    kept = [f"worker.{scratch.owner_mark()}.own", f"worker.elsewhere.{ended.pid}.own", "pymp-1"]
    for name in (*left, *kept):
        (tmp_path / name).mkdir()
    with run_directory(tmp_path, "job.1.face.all") as mine:
        remove_orphaned(tmp_path)
        assert {path.name for path in tmp_path.iterdir()} == {*kept, mine.name}


def test_the_next_run_finds_nothing_of_the_last(tmp_path: Path) -> None:
    with run_directory(tmp_path, "job.1.face.all") as first:
        (first / "out").mkdir()
        (first / "out" / "still.png").write_text("pixels")
    with run_directory(tmp_path, "job.1.voice.0") as second:
        assert list(tmp_path.iterdir()) == [second]
    scratch.finish_removals()
    assert not list(tmp_path.iterdir())


def test_a_run_that_fails_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="broken"), run_directory(tmp_path, "job.1.face.all"):
        raise ValueError("broken")
    scratch.finish_removals()
    assert not list(tmp_path.iterdir())


def test_libraries_write_to_the_temporary_directory_of_the_worker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", "")
    monkeypatch.setattr(tempfile, "tempdir", None)
    scratch.use_own_directory(read({"CALLSHEET_STATE": str(tmp_path)}))
    with tempfile.TemporaryDirectory() as made:
        assert scratch.is_owner_alive(Path(made).parent.name)
        assert str(os.getpid()) in made
