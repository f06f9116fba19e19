"""Logs are turned over without losing a line, and go when their time is over."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.settings import read
from tests.services.waiting import until
from web.cli.local.process_manager import Manager
from web.cli.local.process_plan import PlannedProcess
from web.control.maintenance import rotate_logs
from web.services import open_services
from web.state_directory import ROOT, StateDirectory
from web.storage.retention import log_files

COUNTING = (
    "import itertools, time; "
    "all(print(n, flush=True) or time.sleep(.001) or True for n in itertools.count())"
)


@pytest.fixture
def state(tmp_path: Path) -> Iterator[StateDirectory]:
    """With a process under supervisord that counts, line by line."""
    found = StateDirectory(tmp_path / "state")
    member = PlannedProcess("counter", (sys.executable, "-c", COUNTING), 1, worker=False)
    with Manager(found, [member], ROOT) as manager:
        manager.start(os.environ | {"CALLSHEET_STATE": str(found.directory)})
        yield found


def numbers(*files: Path) -> list[int]:
    text = "".join(file.read_text() for file in files)
    return [int(line) for line in text.splitlines()]


def test_rotation_loses_no_line(state: StateDirectory) -> None:
    log = state.logs / "counter.log"
    until(lambda: (log.exists() and len(numbers(log)) > 50) or None, "it counts")
    rotate_logs(state)
    until(lambda: (log.exists() and log.stat().st_size > 100) or None, "a new file is begun")
    [former] = state.logs.glob("counter.log.2*")
    said = (former.read_text() + log.read_text()).splitlines()[:-1]  # the last may be half written
    assert said == [str(number) for number in range(len(said))]


def test_second_rotation_on_one_day_loses_no_line(state: StateDirectory) -> None:
    log = state.logs / "counter.log"
    for _ in range(2):
        until(lambda: (log.exists() and len(numbers(log)) > 50) or None, "it counts")
        rotate_logs(state)
    until(lambda: (log.exists() and log.stat().st_size > 100) or None, "it goes on")
    [former] = state.logs.glob("counter.log.2*")
    said = (former.read_text() + log.read_text()).splitlines()[:-1]
    assert said == [str(number) for number in range(len(said))]


def test_containers_log_to_stdout_only(tmp_path: Path) -> None:
    found = StateDirectory(tmp_path / "state")
    found.make()
    (found.logs / "web.log").write_text("a line\n")
    rotate_logs(found)
    assert [path.name for path in found.logs.iterdir()] == ["web.log"]


def test_expired_files_are_deleted(tmp_path: Path) -> None:
    services = open_services(read({"CALLSHEET_STATE": str(tmp_path)}))
    logs = tmp_path / "logs"
    logs.mkdir()
    for name, days in (("web.log.1", 31), ("web.log.2026-10-01", 29), ("web.log", 0)):
        (logs / name).write_text("a line\n")
        before = time.time() - days * 86_400
        os.utime(logs / name, (before, before))
    assert log_files(services) == len("a line\n")
    assert sorted(path.name for path in logs.iterdir()) == ["web.log", "web.log.2026-10-01"]
