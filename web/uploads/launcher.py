"""Limit this process, tie it to its parent and replace it by a program; run by path, not imported.

    python -I -S launcher.py MEMORY CPU_SECONDS LARGEST_FILE PARENT PROGRAM [ARGUMENT ...]

Setting limits between fork and exec needs a `preexec_fn`, which may deadlock in a process with many
threads. A program that limits itself before it executes another one cannot deadlock.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys

_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38
_NICENESS = 15
"""On a busy machine, processes that answer requests go first."""


def main() -> None:
    """Apply the limits of the command line and execute its program."""
    memory, seconds, largest, parent = (int(word) for word in sys.argv[1:5])
    libc = ctypes.CDLL(None)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # the parent ended before prctl, so no signal will come
        return
    for limit, value in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, largest),
        (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (value, value))
    os.nice(_NICENESS)
    os.execv(sys.argv[5], sys.argv[5:])  # noqa: S606  no shell: the words are ours


if __name__ == "__main__":
    main()
