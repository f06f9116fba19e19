"""Real processes under a real supervisord: they come back, and none is ever left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from tests.services.waiting import until
from web.cli.local import procfile
from web.cli.local.process_manager import AlreadyRunning, Manager, Process
from web.cli.local.process_plan import PlannedProcess
from web.state_directory import ROOT, StateDirectory

# A stand-in with a child of its own, as a worker has; `stubborn` does not listen to TERM.
PROCFILE = """\
redis: sh -c "echo storage; sleep 1000 & wait"
web: sh -c "echo serving; sleep 1000 & wait"
stubborn: sh -c "trap '' TERM; sleep 1000 & sleep 1000"
"""


def members(text: str) -> list[PlannedProcess]:
    return [
        PlannedProcess(program.name, program.command, 1, worker=False)
        for program in procfile.parse(text).values()
    ]


def of_state(state: StateDirectory) -> list[psutil.Process]:
    """Return all live processes that use this state directory."""
    found = []
    for process in psutil.process_iter():
        try:
            ours = process.environ().get("CALLSHEET_STATE") == str(state.directory)
            if ours and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            continue
    return found


def all_ended(state: StateDirectory) -> Callable[[], bool]:
    return lambda: not of_state(state)


@pytest.fixture
def state(tmp_path: Path) -> Iterator[StateDirectory]:
    state = StateDirectory(tmp_path / "state")
    yield state
    for process in of_state(state):
        process.kill()


def environ(state: StateDirectory) -> dict[str, str]:
    return dict(os.environ) | {"CALLSHEET_STATE": str(state.directory)}


def running(manager: Manager, count: int) -> Callable[[], list[Process] | None]:
    def look() -> list[Process] | None:
        processes = [p for p in manager.processes() if p.pid]
        return processes if len(processes) == count else None

    return look


def test_stopping_ends_all_descendants(state: StateDirectory, tmp_path: Path) -> None:
    text = PROCFILE.replace("1000", "1001")
    with Manager(state, members(text)[:2], tmp_path) as manager:
        manager.start(environ(state))
        until(running(manager, 2), "both run")
        # supervisord, two shells, two sleeps
        until(lambda: len(of_state(state)) >= 5, "their children run")
        until(lambda: (state.logs / "web.log").read_text() == "serving\n", "its log is written")
    until(all_ended(state), "everything has ended", seconds=2)


@pytest.mark.slow
def test_process_that_does_not_stop_is_killed_with_its_children(
    state: StateDirectory, tmp_path: Path
) -> None:
    with Manager(state, members(PROCFILE)[2:], tmp_path) as manager:
        manager.start(environ(state))
        until(running(manager, 1), "it runs")
    until(all_ended(state), "everything has ended", seconds=2)


def test_dead_process_is_restarted(state: StateDirectory, tmp_path: Path) -> None:
    with Manager(state, members(PROCFILE)[1:2], tmp_path) as manager:
        manager.start(environ(state))
        (first,) = until(running(manager, 1), "it runs")
        os.kill(first.pid, signal.SIGKILL)

        def again() -> bool:
            now = running(manager, 1)()
            return bool(now) and now[0].pid != first.pid

        until(again, "it runs again")


def test_process_that_never_starts_is_seen_failing(state: StateDirectory, tmp_path: Path) -> None:
    broken = members('web: sh -c "echo no such table; exit 3"')
    with Manager(state, broken, tmp_path) as manager:
        manager.start(environ(state))
        process = until(lambda: next((p for p in manager.processes() if p.failed), None), "seen")
        assert process.name == "web"
        assert "no such table" in process.log.read_text()


def test_killed_process_manager_leaves_no_processes(state: StateDirectory, tmp_path: Path) -> None:
    with Manager(state, members(PROCFILE)[:2], tmp_path) as manager:
        manager.start(environ(state))
        processes = until(running(manager, 2), "both run")
        os.kill(psutil.Process(processes[0].pid).ppid(), signal.SIGKILL)
        until(
            lambda: not any(psutil.pid_exists(process.pid) for process in processes),
            "the processes have ended",
        )
        until(lambda: not manager.alive(), "it is seen")


def test_one_state_directory_holds_one_system(state: StateDirectory, tmp_path: Path) -> None:
    with Manager(state, [], tmp_path):
        with pytest.raises(AlreadyRunning, match="already running"), Manager(state, [], tmp_path):
            pass
        with Manager(StateDirectory(tmp_path / "other"), [], tmp_path):
            pass
    with Manager(state, [], tmp_path):
        pass


STARTER = """\
import os, sys, time
from pathlib import Path
from tests.web.cli.local.test_process_manager import PROCFILE, environ, members, running
from tests.services.waiting import until
from web.cli.local.process_manager import Manager
from web.state_directory import StateDirectory
state = StateDirectory(Path(sys.argv[1]))
with Manager(state, members(PROCFILE)[:2], Path(sys.argv[1]).parent) as manager:
    manager.start(environ(state))
    until(running(manager, 2), "both run")
    print("running", flush=True)
    time.sleep(1000)
"""


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_however_its_parent_ends_nothing_is_left(
    state: StateDirectory, how: signal.Signals
) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", STARTER, str(state.directory)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    with parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "running\n"
        assert len(of_state(state)) >= 3
        parent.send_signal(how)
    until(all_ended(state), "everything has ended")

    def is_free() -> bool:
        """Whether the lock is: a process that ends loses its name before its files."""
        with suppress(AlreadyRunning), Manager(state, [], state.directory):
            return True
        return False

    until(is_free, "the lock is free again")
