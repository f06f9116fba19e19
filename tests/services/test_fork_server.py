"""Processes forked from a preloaded interpreter behave as those started by `python -m`."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

import psutil
import pytest

from tests.deployment import Deployment
from tests.services import fork_server
from tests.services.waiting import until


def test_a_forked_process_leads_a_session_of_its_own_and_writes_its_log(
    deployment: Deployment,
) -> None:
    deployment.start_control()
    process = deployment.process("control")
    until(lambda: "leadership acquired" in deployment.log, "control leads")
    assert process.is_running()
    assert psutil.Process().pid not in (process.pid, process.ppid())
    deployment.kill("control", signal.SIGTERM)
    assert not process.is_running()


def test_exit_codes_and_cpu_seconds_are_reported(deployment: Deployment, tmp_path: Path) -> None:
    before = fork_server.spent()
    invalid = deployment.environ | {"MAX_SESSIONS": "many"}
    process = fork_server.start(["web.control"], invalid, tmp_path / "log")
    assert process is not None
    assert process.wait(30) == 2
    assert "MAX_SESSIONS" in (tmp_path / "log").read_text()
    assert fork_server.spent() > before


def test_a_killed_process_reports_its_signal(deployment: Deployment, tmp_path: Path) -> None:
    process = fork_server.start(["web.control"], deployment.environ, tmp_path / "log")
    assert process is not None
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0)
    process.kill()
    assert process.wait(30) == -signal.SIGKILL
    assert process.poll() == -signal.SIGKILL
    process.send_signal(signal.SIGTERM)  # to a process that has ended: nothing


def test_a_workers_first_pool_process_is_forked_and_its_successor_is_not(
    deployment: Deployment,
) -> None:
    deployment.start_workers("lite")
    worker, [node] = deployment.process("worker-0"), deployment.nodes()
    first = psutil.Process(node.pid)
    assert first.ppid() == worker.pid
    assert "--billiard-fork" not in first.cmdline()
    first.kill()
    second = until(lambda: _another(deployment, first.pid), "another one beats", 30)
    assert second.ppid() == worker.pid
    assert "--billiard-fork" in second.cmdline()


def _another(deployment: Deployment, pid: int) -> psutil.Process | None:
    return next((psutil.Process(n.pid) for n in deployment.nodes() if n.pid != pid), None)


def test_a_program_without_a_server_or_with_libraries_of_its_own_is_executed(
    tmp_path: Path,
) -> None:
    assert fork_server.start(["celery"], {}, tmp_path / "log") is None
    preloading = {"LD_PRELOAD": "libfaketime.so.1"}
    assert fork_server.start(["gpu_worker"], preloading, tmp_path / "log") is None
