"""The parent of supervisord: ends all its descendants when supervisord ends.

As a "subreaper", it becomes the parent of all orphaned descendants, even those outside its
process group. `python -m web.cli.local.subreaper LOCK COMMAND...`
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time
from contextlib import suppress
from types import FrameType

import psutil

from web.cli.local import parent_death_signal

PR_SET_CHILD_SUBREAPER = 36
GRACE_SECONDS = 5.0
"""Time between supervisord's end and a kill; workers requeue their step in less."""


def main(lock: str, command: list[str]) -> int:
    parent_death_signal.end_with_parent()
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)
    parent_death_signal.share(lock)
    leashed = parent_death_signal.command(lock, command)
    child = os.posix_spawn(leashed[0], leashed, os.environ)

    def pass_on(number: int, _frame: FrameType | None) -> None:
        with suppress(ProcessLookupError):
            os.kill(child, number)

    signal.signal(signal.SIGTERM, pass_on)
    signal.signal(signal.SIGINT, pass_on)
    status = _await(child)
    _end_descendants()
    return os.waitstatus_to_exitcode(status)


def _await(child: int) -> int:
    """Wait for the child's exit status, and reap orphans meanwhile."""
    while True:
        pid, status = os.wait()
        if pid == child:
            return status


def _end_descendants() -> None:
    """End all remaining descendants, first by SIGTERM."""
    end = time.monotonic() + GRACE_SECONDS
    for process in _descendants():
        with suppress(psutil.NoSuchProcess):
            process.terminate()
    while left := _descendants():
        if time.monotonic() > end:
            for process in left:
                with suppress(psutil.NoSuchProcess):
                    process.kill()
        time.sleep(0.02)


def _descendants() -> list[psutil.Process]:
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    return psutil.Process().children(recursive=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
