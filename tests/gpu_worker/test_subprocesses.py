"""Children of a stage: none survives its block, its parent or its parent's sudden death."""

from __future__ import annotations

import subprocess
import sys
import threading
import time

import psutil

from gpu_worker.subprocesses import child, end_all

_PARENT = """
import time
from gpu_worker.subprocesses import child
with child(["sleep", "600"]) as process:
    print(process.pid, flush=True)
    time.sleep(600)
"""


def test_leaving_the_block_ends_the_child_and_all_it_started():
    with child(["sh", "-c", "sleep 600 & echo $!; wait"]) as process:
        grandchild = psutil.Process(int(process.stdout.readline()))
    assert process.returncode == -9
    psutil.wait_procs([grandchild], timeout=5)
    assert not _alive(grandchild.pid)


def test_a_child_dies_with_its_killed_parent():
    with subprocess.Popen([sys.executable, "-c", _PARENT], stdout=subprocess.PIPE) as parent:
        orphan = psutil.Process(int(parent.stdout.readline()))
        assert orphan.is_running()
        parent.kill()
        parent.wait()
    psutil.wait_procs([orphan], timeout=5)
    assert not _alive(orphan.pid)


def test_the_answer_of_an_ended_child_is_kept():
    with child(["sh", "-c", "echo said; exit 3"]) as process:
        said, _ = process.communicate()
    assert (said, process.returncode) == (b"said\n", 3)


def test_ending_all_children_wakes_waiting_threads():
    with child(["sh", "-c", "sleep 600 & echo $!; wait"]) as process:
        grandchild = psutil.Process(int(process.stdout.readline()))
        thread = threading.Timer(0.1, end_all)
        thread.start()
        assert process.wait(30) == -9
        thread.join()
    psutil.wait_procs([grandchild], timeout=5)
    assert not _alive(grandchild.pid)
    end_all()  # there is none


def test_unread_input_of_a_dead_child_is_not_an_error():
    began = time.monotonic()
    with child(["sleep", "600"], stdin=subprocess.PIPE) as process:
        process.stdin.write(b"unread")
    assert process.returncode == -9
    assert time.monotonic() - began < 5


def _alive(pid):
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
