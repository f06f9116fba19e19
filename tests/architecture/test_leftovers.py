"""A test that leaves a thread or a process running is in error."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

from tests.leftovers import left, running
from tests.services.waiting import until

ROOT = Path(__file__).resolve().parents[2]


def test_a_thread_that_goes_on_is_named() -> None:
    before = running()
    over = threading.Event()
    thread = threading.Thread(target=over.wait, name="forgotten")
    thread.start()
    assert left(before, {}, 0.0) == ["thread forgotten"]
    assert left(before, running(), 0.0) == [], "a wider fixture's may stay"
    over.set()
    assert left(before, {}, 10.0) == [], "it has time to end"
    thread.join()


def test_a_process_that_goes_on_is_named_with_its_command() -> None:
    before = running()
    with subprocess.Popen(["sleep", "60"]) as process:
        name = f"process {process.pid} sleep 60"
        until(lambda: left(before, {}, 0.0) == [name], "it is named")
        process.kill()
    assert left(before, {}, 10.0) == []


LEAVING = """
import threading
from tests import leftovers

leftovers.GRACE_SECONDS = 0.1


def test_leaves_a_thread():
    threading.Thread(target=threading.Event().wait, name="forgotten", daemon=True).start()


def test_leaves_nothing():
    pass
"""


def test_only_the_test_that_leaves_something_is_in_error(tmp_path: Path) -> None:
    (tmp_path / "test_leaving.py").write_text(LEAVING)
    command = [sys.executable, "-m", "pytest", "-c", "/dev/null", "-p", "tests.leftovers"]
    command.append("--fail-leftovers")
    done = subprocess.run(
        [*command, "--rootdir", tmp_path, tmp_path],
        cwd=ROOT,
        env=os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "2 passed, 1 error" in done.stdout
    assert "ERROR at teardown of test_leaves_a_thread" in done.stdout
    assert "left running: thread forgotten" in done.stdout
