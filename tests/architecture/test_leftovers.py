"""The plugin that names tests which leave threads or processes running."""

from __future__ import annotations

import subprocess
import threading

from tests.leftovers import left, running
from tests.services.waiting import until


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
